"""Canonical paths: the one form in which a place is decided, asked for and recorded."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from tools.errors import InvalidArgument

MOST_BYTES: Final = 4096
MOST_SEGMENT_BYTES: Final = 255
INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that a name cannot hold: controls, formats (bidi, zero width), surrogates, line separators."""
PLAIN: Final = re.compile(r"(?:/[A-Za-z0-9_ ()@#%+,=~&$!'\[\]{}^-][A-Za-z0-9._ ()@#%+,=~&$!'\[\]{}^-]*)+")


def canonical(raw: str) -> str:
    """Bring a path into its one form: absolute, NFC, single `/`; raises `InvalidArgument` naming fault and remedy.

    Repaired: a missing leading slash, one trailing slash. Refused: what could name another place than it shows:
    `.` and `..`, empty segments, backslashes, control, bidi and zero-width characters. `%2e` is literal text.
    """
    if len(raw) <= MOST_SEGMENT_BYTES and PLAIN.fullmatch(raw):
        return raw
    text = raw if raw.startswith("/") else f"/{raw}"
    if text == "/":
        return text
    text = text.removesuffix("/")
    _refuse_characters(text)
    text = unicodedata.normalize("NFC", text)
    if len(text.encode()) > MOST_BYTES:
        raise InvalidArgument(f"The path is longer than {MOST_BYTES} bytes.")
    for segment in text[1:].split("/"):
        _refuse_segment(segment)
    return text


def _refuse_characters(text: str) -> None:
    for character in text:
        if character == "\\":
            raise InvalidArgument("The path holds a backslash; separate names by '/'.")
        if unicodedata.category(character) in INVISIBLE:
            raise InvalidArgument(
                f"The path holds the invisible character U+{ord(character):04X}; use the path as a tool returned it."
            )


def _refuse_segment(segment: str) -> None:
    if not segment:
        raise InvalidArgument("The path holds an empty name ('//'); write each '/' once.")
    if segment in {".", ".."}:
        raise InvalidArgument(f"The path holds '{segment}'; write the absolute path without it.")
    if len(segment.encode()) > MOST_SEGMENT_BYTES:
        raise InvalidArgument(f"A name in the path is longer than {MOST_SEGMENT_BYTES} bytes.")


def deny_form(path: str) -> str:
    """How denies compare: casefolded, NFC again, without trailing dots and spaces of each name."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
    return "/".join(segment.rstrip(". ") or segment for segment in folded.split("/"))
