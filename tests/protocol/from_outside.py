"""What several workers have in common: the revision they follow and the evidence they leave, read from outside."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import httpx2

from tests.simulators.stack import RunningStack

WAIT_SECONDS = 30


def _rows(stack: RunningStack, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    path = stack.environment["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, timeout=10)) as database:
        return database.execute(statement, values).fetchall()


def revision(stack: RunningStack) -> int:
    """The newest revision; each change of portals, scopes, policies, tests or suspensions moves it."""
    ((number,),) = _rows(stack, "SELECT number FROM tools_revision")
    return int(number)


def wait_for_workers(stack: RunningStack, workers: int) -> None:
    """Return when every worker has said that it decides by the newest revision."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        number = revision(stack)
        if stack.log_file.read_text().count(f"policy revision {number} is in force") >= workers:
            return
        assert time.monotonic() < deadline, f"not every worker decides by revision {number}"
        time.sleep(0.02)  # between two looks at a file


def until(arrived: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
    """Return when it has come about."""
    deadline = time.monotonic() + seconds
    while not arrived():
        assert time.monotonic() < deadline
        time.sleep(0.05)  # between two looks


def metrics_page(stack: RunningStack) -> str:
    """`/metrics`, by a connection of its own, so that any worker may answer."""
    return httpx2.get(f"{stack.base}/metrics", trust_env=False, timeout=30).text


def audit_of(stack: RunningStack, decision: str) -> list[tuple[Any, ...]]:
    """Kind, outcome, code, reason, policy and subject of the events of a decision."""
    columns = "kind, outcome, code, reason, policy, subject"
    return _rows(stack, f"SELECT {columns} FROM oauth_auditevent WHERE decision = ? ORDER BY id", decision)
