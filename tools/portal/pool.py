"""Keeps, lends and closes portal sessions; one session serves one (profile, revision, tenant, account) and no other.

A caller's own account is let in by a ticket, which the profile's account gets on a session that serves for nothing
else. Logins are single-flight. An expired session means one new login and one retry; a write without an answer is never
repeated. All of it belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from tools.errors import CallTimeout, PortalDenied, PortalLoginFailed, PortalUnavailable, ToolError
from tools.portal.callers import TicketRefused, may_not_mint, open_as, ticket_for
from tools.portal.client import PortalClient, open_session
from tools.portal.failures import Doubtful, Expired, Interrupted, told, translated, unknown
from tools.portal.passwords import NoPassword, Passwords
from tools.portal.ports import PortalSession
from tools.portal.tally import PortalTally
from tools.portal.tickets import Ticket
from tools.profile import GLOBAL_TENANT, Profile

T = TypeVar("T")
log = logging.getLogger(__name__)
IDLE_SECONDS: Final = 600.0
OLDEST_SECONDS: Final = 3600.0
"""Age at which a session makes place for a new one, so that what the portal changed for its account is felt."""
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 60.0
CLOSE_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class Key:
    """What a session is pinned to; nothing else may use it."""

    profile: str
    revision: int
    tenant: str
    account: str | None


@dataclass(frozen=True, slots=True)
class PoolStats:
    """Figures of one key: whether a session is open, calls on it now, and counts since the start of the worker."""

    key: Key
    open: bool
    in_use: int
    logins: int
    failures: int
    waits: int


@dataclass(slots=True)
class _Lent:
    """An open session with the calls on it; when condemned, the last one to leave logs it out."""

    client: PortalClient
    born: float
    users: int = 0
    condemned: bool = False


@dataclass(slots=True)
class _Entry:
    profile: Profile
    lent: _Lent | None = None
    opening: asyncio.Task[_Lent] | None = None
    in_use: int = 0
    logins: int = 0
    failures: int = 0
    waits: int = 0
    retired: bool = False
    last_used: float = field(default_factory=time.monotonic)

    mints: bool = False

    @property
    def holds_session(self) -> bool:
        return self.lent is not None or self.opening is not None


@dataclass(slots=True)
class _Pause:
    until: float
    seconds: float
    message: str


Opener = Callable[[Profile, str, str], Awaitable[PortalClient]]
CallerOpener = Callable[[Profile, str, str, Ticket], Awaitable[PortalClient]]


class SessionPool:
    """The sessions of one worker. `unseal` opens a profile's sealed password just before a login."""

    def __init__(
        self,
        unseal: Callable[[str], str],
        *,
        opener: Opener = open_session,
        caller_opener: CallerOpener = open_as,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._passwords = Passwords(unseal)
        self._opener = opener
        self._caller_opener = caller_opener
        self._clock = clock
        self._entries: dict[Key, _Entry] = {}
        self._pauses: dict[Key, _Pause] = {}
        self._closing: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Condition()
        self._crowded = 0
        self.tally = PortalTally()
        self._sweeper: asyncio.Task[None] | None = None

    async def run(  # noqa: PLR0913 - the place, the work, and four rare wishes
        self,
        profile: Profile,
        tenant: str,
        operation: Callable[[PortalSession], Awaitable[T]],
        *,
        write: bool = False,
        account: str | None = None,
        checkpoint: Callable[[], None] | None = None,
        within: float | None = None,
    ) -> T:
        """Run `operation` on a session pinned to the place; raises `ToolError`.

        `checkpoint` is called after all waiting, right before the operation starts, and may raise. The profile's
        total timeout, or `within` (seconds) in its place, covers waiting, login and the operation. `account` is the
        caller's own on a profile that works as its callers, and None on every other: there is no way from one to the
        other.
        """
        if (profile.identity == "service") is not (account is None) or account == "":
            raise PortalLoginFailed(
                f"Nothing says whose account works on portal '{profile.name}'. An operator must correct its profile."
            )
        key = Key(profile.name, profile.revision, tenant, account)
        begun = _Begun(write)
        try:
            async with asyncio.timeout(within or profile.total_timeout):
                return await self._attempts(key, profile, operation, checkpoint, begun)
        except TimeoutError:
            if begun.as_write:
                raise unknown(profile.name) from None
            seconds = within or profile.total_timeout
            raise CallTimeout(
                f"Portal '{profile.name}' took longer than {seconds:g} s. Try again, or ask for less."
            ) from None
        except Interrupted as broken:
            if begun.as_write and broken.sent:
                raise unknown(profile.name) from None
            raise translated(broken.__cause__ or broken, profile.name) from None

    async def _attempts(
        self,
        key: Key,
        profile: Profile,
        operation: Callable[[PortalClient], Awaitable[T]],
        checkpoint: Callable[[], None] | None,
        begun: _Begun,
    ) -> T:
        for again in (True, False):
            entry, lent = await self._acquire(key, profile)
            try:
                if checkpoint is not None:
                    checkpoint()
                begun.started = True
                return await operation(lent.client)
            except Expired:
                self._discard(entry, lent)
            except Doubtful as seen:
                if await lent.client.is_alive():
                    raise told(seen, profile.name, write=begun.write) from None
                self._discard(entry, lent)
            except Interrupted as broken:
                if begun.write or not (broken.dropped and again):
                    raise
            finally:
                self._release(entry, lent)
            begun.started = False  # the portal refused before it did anything
        raise PortalUnavailable(f"Portal '{profile.name}' keeps ending the session. Try again later.")

    async def _acquire(self, key: Key, profile: Profile) -> tuple[_Entry, _Lent]:
        entry = self._entries.setdefault(key, _Entry(profile, mints=profile.is_personal and key.account is None))
        entry.profile = profile  # of one key they differ in the seal alone: keys are rotated under open sessions
        entry.in_use += 1
        try:
            if entry.lent is not None and self._clock() - entry.lent.born > OLDEST_SECONDS:
                self._discard(entry)
            lent = entry.lent or await self._opened(key, entry)
        except BaseException:
            self._release(entry, None)
            raise
        lent.users += 1
        return entry, lent

    async def _opened(self, key: Key, entry: _Entry) -> _Lent:
        """The session that is being opened for the key, or a new one; cancelling a waiter does not stop the login."""
        if entry.opening is None:
            await self._make_room(entry, entry.profile)
        if entry.lent is not None:
            return entry.lent
        if entry.opening is None:
            self._refuse_during_pause(key)
            entry.opening = asyncio.create_task(self._open(key, entry), name="portal-login")
            entry.opening.add_done_callback(_noticed)
            if self._sweeper is None:
                self._sweeper = asyncio.create_task(self._sweep(), name="portal-sweep", context=Context())
        return await asyncio.shield(entry.opening)

    async def _open(self, key: Key, entry: _Entry) -> _Lent:
        """The one login of a key; its outcome is shared by all that wait for it."""
        profile = entry.profile
        pause = _account_of(key)
        try:
            async with asyncio.timeout(profile.total_timeout):
                client = await self._entered(key, profile)
        except PortalLoginFailed as refused:
            self._failed(entry)
            if isinstance(refused, NoPassword):
                raise  # the portal was not asked
            seconds = min(LONGEST_PAUSE, self._pauses[pause].seconds * 2 if pause in self._pauses else FIRST_PAUSE)
            self._pauses[pause] = _Pause(self._clock() + seconds, seconds, refused.message)
            raise
        except TimeoutError:
            self._failed(entry)
            raise CallTimeout(f"Portal '{profile.name}' did not complete a login in time. Try again later.") from None
        except Interrupted as broken:
            self._failed(entry)
            raise translated(broken.__cause__ or broken, profile.name) from None
        except ToolError:
            self._failed(entry)
            raise
        finally:
            entry.opening = None
        self._pauses.pop(pause, None)
        entry.lent, entry.logins = _Lent(client, self._clock()), entry.logins + 1
        self.tally.logins[key.profile] += 1
        return entry.lent

    def _failed(self, entry: _Entry) -> None:
        entry.failures += 1
        self.tally.login_failures[entry.profile.name] += 1

    async def _entered(self, key: Key, profile: Profile) -> PortalClient:
        """A new session: by the profile's password, or as a caller by a ticket; one that was too late is had anew."""
        if key.account is None:
            return await self._opener(profile, key.tenant, self._passwords.of(profile))
        try:
            return await self._admitted(key, profile)
        except TicketRefused:
            return await self._admitted(key, profile)

    async def _admitted(self, key: Key, profile: Profile) -> PortalClient:
        account = key.account or ""
        minting = Key(key.profile, key.revision, GLOBAL_TENANT, None)
        try:
            ticket = await self._attempts(minting, profile, ticket_for(account, key.tenant), None, _Begun(write=False))
        except PortalDenied:
            raise may_not_mint(profile) from None
        return await self._caller_opener(profile, key.tenant, account, ticket)

    def _refuse_during_pause(self, key: Key) -> None:
        """Bad credentials are not tried again at once: that would lock the account."""
        pause = self._pauses.get(_account_of(key))
        if pause is not None and self._clock() < pause.until:
            raise PortalLoginFailed(pause.message)

    def refusal(self, profile: Profile) -> str:
        """Why the profile's account is not tried at the moment; empty where it may be."""
        pause = self._pauses.get(Key(profile.name, profile.revision, "", None))
        return pause.message if pause is not None and self._clock() < pause.until else ""

    async def _make_room(self, wanted: _Entry, profile: Profile) -> None:
        while not (wanted.holds_session or wanted.mints):  # callers wait for the session that mints: it never waits
            held = [
                entry
                for key, entry in self._entries.items()
                if key.profile == profile.name and entry.holds_session and not (entry.retired or entry.mints)
            ]
            if len(held) < profile.max_sessions:
                return
            idle = [entry for entry in held if entry.in_use == 0 and entry.lent is not None]
            if idle:
                self._discard(min(idle, key=lambda entry: entry.last_used))
                return
            wanted.waits += 1
            self.tally.waits[profile.name] += 1
            self._crowded += 1
            try:
                async with self._freed:
                    await self._freed.wait()
            finally:
                self._crowded -= 1

    def _release(self, entry: _Entry, lent: _Lent | None) -> None:
        entry.in_use -= 1
        entry.last_used = self._clock()
        if lent is not None:
            lent.users -= 1
            if lent.condemned and not lent.users:
                self._background(lent.client.close())
        if entry.retired and entry.in_use == 0:
            self._discard(entry)
        if self._crowded:
            self._background(self._announce())

    async def _announce(self) -> None:
        async with self._freed:
            self._freed.notify_all()

    def _discard(self, entry: _Entry, seen: _Lent | None = None) -> None:
        """Take a session out of use if it is still the entry's; logged out when the last call has left it."""
        lent = entry.lent
        if lent is None or (seen is not None and lent is not seen):
            return
        entry.lent, lent.condemned = None, True
        if not lent.users:
            self._background(lent.client.close())

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    def retire(self, current: Mapping[str, Profile]) -> None:
        """Let sessions of moved, disabled or removed profiles drain, then log them out."""
        for key, entry in list(self._entries.items()):
            now = current.get(key.profile)
            if now is None or now.revision != key.revision or not now.enabled:
                entry.retired = True
                del self._entries[key]
                if entry.in_use == 0:
                    self._discard(entry)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(IDLE_SECONDS / 10)
            for key, entry in list(self._entries.items()):
                if entry.in_use == 0 and self._clock() - entry.last_used > IDLE_SECONDS:
                    self._discard(entry)
                    del self._entries[key]
            over = [key for key, pause in self._pauses.items() if self._clock() > pause.until + LONGEST_PAUSE]
            for key in over:
                del self._pauses[key]

    async def close(self) -> None:
        """Log out of everything, bounded in time."""
        if self._sweeper is not None:
            self._sweeper.cancel()
        openings = [entry.opening for entry in self._entries.values() if entry.opening is not None]
        for opening in openings:
            opening.cancel()
        for entry in self._entries.values():
            if entry.lent is not None:
                entry.lent.users = 0  # whoever is still at work is being stopped with the process
            self._discard(entry)
        self._entries.clear()
        ending = [*self._closing, *openings, *([self._sweeper] if self._sweeper else [])]
        if ending:
            await asyncio.wait(ending, timeout=CLOSE_SECONDS)

    def stats(self) -> tuple[PoolStats, ...]:
        """Figures per key."""
        return tuple(
            PoolStats(key, entry.lent is not None, entry.in_use, entry.logins, entry.failures, entry.waits)
            for key, entry in self._entries.items()
        )


@dataclass(slots=True)
class _Begun:
    """How far a call has come: from `started` on, a write may have happened."""

    write: bool
    started: bool = False

    @property
    def as_write(self) -> bool:
        return self.write and self.started


def _noticed(opening: asyncio.Task[_Lent]) -> None:
    """A login may fail when everybody who waited for it has gone; that is nobody's oversight."""
    if not opening.cancelled():
        opening.exception()


def _account_of(key: Key) -> Key:
    """What a pause is for: the profile's account is one in all Team Portals, a caller's is another one in each."""
    return key if key.account is not None else Key(key.profile, key.revision, "", None)
