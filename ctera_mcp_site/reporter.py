"""Tells the database, now and then and in the background, that this worker lives and which clients it has seen."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from django.db import DatabaseError, close_old_connections, connection

from ctera_mcp_site import VERSION
from oauth import client_rows, worker_reports

if TYPE_CHECKING:
    from oauth.clients_seen import ClientBook, Sighting
    from oauth.keys import SigningKeys
    from oauth.snapshots import Snapshots

log = logging.getLogger(__name__)
REPORT_SECONDS: Final = 5.0
LEAST_SECONDS: Final = 0.5
"""Between two reports, however often the policy changes."""
PRUNE_EVERY: Final = 12
CLOSE_SECONDS: Final = 2.0
"""How long the end of a worker waits for its last words; without them the report goes with time."""


class Reporter:
    """One task and one thread with a connection of its own; a fault of the database skips a report, no more."""

    def __init__(self, snapshots: Snapshots, keys: SigningKeys, clients: ClientBook) -> None:
        self._snapshots, self._keys, self._clients = snapshots, keys, clients
        self._identity = worker_reports.identity(VERSION)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="report")
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._turn = 0
        self._works = True

    async def start(self) -> None:
        """Begin to report."""
        self._task = asyncio.create_task(self._keep(), name="report", context=contextvars.Context())

    def soon(self) -> None:
        """Something changed that operators wait to see; called on the event loop."""
        self._wake.set()

    async def close(self) -> None:
        """Write down the last clients, and take the report away."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            with suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await self._do(lambda: worker_reports.leave(self._identity))
                    await self._write_clients()
        self._thread.shutdown(wait=False)

    async def _keep(self) -> None:
        while True:
            self._wake.clear()
            await self._report()
            await self._write_clients()
            await asyncio.sleep(LEAST_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(REPORT_SECONDS - LEAST_SECONDS):
                    await self._wake.wait()

    async def _report(self) -> None:
        snapshot = self._snapshots.latest
        if snapshot is None:
            return
        revision, age, keys = snapshot.revision, self._snapshots.age, self._keys.status()
        await self._do(lambda: worker_reports.tell(self._identity, revision, age, keys))
        if self._turn % PRUNE_EVERY == 0:
            await self._do(worker_reports.forget_the_dead)
        self._turn += 1

    async def _write_clients(self) -> None:
        sightings: list[Sighting] = self._clients.take()
        if not sightings:
            return
        is_written = False
        try:
            is_written = await self._do(lambda: client_rows.keep(sightings))
        finally:
            if not is_written:
                self._clients.give_back(sightings)

    async def _do(self, work: Callable[[], None]) -> bool:
        """Run `work` in the thread; False when the database did not take it, which is told once."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, _alone, work)
        except DatabaseError as error:
            if self._works:
                log.warning(
                    "this worker cannot report to the database (%s): the first page is behind", type(error).__name__
                )
            self._works = False
            return False
        self._works = True
        return True


def _alone(work: Callable[[], None]) -> None:
    """On a connection that nobody else uses, and that is not kept for the seconds in between."""
    close_old_connections()
    try:
        work()
    finally:
        connection.close()
