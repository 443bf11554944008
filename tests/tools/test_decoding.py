"""A piece of a text never begins or ends inside a character, and pieces join to the whole text."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.toolsets.decoding import MARGIN, MARK, Shown, Window, as_base64, as_single_byte, as_utf8, as_utf16

TEXTS = st.text(st.characters(exclude_characters="\0\ufeff", exclude_categories=["Cs"]), min_size=1, max_size=40)
WANTED = st.integers(1, 12)


def window(data: bytes, offset: int, wanted: int) -> Window:
    """What `read_file` has in hand: the piece and a margin."""
    return Window(data[offset : offset + wanted + MARGIN], offset, wanted)


def joined(data: bytes, wanted: int, encoding: str) -> str:
    """The text, read on piece by piece."""
    found, offset = "", 0
    while offset < len(data):
        piece = window(data, offset, wanted)
        shown = as_utf8(piece) if encoding == "utf-8" else as_utf16(piece, data[:MARK])
        assert shown is not None
        assert shown.offset == offset < shown.end
        assert shown.end - offset <= max(wanted, 4)
        found += shown.content
        offset = shown.end
    return found


@given(TEXTS, WANTED)
def test_pieces_of_utf8_join_to_the_text(text: str, wanted: int) -> None:
    assert joined(text.encode(), wanted, "utf-8") == text


@given(TEXTS, WANTED, st.sampled_from(["utf-16-le", "utf-16-be"]))
def test_pieces_of_utf16_join_to_the_text(text: str, wanted: int, encoding: str) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b"\xfe\xff"
    assert joined(mark + text.encode(encoding), wanted, encoding) == text


@given(TEXTS, st.integers(0, 60), WANTED)
def test_a_piece_from_anywhere_tells_the_bytes_that_it_covers(text: str, offset: int, wanted: int) -> None:
    data = text.encode()
    shown = as_utf8(window(data, offset, wanted))
    if shown is not None and offset < len(data):
        assert data[shown.offset : shown.end].decode() == shown.content


@given(st.binary(max_size=40), st.integers(0, 40), WANTED)
def test_bytes_that_are_no_text_never_fail(data: bytes, offset: int, wanted: int) -> None:
    piece = window(data, offset, wanted)
    for shown in (as_utf8(piece), as_utf16(piece, data[:MARK]), as_single_byte(piece, "windows-1252")):
        assert shown is None or offset <= shown.offset <= shown.end <= len(data) or offset > len(data)
    assert base64.b64decode(as_base64(piece).content) == piece.data[:wanted]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00\x00a\x00\x00\x00", b"%PDF-1.4\x00\x01", b"\x80\x81", b"ab\xc3"])
def test_what_is_no_text_is_not_taken_for_text(data: bytes) -> None:
    assert as_utf8(Window(data, 0, len(data))) is None
    assert as_utf16(Window(data, 0, len(data)), data[:MARK]) is None


def test_a_mark_at_the_beginning_is_no_part_of_the_text() -> None:
    data = b"\xef\xbb\xbfText"
    assert as_utf8(Window(data, 0, len(data))) == Shown("Text", "utf-8", 0, len(data))


def test_older_text_is_read_where_the_caller_knows_its_encoding() -> None:
    assert as_single_byte(Window(b"caf\xe9", 0, 4), "windows-1252") == Shown("caf\u00e9", "windows-1252", 0, 4)
    assert as_single_byte(Window(b"\x81", 0, 1), "windows-1252") is None
