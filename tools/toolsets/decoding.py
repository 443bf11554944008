"""Turns a piece of a file into text without tearing a character, or into base64 where it is no text.

Offsets are bytes of the file. A piece that is asked for may begin or end inside a character: what is handed out begins
at the next character and ends with the last one that fits, but holds one at least, and says where it is.
"""

from __future__ import annotations

import base64
import codecs
from dataclasses import dataclass
from typing import Final

MARGIN: Final = 8
"""Bytes to read beyond what is asked for, so that the last character is whole wherever the piece begins."""
MARK: Final = 4
"""Bytes at the beginning of a file that tell its encoding."""
SINGLE_BYTE: Final = ("windows-1252", "iso-8859-1")
BASE64: Final = "base64"
ENCODINGS: Final = ("auto", BASE64, *SINGLE_BYTE)
UTF16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


@dataclass(frozen=True, slots=True)
class Window:
    """Bytes from `offset` of a file on; at most `wanted` of them are to be handed out, the rest ends a character."""

    data: bytes
    offset: int
    wanted: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What is handed out: `content` in `encoding`, which covers the bytes from `offset` up to `end`."""

    content: str
    encoding: str
    offset: int
    end: int


def as_utf8(window: Window) -> Shown | None:
    """The piece as UTF-8; None where it is not that, or holds a zero byte, as text does not."""
    data = window.data
    start = 0
    while window.offset and start < min(3, len(data)) and _continues(data[start]):
        start += 1
    end = _utf8_end(data, start, min(window.wanted, len(data)))
    found = _decoded(data[start:end], "utf-8")
    if found is None or "\0" in found:
        return None
    if window.offset == 0:
        found = found.removeprefix("\ufeff")
    return Shown(found, "utf-8", window.offset + start, window.offset + end)


def _utf8_end(data: bytes, start: int, wanted: int) -> int:
    """Where the last character that fits ends; the first one is taken even where it does not fit."""
    end = wanted
    while start < end < len(data) and _continues(data[end]):
        end -= 1
    if end > start:
        return end
    end = min(start + 1, len(data))
    while end < len(data) and _continues(data[end]):
        end += 1
    return end


def as_utf16(window: Window, mark: bytes) -> Shown | None:
    """The piece as UTF-16, by the file's first bytes; None where they do not say so."""
    encoding = UTF16.get(mark[:2])
    if encoding is None or mark == codecs.BOM_UTF32_LE:
        return None
    data = window.data
    start = window.offset % 2
    if window.offset and _half(data[start : start + 2], encoding, 0xDC):
        start += 2
    end = min(max(window.wanted, start + 2), len(data))
    end -= (end - start) % 2
    if _half(data[end : end + 2], encoding, 0xDC):  # the first half of the pair does not go without the second
        end += 2 if end - start == 2 else -2
    found = _decoded(data[start:end], encoding)
    if found is None:
        return None
    found = found.removeprefix("\ufeff") if window.offset == 0 else found
    return Shown(found, encoding, window.offset + start, window.offset + end)


def as_single_byte(window: Window, encoding: str) -> Shown | None:
    """The piece in an encoding that only the caller can know; None where a byte means nothing in it."""
    data = window.data[: window.wanted]
    found = _decoded(data, encoding)
    return None if found is None else Shown(found, encoding, window.offset, window.offset + len(data))


def as_base64(window: Window) -> Shown:
    """The piece as it is, in base64."""
    data = window.data[: window.wanted]
    return Shown(base64.b64encode(data).decode("ascii"), BASE64, window.offset, window.offset + len(data))


def _continues(byte: int) -> bool:
    return byte & 0xC0 == 0x80


def _half(unit: bytes, encoding: str, kind: int) -> bool:
    """Whether a unit of UTF-16 is a surrogate whose high byte belongs to `kind` (0xDC: the second of a pair)."""
    high = unit[1 if encoding == "utf-16-le" else 0] if len(unit) == 2 else 0
    return high & 0xFC == kind


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None
