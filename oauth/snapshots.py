"""Keeps the worker's policy snapshot: loads it from the database and reloads it when the revision moved."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from django.db import DatabaseError, close_old_connections, connection

from oauth.access import AccessBook
from oauth.kept_connection import keep_connection
from oauth.models import Policy, Scope
from oauth.policy import PolicySnapshot, Rule
from oauth.selectors import policy_revision, suspensions_in_force
from oauth.suspensions import FOREVER, Level, Stop
from tools.catalogue import CATALOGUE
from tools.governed import revision_moved
from tools.models import PortalProfile
from tools.services import as_profile

if TYPE_CHECKING:
    from datetime import datetime

    from oauth.models import Suspension

log = logging.getLogger(__name__)
POLL_SECONDS = 0.25
LOAD_ATTEMPTS = 10
LONGEST_LOOK = 5.0
UNTAKEN = "the policy cannot be taken over; deciding by the last one"


class SnapshotUnavailable(Exception):  # noqa: N818 - a state of the worker, not a fault of the caller
    """No snapshot young enough to decide with; the data plane answers 503."""


def load_snapshot() -> PolicySnapshot:
    """Read profiles, scopes, policies and suspensions as of one revision.

    Every write moves the revision in its own transaction, so equal numbers before and after mean that nothing
    moved in between; no lock is taken.
    """
    for _ in range(LOAD_ATTEMPTS):
        before = policy_revision()
        snapshot = PolicySnapshot.build(
            revision=before,
            rules=[as_rule(row) for row in Policy.objects.order_by("name")],
            scopes={row.name: frozenset(row.implies) for row in Scope.objects.all()},
            profiles={row.name: as_profile(row) for row in PortalProfile.objects.prefetch_related("accounts")},
            catalogue=CATALOGUE,
        ).suspended_by(as_stop(row) for row in suspensions_in_force())
        if policy_revision() == before:
            return snapshot
    raise DatabaseError("The policy kept moving while it was read.")


def newest_snapshot() -> PolicySnapshot:
    """The policy as it is in the database: the one of this process's server, if that is it, else read anew.

    For pages that show what policies do; within a transaction its own changes count.
    """
    known = Snapshots.running.latest if Snapshots.running is not None else None
    return known if known is not None and known.revision == policy_revision() else load_snapshot()


def as_rule(row: Policy) -> Rule:
    """A policy row as the pure core knows it; times become Unix seconds."""
    return Rule.build(
        name=row.name,
        effect=row.effect,
        enabled=row.enabled,
        scopes=row.scopes,
        subjects=row.subjects,
        clients=row.clients,
        organizations=row.organizations,
        except_subjects=row.except_subjects,
        tools=row.tools,
        toolsets=row.toolsets,
        portals=row.portals,
        tenants=row.tenants,
        paths=row.paths,
        valid_from=_seconds(row.valid_from),
        valid_until=_seconds(row.valid_until),
        calls_per_minute=row.calls_per_minute,
    )


def as_stop(row: Suspension) -> Stop:
    """A suspension that nobody has lifted as the pure core knows it; its end becomes Unix seconds."""
    until = _seconds(row.until)
    return Stop(row.pk, Level(row.level), row.value, FOREVER if until is None else until, row.reason)


def _seconds(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


class Snapshots:
    """The current snapshot of a worker, with a task that follows the revision.

    `max_staleness` (seconds) bounds how long a snapshot may decide while the database cannot be read.
    """

    running: ClassVar[Snapshots | None] = None
    """Those of the server that runs in this process, if one does."""

    def __init__(
        self,
        *,
        max_staleness: float,
        on_change: Callable[[PolicySnapshot], None] | None = None,
        lists_step_up: bool = False,
    ) -> None:
        self._max_staleness = max_staleness
        self._lists_step_up = lists_step_up
        self._on_change = on_change
        self._book: AccessBook | None = None
        self._confirmed = float("-inf")
        self._is_read = False
        self.reloads = 0
        self.failures = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="snapshot")
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._loop_thread: int | None = None

    async def start(self) -> None:
        """Load the first snapshot and begin to follow; raises `DatabaseError` when it cannot be loaded."""
        self._loop, self._loop_thread = asyncio.get_running_loop(), threading.get_ident()
        await self.refresh()
        revision_moved.connect(self._moved_here, weak=False, dispatch_uid=self)
        self._task = asyncio.create_task(self._follow(), name="snapshots")
        Snapshots.running = self

    async def close(self) -> None:
        """Stop following and give the database connection back."""
        Snapshots.running = None
        revision_moved.disconnect(dispatch_uid=self)
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        await asyncio.get_running_loop().run_in_executor(self._thread, _close_connection)
        self._thread.shutdown()

    @property
    def age(self) -> float:
        """Seconds since the snapshot was last known to be current."""
        return time.monotonic() - self._confirmed

    @property
    def is_usable(self) -> bool:
        """Whether `current` would answer."""
        return self._book is not None and self.age <= self._max_staleness

    @property
    def is_read(self) -> bool:
        """Whether the last look at the database succeeded, and not long ago: a look that hangs is none."""
        return self._is_read and self.age <= LONGEST_LOOK

    @property
    def latest(self) -> PolicySnapshot | None:
        """The last snapshot however old it is, for figures alone; decisions ask `current`."""
        return None if self._book is None else self._book.snapshot

    def current(self) -> AccessBook:
        """The book to decide with; raises `SnapshotUnavailable` when it is too old to trust."""
        book = self._book
        if book is None or self.age > self._max_staleness:
            raise SnapshotUnavailable
        return book

    def book_of_ones_own(self) -> AccessBook | None:
        """An empty book on the last snapshot, for another thread to ask what callers see; decisions ask `current`."""
        return None if self._book is None else AccessBook(self._book.snapshot, lists_step_up=self._lists_step_up)

    def advertised_scopes(self) -> list[str]:
        """What a caller without a token is told to ask for: scopes that enabled allow policies name and rows know."""
        return [] if self._book is None else list(self._book.snapshot.offered_scopes)

    async def refresh(self) -> None:
        """Compare revisions and reload if they differ; raises `DatabaseError`."""
        async with self._lock:
            started = time.monotonic()
            known = self._book.snapshot.revision if self._book else None
            loaded = await asyncio.get_running_loop().run_in_executor(self._thread, _load_if_moved, known)
            self._confirmed, self._is_read = started, True
            if loaded is not None:
                self._book = AccessBook(loaded, lists_step_up=self._lists_step_up)
                self.reloads += 1
                log.info("policy revision %d is in force", loaded.revision)
                if self._on_change is not None:
                    self._on_change(loaded)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            try:
                await self.refresh()
            except Exception as error:  # noqa: BLE001 - told below; whatever it is, to look again is the remedy
                self.failures += 1
                if self._is_read:  # told once
                    _tell(error)
                self._is_read = False

    def _moved_here(self, **_: object) -> None:
        """After a commit in this process: the next request must already feel it, so wait for the reload."""
        loop = self._loop
        if loop is None or loop.is_closed():
            return
        reload = asyncio.run_coroutine_threadsafe(self._refresh_quietly(), loop)
        if threading.get_ident() != self._loop_thread:  # else the loop would wait for itself
            with suppress(TimeoutError):
                reload.result(timeout=2)

    async def _refresh_quietly(self) -> None:
        try:
            await self.refresh()
        except DatabaseError:
            pass  # the following task will say so, and try again
        except Exception:  # whoever saved has saved, and hears nothing of it
            log.exception(UNTAKEN)


def _tell(error: Exception) -> None:
    if isinstance(error, DatabaseError):
        log.warning("the policy revision cannot be read (%s); deciding by the last one", type(error).__name__)
    else:
        log.error(UNTAKEN, exc_info=error)


def _load_if_moved(known: int | None) -> PolicySnapshot | None:
    try:
        if connection.vendor == "sqlite":
            keep_connection()
        else:
            close_old_connections()  # back to the pool, which hands it out again for nothing
        return load_snapshot() if policy_revision() != known else None
    except DatabaseError:
        connection.close()
        raise


def _close_connection() -> None:
    """Close this thread's own connection (`connection` stands for another one in each thread)."""
    connection.close()
