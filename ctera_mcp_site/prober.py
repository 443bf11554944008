"""Looks at every enabled portal from time to time, whichever worker has the turn, apart from calls on it."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from django.db import DatabaseError, close_old_connections, connection

from tools.errors import ErrorCode, PortalLoginFailed
from tools.health_rows import Round, add_missing, claim_due, record
from tools.portal.probing import look, trouble
from tools.sealing import unseal

if TYPE_CHECKING:
    from oauth.snapshots import Snapshots
    from tools.portal.pool import SessionPool
    from tools.profile import Profile

T = TypeVar("T")
log = logging.getLogger(__name__)
PARALLEL: Final = 8
"""Looks at the same time in one worker."""
CLOSE_SECONDS: Final = 6.0
"""A look that is stopped logs out of what it opened: the portal has five seconds for that."""


class Prober:
    """One worker's part: claims looks that are due, looks, writes what it found. `period` is in seconds, 0 for never.

    The rows of portals' health are all that workers share: a look is claimed by moving its row's next moment on, so
    that a worker that dies delays one look. Without the database nobody looks.
    """

    def __init__(self, snapshots: Snapshots, pool: SessionPool, *, period: float) -> None:
        self._snapshots = snapshots
        self._pool = pool
        self._period = period
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="prober")
        self._task: asyncio.Task[None] | None = None
        self._looks: set[asyncio.Task[None]] = set()
        self._known_revision = -1
        self._is_reading = True
        self.up: Mapping[str, bool] = {}
        """Portals whose state is known, as of this worker's last round, whoever looked."""
        self.counts: Counter[tuple[str, str]] = Counter()
        """Looks of this worker by portal and outcome, `good` or the code of the error."""

    def start(self) -> None:
        """Begin, unless the period is 0."""
        if self._period:
            self._task = asyncio.create_task(self._follow(), name="prober", context=contextvars.Context())
            self._task.add_done_callback(_told)

    async def close(self) -> None:
        """Stop, log out of what is open, give the database connection back; bounded in time."""
        ending = [*self._looks, *([self._task] if self._task else [])]
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending, timeout=CLOSE_SECONDS)
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _follow(self) -> None:
        """Rounds come more often than looks are due, so that changed profiles are looked at soon."""
        while True:
            try:
                await self._round()
                self._is_reading = True
            except DatabaseError as error:
                self.up = {}
                self._note(error)
            await asyncio.sleep(min(max(self._period / 6, 1.0), 10.0))

    async def _round(self) -> None:
        snapshot = self._snapshots.latest
        if snapshot is None or not self._snapshots.is_read:
            return
        profiles = {name: profile for name, profile in snapshot.profiles.items() if profile.enabled}
        if snapshot.revision != self._known_revision:
            await self._in_thread(lambda: add_missing(profiles))
            self._known_revision = snapshot.revision
        free = PARALLEL - len(self._looks)
        found: Round = await self._in_thread(lambda: claim_due(profiles, free))
        self.up = found.up
        for profile in found.claims:
            task = asyncio.create_task(self._look(profile), name="portal-look", context=contextvars.Context())
            self._looks.add(task)
            task.add_done_callback(self._looks.discard)
            task.add_done_callback(_told)

    async def _look(self, profile: Profile) -> None:
        """Look at one portal, unless calls on it just found its login refused, and write what was found."""
        refusal = self._pool.refusal(profile)
        found = trouble(PortalLoginFailed(refusal), 0) if refusal else await look(profile, unseal)
        self.counts[profile.name, "good" if found.good else found.code] += 1
        if found.code == ErrorCode.INTERNAL:
            log.warning("portal '%s' cannot be looked at: %s %s", profile.name, found.error, found.remedy)
        try:
            await self._in_thread(lambda: record(profile, found, self._period))
        except DatabaseError as error:
            self._note(error)

    async def _in_thread(self, act: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, _apart, act)

    def _note(self, error: DatabaseError) -> None:
        if self._is_reading:
            log.warning("portals' health cannot be kept (%s); nobody looks until it can", type(error).__name__)
        self._is_reading = False


def _told(task: asyncio.Task[None]) -> None:
    """Nobody waits for these tasks: what nobody foresaw in one is told at once."""
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("%s ended unexpectedly", task.get_name(), exc_info=fault)


def _apart(act: Callable[[], T]) -> T:
    """In the thread: run `act` on a connection of its own, which does not stay open between rounds."""
    close_old_connections()
    try:
        return act()
    finally:
        connection.close()
