"""Pieces of a file put together again are the file: no character is torn, none is lost, none comes twice."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.toolsets.decoding import MARGIN, MARK, Shown, Window, as_base64, as_single_byte, as_utf8, as_utf16

Reader = Callable[[Window], Shown | None]
TEXT = st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs"]), min_size=1, max_size=60)
"""Texts without a zero, which no UTF-8 text holds, and without the mark of an order of bytes."""
LENGTH = st.integers(1, 12)


def pieces(data: bytes, length: int, read: Reader) -> list[Shown]:
    """The file as a caller reads it, from each `end` on."""
    found: list[Shown] = []
    offset = 0
    while offset < len(data):
        piece = read(Window(data[offset : offset + length + MARGIN], offset, length))
        assert piece is not None
        assert piece.offset == offset
        assert piece.end > offset
        found.append(piece)
        offset = piece.end
    return found


@given(TEXT, LENGTH)
def test_utf8_is_read_piece_by_piece(text: str, length: int) -> None:
    data = text.encode()
    found = pieces(data, length, as_utf8)
    assert "".join(each.content for each in found) == text
    assert all(each.end - each.offset <= max(length, 4) for each in found)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@given(text=TEXT, length=LENGTH)
def test_utf16_is_read_piece_by_piece(encoding: str, text: str, length: int) -> None:
    data = ("\ufeff" + text).encode(encoding)
    found = pieces(data, length, lambda window: as_utf16(window, data[:MARK]))
    assert "".join(each.content for each in found) == text
    assert {each.encoding for each in found} == {encoding}


@given(st.binary(min_size=1, max_size=80), LENGTH)
def test_anything_is_read_piece_by_piece_as_base64(data: bytes, length: int) -> None:
    found = pieces(data, length, as_base64)
    assert b"".join(base64.b64decode(each.content) for each in found) == data


@given(TEXT, st.integers(0, 300), LENGTH)
def test_utf8_from_anywhere_holds_whole_characters(text: str, offset: int, length: int) -> None:
    data = text.encode()
    offset = min(offset, len(data))
    found = as_utf8(Window(data[offset : offset + length + MARGIN], offset, length))
    assert found is not None
    assert offset <= found.offset <= offset + 3
    assert data[found.offset : found.end].decode() == found.content


@given(TEXT, st.integers(0, 300), LENGTH)
def test_utf16_from_anywhere_holds_whole_characters(text: str, offset: int, length: int) -> None:
    data = codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    offset = min(offset, len(data))
    found = as_utf16(Window(data[offset : offset + length + MARGIN], offset, length), data[:MARK])
    assert found is not None
    assert data[found.offset : found.end].decode("utf-16-le").removeprefix("\ufeff") == found.content


@given(st.binary(max_size=60), st.integers(0, 9), LENGTH)
def test_nothing_is_read_that_is_not_there(data: bytes, offset: int, length: int) -> None:
    window = Window(data[: length + MARGIN], offset, length)
    for read in (as_utf8, as_base64, lambda window: as_utf16(window, codecs.BOM_UTF16_BE)):
        found = read(window)
        assert found is None or offset <= found.offset <= max(found.end, found.offset)
        assert found is None or found.end <= offset + len(window.data) + 1


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\xd8", b"a\0b", b"\x80abc", b"abc\xe4", b"\xed\xa0\x80", b"\xc0\xaf"])
def test_what_is_no_utf8_text_is_not_taken_for_it(data: bytes) -> None:
    assert as_utf8(Window(data, 0, len(data))) is None


def test_the_mark_at_the_beginning_is_no_content() -> None:
    data = codecs.BOM_UTF8 + b"plan"
    assert as_utf8(Window(data, 0, len(data))) == Shown("plan", "utf-8", 0, len(data))


@pytest.mark.parametrize("mark", [b"", b"ab", codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE])
def test_utf16_needs_its_mark(mark: bytes) -> None:
    assert as_utf16(Window(b"a\0b\0", 0, 4), mark) is None


def test_half_a_pair_alone_is_no_text() -> None:
    data = codecs.BOM_UTF16_LE + b"\x00\xd8a\0"
    assert as_utf16(Window(data, 0, len(data)), data[:MARK]) is None


def test_older_text_is_read_when_it_is_named() -> None:
    assert as_single_byte(Window(b"caf\xe9 and more", 7, 4), "windows-1252") == Shown("café", "windows-1252", 7, 11)
    assert as_single_byte(Window(b"\x81", 0, 1), "windows-1252") is None
