"""Canonical paths: the one form in which a place is decided, asked for and recorded, and the forms that denies see."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from tools.errors import InvalidArgument, NotFound

MOST_BYTES: Final = 4096
MOST_SEGMENT_BYTES: Final = 255
MOST_REMEMBERED: Final = 1024
INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that a name cannot hold: controls, formats (bidi, zero width), surrogates, line separators."""
PLAIN: Final = re.compile(r"(?:/[A-Za-z0-9_()@#%+,=~&$!'\[\]{}^-][A-Za-z0-9._ ()@#%+,=~&$!'\[\]{}^-]*)+")
UNTIDY: Final = ("./", " /", "/.", "\\", "~", "@")
"""What of ASCII a deny cannot compare by lower case alone: ends of names, backslashes, marks of earlier versions."""
SLASHES: Final = "\\\u2044\u2215\u2216\u2571\u2572\u27cb\u27cd\u29f5\u29f8\u29f9\ufe68\uff0f\uff3c"
"""What looks like a separator, and what conversions between character sets turn into one."""
UNSEEN: Final = (
    0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2065, 0x3164, 0xFFA0,
    *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000),
)  # fmt: skip
"""Characters that Unicode calls ignorable and that are no controls: names may hold them, some systems skip them."""
ALIKE: Final = {
    **dict.fromkeys(map(ord, SLASHES), "/"),
    **dict.fromkeys(UNSEEN, None),
    0x0131: "i",  # the dotless i: its upper case is I, so whoever compares upper case takes it for i
    0xF028: " ",  # how file services for Apple machines write a space and a dot at the end of a name
    0xF029: ".",
}
VERSIONS: Final = frozenset({".versions", ".snapshots", ".snapshot", "~snapshot", ".previousversions"})
"""Names that lead to earlier states of the folder they stand in; mostly the name after one says which."""
MOMENT: Final = re.compile(r"@gmt-[0-9.-]+")
"""The same in one name, as Windows writes it."""


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
    if len(text) > MOST_BYTES:
        raise InvalidArgument(f"The path is longer than {MOST_BYTES} bytes.")
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
    parts = [part.strip() for part in levelled(segment).split("/")]
    if any(part and not part.strip(". ") for part in parts) or not any(parts):
        # `. .` walks where spaces are dropped, `...` is no name where dots are, and look-alikes are one or the other.
        raise InvalidArgument("The path holds a name of dots, spaces or look-alikes of '/' only; leave that name out.")


def levelled(text: str) -> str:
    """Every character in the plainest form that some portal or file system may take it for; casefolded."""
    before = ""
    while before != text:  # each step can uncover work for another
        before = text
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        text = text.translate(ALIKE).replace("i\u0307", "i")  # the lower case of the dotted capital I
    return text


def folded(path: str) -> str:
    """The path casefolded and otherwise as it is."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def deny_form(path: str) -> str:
    """The place that the most lenient portal could mean: levelled, without trailing dots and spaces of each name."""
    names = (name.rstrip(". ") for name in levelled(path).split("/"))
    return "/" + "/".join(name for name in names if name)


def deny_forms(path: str) -> tuple[str, ...]:
    """Every form of a canonical path that a deny must look at: as it is, at its plainest, and without versions."""
    if path.isascii():
        ended = f"{path}/"
        for mark in UNTIDY:
            if mark in ended:
                return _untidy_forms(path)
        return (path.lower(),)
    return _untidy_forms(path)


@lru_cache(maxsize=MOST_REMEMBERED)
def _untidy_forms(path: str) -> tuple[str, ...]:
    plainest = deny_form(path)
    current = (_without_versions(plainest, moment) for moment in (True, False))
    return tuple(dict.fromkeys((folded(path), plainest, *current)))


def _without_versions(form: str, moment: bool) -> str:  # noqa: FBT001 - both are always asked for
    """The place whose earlier state the address names; with `moment` the name after a mark says which state."""
    kept: list[str] = []
    names = iter(form[1:].split("/"))
    for name in names:
        if name in VERSIONS:
            if moment:
                next(names, None)
        elif not MOMENT.fullmatch(name):
            kept.append(name)
    return "/" + "/".join(kept)


def parent_of(path: str) -> str:
    """The folder that a canonical path lies in; the root's is the root."""
    return path.rpartition("/")[0] or "/"


def nothing_at(path: str) -> NotFound:
    """The error of a missing item."""
    return NotFound(f"There is nothing at '{path}'. List '{parent_of(path)}' to see what is there.")
