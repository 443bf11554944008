"""Commits audit events before answers leave: one commit for all that wait, refused when it cannot be done."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, close_old_connections, connection, transaction

from oauth.models import AuditEvent
from tools.distribution import Distribution

if TYPE_CHECKING:
    from oauth.principal import Principal

log = logging.getLogger(__name__)
COMMIT_SECONDS = 10.0
MOST_WAITING = 10_000
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class AuditUnavailable(Exception):  # noqa: N818 - a state of the server, not a fault of the caller
    """An event could not be committed; the call it belongs to must not be answered as done."""


@dataclass(slots=True)
class Event:
    """One audit event, column by column (`oauth.models.AuditEvent`); filled in until it is recorded."""

    time: datetime
    kind: str
    request: str
    decision: str
    revision: int
    principal: Principal
    tool: str
    argument_digest: str
    outcome: str
    portal: str = ""
    tenant: str = ""
    account: str = ""
    paths: tuple[str, ...] = ()
    code: str = ""
    reason: str = ""
    policy: str = ""
    duration_ms: float = field(default=0.0)


DIGEST_OF_NOTHING = hashlib.sha256(b"{}").hexdigest()


def argument_digest(arguments: Any) -> str:
    """SHA-256 over the arguments as sorted JSON: proves what was asked without keeping content."""
    if not arguments:
        return DIGEST_OF_NOTHING
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


PRINCIPAL_COLUMNS = ("issuer", "subject", "client", "organization")
PLAIN_COLUMNS = tuple(f.name for f in fields(Event) if f.name not in {"time", "principal", "paths"})
COLUMNS = ("time", "scopes", "paths", *PRINCIPAL_COLUMNS, *PLAIN_COLUMNS)


def _row(event: Event) -> tuple[Any, ...]:
    principal = event.principal
    return (
        connection.ops.adapt_datetimefield_value(event.time),
        _scopes(principal.scopes),
        json.dumps(event.paths) if event.paths else "[]",
        *(getattr(principal, column) for column in PRINCIPAL_COLUMNS),
        *(getattr(event, column) for column in PLAIN_COLUMNS),
    )


@lru_cache(maxsize=2)
def _statement(vendor: str) -> str:
    cast = "::jsonb" if vendor == "postgresql" else ""
    holders = ["%s", f"%s{cast}", f"%s{cast}", *["%s"] * (len(COLUMNS) - 3)]
    names = ", ".join(connection.ops.quote_name(column) for column in COLUMNS)
    table = connection.ops.quote_name(AuditEvent._meta.db_table)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(holders)})"  # noqa: S608 - names of our own model


@lru_cache(maxsize=256)
def _scopes(scopes: frozenset[str]) -> str:
    return json.dumps(sorted(scopes))


def commit_events(events: Sequence[Event]) -> None:
    """Write events in one transaction on this thread's connection; raises `DatabaseError`.

    Plain SQL through Django's cursor: `bulk_create` costs several times more per row than the insert itself.
    """
    close_old_connections()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(_statement(connection.vendor), [_row(event) for event in events])
    except DatabaseError:
        connection.close()
        raise


class AuditWriter:
    """One task and one thread that commit whatever waits, together; callers wait for their own event."""

    def __init__(self, *, is_reachable: Callable[[], bool] = lambda: True) -> None:
        self._is_reachable = is_reachable
        self._waiting: list[tuple[Event, asyncio.Future[None]]] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="audit")
        self._task: asyncio.Task[None] | None = None
        self.commits = 0
        self.events = 0
        self.failures = 0
        self.commit_seconds = Distribution(SECONDS)
        self.batch_sizes = Distribution(SIZES)

    def expect(self) -> None:
        """Raise `AuditUnavailable` at once when the database is known to be out of reach: nobody need wait for that."""
        if not self._is_reachable():
            raise AuditUnavailable

    async def record(self, event: Event) -> None:
        """Return when `event` is committed; raises `AuditUnavailable` when it is not known to be."""
        if len(self._waiting) >= MOST_WAITING:
            raise AuditUnavailable
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, done))
        if self._task is None:
            self._task = asyncio.create_task(self._drain(), name="audit", context=contextvars.Context())  # for all
        await done

    async def close(self) -> None:
        """Commit what waits, then give the connection back."""
        if self._task is not None:
            await self._task
        await asyncio.get_running_loop().run_in_executor(self._thread, _close_connection)
        self._thread.shutdown()

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                await asyncio.sleep(0)
                batch, self._waiting = self._waiting, []
                begun = time.perf_counter()
                try:
                    events = [event for event, _ in batch]
                    async with asyncio.timeout(COMMIT_SECONDS):
                        await loop.run_in_executor(self._thread, commit_events, events)
                except (DatabaseError, TimeoutError) as error:
                    self._failed(batch, error)
                else:
                    self._committed(batch)
                self.commit_seconds.observe(time.perf_counter() - begun)
                self.batch_sizes.observe(len(batch))
        finally:
            self._task = None

    def _committed(self, batch: list[tuple[Event, asyncio.Future[None]]]) -> None:
        self.commits += 1
        self.events += len(batch)
        for _, done in batch:
            if not done.done():
                done.set_result(None)

    def _failed(self, batch: list[tuple[Event, asyncio.Future[None]]], error: Exception) -> None:
        self.failures += 1
        log.error("%d audit events could not be committed: %s", len(batch), type(error).__name__)
        for _, done in batch:
            if not done.done():
                done.set_exception(AuditUnavailable())


def status(writer: AuditWriter) -> Mapping[str, int]:
    """Counts for health and metrics."""
    return {"commits": writer.commits, "events": writer.events, "failures": writer.failures}


def _close_connection() -> None:
    """Close this thread's own connection (`connection` stands for another one in each thread)."""
    connection.close()
