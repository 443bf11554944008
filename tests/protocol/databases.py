"""Databases of their own for tests that start, break or strain one; SQLite or PostgreSQL by name."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.simulators.stack import RunningStack, start_stack

BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
BOTH_AT_LENGTH = ["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.long])]
"""For tests whose second database shows little more, or has a drill of its own: there it belongs to `make drills`."""


def administer(statement: str) -> None:
    """Run one statement on the PostgreSQL server of the tests."""
    with psycopg.connect(os.environ["TEST_POSTGRES_URL"], autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def new_database(kind: str, directory: Path) -> Iterator[str]:
    """The URL of a fresh database, which is gone after the block."""
    if kind == "sqlite":
        yield f"sqlite:///{directory / 'db.sqlite3'}"
        return
    name = f"governor_{uuid.uuid4().hex}"
    administer(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(os.environ["TEST_POSTGRES_URL"])._replace(path=f"/{name}").geturl()
    finally:
        administer(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def two_workers(kind: str, directory: Path, **more: Any) -> Iterator[RunningStack]:
    """The product with two workers on a database of their own; further keywords as for `start_stack`."""
    with new_database(kind, directory) as url, start_stack(directory, DATABASE_URL=url, WORKERS="2", **more) as running:
        yield running


@contextmanager
def out_of_reach(url: str) -> Iterator[None]:
    """Nobody can open the database while the block runs."""
    if url.startswith("sqlite:///"):
        file = Path(url.removeprefix("sqlite:///"))
        aside, nowhere = file.with_name("aside.sqlite3"), file.with_name("nowhere.sqlite3")
        aside.hardlink_to(file)
        nowhere.symlink_to(file.parent / "no such directory" / "db.sqlite3")
        nowhere.replace(
            file
        )  # at no moment is there no file: SQLite would make an empty one, and drop the other's -wal
        try:
            yield
        finally:
            aside.replace(file)
        return
    name = urlsplit(url).path[1:]
    administer(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    administer(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    try:
        yield
    finally:
        administer(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
