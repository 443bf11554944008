"""Work on a portal is timed whatever comes of it, and only the portal's own state counts as its fault."""

from __future__ import annotations

import asyncio

import pytest

from tools.errors import CallTimeout, NotFound, PortalUnavailable
from tools.portal.tally import PortalTally


def test_work_is_timed_by_toolset_portal_and_outcome() -> None:
    tally = PortalTally()
    with tally.timed("read", "hq"):
        pass
    with pytest.raises(NotFound), tally.timed("read", "hq"):
        raise NotFound("nothing there")
    with pytest.raises(CallTimeout), tally.timed("read", "hq"):
        raise CallTimeout("slow")
    with pytest.raises(asyncio.CancelledError), tally.timed("read", "hq"):
        raise asyncio.CancelledError
    assert {key: sum(seconds.counts) for key, seconds in tally.seconds.items()} == {
        ("read", "hq", outcome): 1 for outcome in ("ok", "refused", "fault", "abandoned")
    }


def test_what_was_asked_for_is_no_fault_of_the_portal() -> None:
    tally = PortalTally()
    for error in (NotFound("nothing there"), PortalUnavailable("away"), CallTimeout("slow"), CallTimeout("slow")):
        with pytest.raises(type(error)), tally.timed("read", "hq"):
            raise error
    assert tally.faults == {("hq", "portal_unavailable"): 1, ("hq", "timeout"): 2}
