"""What several workers have in common: the revision they follow and the evidence they leave, read from outside."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import Any

from tests.simulators.stack import RunningStack

WAIT_SECONDS = 30


def _rows(stack: RunningStack, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    path = stack.environment["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=10)) as database:
        return database.execute(statement, values).fetchall()


def wait_for_workers(stack: RunningStack, workers: int) -> None:
    """Return when every worker has said that it decides by the newest revision."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        ((number,),) = _rows(stack, "SELECT number FROM tools_revision")
        if stack.log_file.read_text().count(f"policy revision {number} is in force") >= workers:
            return
        assert time.monotonic() < deadline, f"not every worker decides by revision {number}"
        time.sleep(0.02)  # between two looks at a file


def audit_of(stack: RunningStack, decision: str) -> list[tuple[Any, ...]]:
    """Kind, outcome, code, reason, policy and subject of the events of a decision."""
    columns = "kind, outcome, code, reason, policy, subject"
    return _rows(stack, f"SELECT {columns} FROM oauth_auditevent WHERE decision = ? ORDER BY id", decision)
