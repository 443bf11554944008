"""Without the database calls are refused, and lists answered for a while; service resumes by itself."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from tests.protocol.databases import BOTH_AT_LENGTH, new_database, out_of_reach
from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack

STALENESS = 8.0
"""Seconds; long enough for what is looked at meanwhile, on a busy machine too."""


def test_a_locked_database_refuses_calls_and_lets_them_through_again(tmp_path: Path) -> None:
    with start_stack(tmp_path) as stack, Wire(stack, "2026-07-28") as wire:
        alice = stack.token("alice")
        assert wire.good("list_portals", alice)
        locked = sqlite3.connect(tmp_path / "db.sqlite3", isolation_level=None)
        locked.execute("BEGIN IMMEDIATE")
        refused = wire.bad("list_portals", alice)
        assert refused["code"] == "audit_unavailable"
        assert wire.bad("no_such_tool", alice)["code"] == "audit_unavailable"
        assert wire.list(alice)
        locked.execute("ROLLBACK")
        locked.close()
        tries = 0
        while wire.result("list_portals", alice)["isError"] and tries < 5:
            tries += 1  # the writer still waits for the lock it was refused
        assert wire.good("list_portals", alice)


def until(arrived: Callable[[], bool], seconds: float = 20) -> float:
    """Wait for something; returns the time (monotonic seconds) at which it was seen."""
    deadline = time.monotonic() + seconds
    while not arrived():
        assert time.monotonic() < deadline
    return time.monotonic()


def metadata(stack: RunningStack) -> httpx2.Response:
    return httpx2.get(f"{stack.base}/.well-known/oauth-protected-resource/mcp", trust_env=False)


def discovers(wire: Wire, token: str) -> bool:
    """Whether the era's own discovery answers."""
    params = {"protocolVersion": wire.version, "capabilities": {}, "clientInfo": {"name": "wire", "version": "1"}}
    method, params = ("server/discover", {}) if wire.is_modern else ("initialize", params)
    return wire.send(method, params, token=token).status_code == 200


@pytest.mark.timeout(180)
@pytest.mark.parametrize("kind", BOTH_AT_LENGTH)
def test_an_unreadable_database_refuses_calls_at_once_and_lists_after_a_while(kind: str, tmp_path: Path) -> None:
    with (
        new_database(kind, tmp_path) as url,
        start_stack(tmp_path, DATABASE_URL=url, POLICY_MAX_STALENESS=str(int(STALENESS))) as stack,
        Wire(stack, "2026-07-28") as new,
        Wire(stack, "2025-11-25") as old,
    ):
        alice = stack.token("alice")
        shown = new.list(alice)
        document = metadata(stack).json()
        assert new.good("list_portals", alice)
        with out_of_reach(url):
            broken = time.monotonic()
            for wire in (new, old):
                started = time.monotonic()
                assert wire.bad("list_portals", alice)["code"] == "audit_unavailable"
                assert time.monotonic() - started < 5  # the writer of a database that is there may take twice that
                assert wire.call("browse_global_admin", alice).status_code == 503  # a denial cannot be recorded either
                assert wire.list(alice) == shown
                assert discovers(wire, alice)
            assert metadata(stack).json() == document
            asked = time.monotonic()
            while (status := new.send("tools/list", {}, token=alice).status_code) == 200:
                assert asked - broken < STALENESS + 1
                asked = time.monotonic()
            assert status == 503
            assert time.monotonic() - broken > STALENESS - 3  # the last look at the database was a while before
            answers = [new.call("list_portals", alice), old.send("tools/list", {}, token=alice), metadata(stack)]
            assert [answer.status_code for answer in answers] == [503] * 3
            assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
            assert not discovers(new, alice)
            assert not discovers(old, alice)
            assert httpx2.get(f"{stack.base}/readyz", trust_env=False, timeout=30).status_code == 503
        until(lambda: new.send("tools/list", {}, token=alice).status_code == 200)
        until(lambda: not new.result("list_portals", alice)["isError"])
        assert old.list(alice) == shown
