"""Reads a piece of a file from a portal that gives ranges, and from one that does not; never more than was asked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from tools.errors import TooLarge
from tools.portal.hooks import UnnamedStatus
from tools.portal.reading_ports import Piece

if TYPE_CHECKING:
    import aiohttp

MOST_SKIPPED: Final = 64 * 1024 * 1024
"""Bytes that are read and thrown away to get to an offset, where the portal gives no ranges."""
NO_SUCH_RANGE: Final = 416
CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


async def read_range(sdk: Any, address: str, *, offset: int, length: int, size: int | None) -> Piece:
    """The bytes from `offset` on, at most `length`, all of them that there are; `address` is quoted.

    Raises `TooLarge` where they cannot be reached, `ValueError` where the answer is not this piece of this file: a
    page for people, a file of another size than `size`, fewer bytes than promised.
    """
    wanted = {"Range": f"bytes={offset}-{offset + length - 1}", "Accept-Encoding": "identity"}
    try:
        answer = await sdk.io.download(address, headers=wanted)
    except UnnamedStatus as seen:
        if seen.code != NO_SUCH_RANGE:
            raise
        return Piece(b"", size)
    response: aiohttp.ClientResponse = answer._response
    try:
        start, total = _announced(response)
        if size is not None and total not in {None, size}:
            raise ValueError("a file of another size")
        total = size if total is None else total
        await _skip(answer, offset - start)
        return Piece(await _taken(answer, offset, length, total), total)
    finally:
        response.close()  # an unread rest would hold the connection


def _announced(response: aiohttp.ClientResponse) -> tuple[int, int | None]:
    """Where the body begins in the file, and how long the file is, by the answer's head."""
    if response.status == 200:
        return 0, response.content_length
    found = CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if response.status != 206 or found is None:
        raise ValueError("neither a file nor a piece of one")
    return int(found[1]), None if found[3] == "*" else int(found[3])


async def _skip(answer: Any, count: int) -> None:
    if count < 0:
        raise ValueError("a later piece than was asked for")
    if count > MOST_SKIPPED:
        raise TooLarge(
            "This portal does not give parts of files, and the offset is too far into the file to read up to it. "
            f"Offsets up to {MOST_SKIPPED} can be read."
        )
    while count:
        part = await answer.read(min(count, 65536))
        if not part:
            return
        count -= len(part)


async def _taken(answer: Any, offset: int, length: int, total: int | None) -> bytes:
    parts: list[bytes] = []
    left = length
    while left:
        part = await answer.read(min(left, 65536))
        if not part:
            break
        parts.append(part)
        left -= len(part)
    if total is not None and length - left < min(length, max(0, total - offset)):
        raise ValueError("the file ended early")
    return b"".join(parts)
