"""A file that a command is given: `-` is standard input, and no more of it is read than may be."""

from __future__ import annotations

import sys
from pathlib import Path


def text_of(file: str, longest: int) -> str:
    """Its text, or one character more than `longest`; raises `OSError`, or `ValueError` for what is no text or name."""
    if file == "-":
        return sys.stdin.read(longest + 1)
    with Path(file).open(encoding="utf-8") as opened:
        return opened.read(longest + 1)


def name_of(file: str) -> str:
    """What it is called in messages."""
    return "stdin" if file == "-" else file
