"""Pieces of files from portals that give ranges, that do not, and that answer something else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.simulators.portal.fixture import RunningPortal
from tools.errors import NotFound, PortalUnavailable, TooLarge
from tools.portal import downloads
from tools.portal.pool import SessionPool
from tools.portal.ports import PortalSession
from tools.portal.reading_ports import Piece
from tools.profile import Profile

HOME = "/Users/Alice Acme/My Files"
PLAN = f"{HOME}/Docs/plan.txt"
CONTENT = b"The plan of Alice at acme.\n"
BODY = "0123456789"


def piece(
    path: str = PLAN, *, offset: int = 0, length: int = 100, size: int | None = None
) -> Callable[[PortalSession], Awaitable[Piece]]:
    """Read a piece."""
    return lambda session: session.read_piece(path, offset=offset, length=length, size=size)


@pytest.mark.parametrize("size", [None, len(CONTENT)])
@pytest.mark.parametrize(
    ("offset", "length"), [(0, 100), (0, 1), (4, 4), (len(CONTENT) - 1, 1), (len(CONTENT) - 1, 99), (0, len(CONTENT))]
)
async def test_a_piece_is_what_was_asked_for(
    pool: SessionPool, hq: Profile, offset: int, length: int, size: int | None
) -> None:
    found = await pool.run(hq, "acme", piece(offset=offset, length=length, size=size))
    assert found == Piece(CONTENT[offset : offset + length], len(CONTENT))


@pytest.mark.parametrize("offset", [len(CONTENT), 10**9])
async def test_beyond_the_end_there_is_nothing(pool: SessionPool, hq: Profile, offset: int) -> None:
    assert await pool.run(hq, "acme", piece(offset=offset, size=len(CONTENT))) == Piece(b"", len(CONTENT))


async def test_an_empty_file_has_an_empty_piece(pool: SessionPool, hq: Profile) -> None:
    assert await pool.run(hq, "acme", piece(f"{HOME}/Docs/empty.txt", size=0)) == Piece(b"", 0)


@pytest.mark.trap("7.5/unread-answers-hold-connections")
async def test_a_portal_without_ranges_is_read_up_to_the_piece(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    portal.control(fault={"match": "download", "kind": "reply", "body": BODY})
    assert await pool.run(hq, "acme", piece(offset=4, length=3, size=10)) == Piece(b"456", 10)


async def test_without_ranges_an_offset_too_far_is_refused_and_read_no_further(
    portal: RunningPortal, pool: SessionPool, hq: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MOST_SKIPPED", 5)
    portal.control(fault={"match": "download", "kind": "reply", "body": BODY})
    with pytest.raises(TooLarge, match="Offsets up to 5"):
        await pool.run(hq, "acme", piece(offset=6, length=1, size=10))


@pytest.mark.parametrize("size", [9, 11])
async def test_a_file_of_another_size_than_was_told_is_no_answer(
    portal: RunningPortal, pool: SessionPool, hq: Profile, size: int
) -> None:
    portal.control(fault={"match": "download", "kind": "reply", "body": BODY, "times": 2})
    with pytest.raises(PortalUnavailable):
        await pool.run(hq, "acme", piece(size=size))


@pytest.mark.parametrize("kind", ["html", "garbage"])
async def test_a_page_for_people_is_not_taken_for_the_file(
    portal: RunningPortal, pool: SessionPool, hq: Profile, kind: str
) -> None:
    portal.control(fault={"match": "download", "kind": kind, "times": 2})
    with pytest.raises(PortalUnavailable):
        await pool.run(hq, "acme", piece(size=len(CONTENT)))


async def test_a_file_that_ends_early_is_asked_again(portal: RunningPortal, pool: SessionPool, hq: Profile) -> None:
    await pool.run(hq, "acme", piece())
    portal.control(fault={"match": "download", "kind": "truncate"})
    assert (await pool.run(hq, "acme", piece(length=5000))).data == CONTENT
    assert [entry["name"] for entry in portal.log()].count("download") == 3


async def test_a_file_that_is_gone_is_told_as_such(pool: SessionPool, hq: Profile) -> None:
    with pytest.raises(NotFound, match="no longer there"):
        await pool.run(hq, "acme", piece(f"{HOME}/Docs/gone.txt"))


@pytest.mark.trap("7.5/unread-answers-hold-connections")
async def test_pieces_of_a_large_file_hold_no_connections(pool: SessionPool, hq: Profile) -> None:
    hasty = replace(hq, total_timeout=5.0)
    for number in range(40):  # more than there are connections
        found = await pool.run(hasty, "acme", piece(f"{HOME}/Media/large.bin", offset=number, length=1))
        assert (len(found.data), found.total) == (1, 5_000_000)


@pytest.mark.trap("7.5/unread-answers-hold-connections")
async def test_unread_rests_hold_no_connections_without_ranges(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    portal.control(fault={"match": "download", "kind": "reply", "body": "x" * 500_000, "times": 40})
    for _ in range(40):
        assert (await pool.run(hq, "acme", piece(length=1))).data == b"x"
