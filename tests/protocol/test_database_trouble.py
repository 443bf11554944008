"""When evidence cannot be written, calls are refused and lists still answered; service resumes by itself."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.protocol.wire import Wire
from tests.simulators.stack import start_stack


@pytest.mark.timeout(120)
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
