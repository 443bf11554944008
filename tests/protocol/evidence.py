"""Reads audit events from the database of a running stack, whichever it is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import psycopg

from tests.simulators.stack import RunningStack


def query(stack: RunningStack, sql: str) -> list[tuple[Any, ...]]:
    """The rows that a statement of the test's own finds."""
    url = stack.environment["DATABASE_URL"]
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as lite:
            return lite.execute(sql).fetchall()
    with psycopg.connect(url) as connection:
        return connection.execute(sql.encode()).fetchall()


def events(stack: RunningStack, subject: str, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of every event of one subject, in the order in which they were committed."""
    return query(stack, f"SELECT {', '.join(columns)} FROM oauth_auditevent WHERE subject = '{subject}' ORDER BY id")
