"""Puts several names into one phrase that stays short, such as `a, b and 7 more`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

SHOWN: Final = 6


def listed(entries: Iterable[str], word: str, most: int = SHOWN) -> str:
    """The entries in their order with `word` before the last; what is beyond `most` is counted."""
    shown = list(entries)
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(shown) - most + 1} more"]
    return f" {word} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
