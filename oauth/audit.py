"""Commits audit events before answers leave: one commit for all that wait, refused when it cannot be done."""

from __future__ import annotations

import asyncio
import contextvars
import hashlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, connection, transaction

from oauth.audit_rows import insert_events, now, storable
from oauth.audit_streams import leave_mark, new_stream
from oauth.chain import Head, MarkKind, Record, Stream
from oauth.ids import decision_id, request_id
from oauth.kept_connection import keep_connection
from oauth.refusal_budget import RefusalBudget, Tally, Verdict
from tools.distribution import Distribution

if TYPE_CHECKING:
    from oauth.principal import Principal
    from oauth.rules import Call

log = logging.getLogger(__name__)
COMMIT_SECONDS = 10.0
MOST_WAITING = 10_000
TICK_SECONDS = 5.0
MOST_PLACES = 20
MOST_PATH = 1024
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
    repeats: int = 1
    details: dict[str, Any] = field(default_factory=dict)
    has_intent: bool = False
    """Whether an intent was recorded before: then its outcome is never only counted."""


_sorted_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
DIGEST_OF_NOTHING = hashlib.sha256(b"{}").hexdigest()


def argument_digest(arguments: Any) -> str:
    """SHA-256 over the arguments as sorted JSON: proves what was asked without keeping content."""
    if not arguments:
        return DIGEST_OF_NOTHING
    return hashlib.sha256(_sorted_json(arguments).encode("ascii")).hexdigest()


def name_places(event: Event, call: Call) -> None:
    """Note the places that a refused call named, as far as they can be read, cut to what a row holds.

    What was decided stays: of a call whose place is known already, nothing is noted.
    """
    if event.portal:
        return
    event.portal, event.tenant = (call.portal or "")[:60], (call.tenant or "")[:255]
    event.paths = tuple(path[:MOST_PATH] for _, path in call.paths[:MOST_PLACES])


REFUSED = frozenset({"denied", "refused"})


def record_of(event: Event) -> Record:
    """The event as it is sealed and stored."""
    principal = event.principal
    return Record(
        time=event.time,
        kind=event.kind,
        request=event.request,
        decision=event.decision,
        revision=event.revision,
        issuer=principal.issuer,
        subject=principal.subject,
        client=principal.client,
        organization=principal.organization,
        scopes=_scopes(principal.scopes),
        tool=storable(event.tool),
        portal=storable(event.portal),
        tenant=storable(event.tenant),
        account=storable(event.account),
        paths=[storable(path) for path in event.paths],
        argument_digest=event.argument_digest,
        outcome=event.outcome,
        code=event.code,
        reason=event.reason,
        policy=event.policy,
        duration_ms=float(event.duration_ms),
        repeats=event.repeats,
        details=event.details,
    )


@lru_cache(maxsize=256)
def _scopes(scopes: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(scopes))


def counted(tally: Tally) -> Event:
    """The event that stands for refusals which were counted and not stored one by one."""
    request = request_id()
    details = {"first": tally.first, "last": tally.last, "by": dict(tally.by)}
    return Event(
        time=now(),
        kind="refusals",
        request=request,
        decision=decision_id(request),
        revision=0,
        principal=tally.principal,
        tool="",
        argument_digest=DIGEST_OF_NOTHING,
        outcome="denied",
        reason="repeated",
        repeats=tally.counted,
        details=details,
    )


def commit_events(events: Sequence[Event], stream: Stream) -> None:
    """Seal events and write them in one transaction on this thread's connection; raises `DatabaseError`."""
    rows = stream.sealed([record_of(event) for event in events])
    try:
        keep_connection()
        with transaction.atomic():
            insert_events(rows)
    except DatabaseError:
        connection.close()
        raise
    stream.advance(rows)


class AuditWriter:
    """One task and one thread that commit whatever waits, together; callers wait for their own event."""

    def __init__(
        self,
        *,
        is_reachable: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        self._is_reachable = is_reachable
        self._waiting: list[tuple[Event, asyncio.Future[None]]] = []
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="audit")
        self._task: asyncio.Task[None] | None = None
        self._clock, self._tick_seconds = clock, tick_seconds
        self._refusals = RefusalBudget()
        self._stream = new_stream("w")
        self._marked = self._stream.head
        self._ended: list[Stream] = []  # by failed commits; their last events are still to be signed
        self._chores: asyncio.Task[None] | None = None
        self._is_closing = False
        self.commits = 0
        self.events = 0
        self.counted = 0
        self.failures = 0
        self.commit_seconds = Distribution(SECONDS)
        self.batch_sizes = Distribution(SIZES)

    def expect(self) -> None:
        """Raise `AuditUnavailable` at once when the database is known to be out of reach: nobody need wait for that."""
        if not self._is_reachable():
            raise AuditUnavailable

    async def record(self, event: Event) -> None:
        """Return when `event` is committed; raises `AuditUnavailable` when it is not known to be."""
        if event.outcome in REFUSED and not event.has_intent and not self._is_stored(event):
            return
        await self._commit(event)

    def _is_stored(self, event: Event) -> bool:
        """Whether a refusal is stored by itself; if not it is counted, and the count is stored in a minute."""
        self._begin_chores()
        why = event.reason or event.code
        verdict = self._refusals.take(event.principal, event.decision, why, self._clock())
        if verdict is Verdict.STORE_AND_SAY:
            event.details["further"] = f"refusals of the next {self._refusals.window:.0f} seconds are counted"
        self.counted += verdict is Verdict.COUNT
        return verdict is not Verdict.COUNT

    async def _commit(self, event: Event) -> None:
        if len(self._waiting) >= MOST_WAITING:
            raise AuditUnavailable
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((event, done))
        if self._task is None:
            self._task = asyncio.create_task(self._drain(), name="audit", context=contextvars.Context())  # for all
        await done

    async def close(self) -> None:
        """Commit what waits and what was counted, sign the end of the stream, then give the connection back."""
        self._is_closing = True
        if self._chores is not None:
            self._chores.cancel()
            await asyncio.wait([self._chores])
        if self._task is not None:
            await self._task
        await self._store_counted(float("inf"))
        await self._mark_ended()
        await self._mark(MarkKind.CLOSED)
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
                        await loop.run_in_executor(self._thread, commit_events, events, self._stream)
                except (DatabaseError, TimeoutError) as error:
                    self._failed(batch, error)
                except Exception as error:
                    log.exception("audit events could not be sealed or written")
                    self._failed(batch, error)  # who waits must hear of it, whatever it was
                else:
                    self._committed(batch)
                self.commit_seconds.observe(time.perf_counter() - begun)
                self.batch_sizes.observe(len(batch))
        finally:
            self._task = None

    def _committed(self, batch: list[tuple[Event, asyncio.Future[None]]]) -> None:
        self.commits += 1
        self._begin_chores()
        self.events += len(batch)
        for _, done in batch:
            if not done.done():
                done.set_result(None)

    def _failed(self, batch: list[tuple[Event, asyncio.Future[None]]], error: Exception) -> None:
        self.failures += 1
        if self._stream.head.sequence or isinstance(error, TimeoutError):  # which may yet have been committed
            self._ended.append(self._stream)
        self._stream, self._marked = self._stream.fork(), Head()
        log.error("%d audit events could not be committed: %s", len(batch), type(error).__name__)
        for _, done in batch:
            if not done.done():
                done.set_exception(AuditUnavailable())

    def _begin_chores(self) -> None:
        """Have checkpoints signed and counts stored in a while; nothing runs while nothing happens."""
        if self._chores is None and not self._is_closing:
            self._chores = asyncio.create_task(self._do_chores(), name="audit chores")

    async def _do_chores(self) -> None:
        try:
            while True:
                await asyncio.sleep(self._tick_seconds)
                await self._store_counted(self._clock())
                await self._mark_ended()
                await self._mark(MarkKind.CHECKPOINT)
                if self._refusals.is_idle and self._stream.head == self._marked and not self._ended:
                    return
        finally:
            self._chores = None

    async def _store_counted(self, until: float) -> None:
        due = list(self._refusals.due(until))
        try:
            while due:
                tally = due.pop()
                try:
                    await self._commit(counted(tally))
                except AuditUnavailable:
                    self._refusals.give_back(tally)
        finally:
            for tally in due:  # cancelled on the way
                self._refusals.give_back(tally)

    async def _mark_ended(self) -> None:
        """Sign what is in the streams that failed commits ended, now that the database answers again."""
        while self._ended and await self._signed(MarkKind.CHECKPOINT, self._ended[0]):
            del self._ended[0]

    async def _mark(self, kind: MarkKind) -> None:
        """Sign how far the stream has come; what fails is logged and tried again with the next."""
        stream, head = self._stream, self._stream.head
        if head.sequence == 0 or (kind is MarkKind.CHECKPOINT and head == self._marked):
            return
        if await self._signed(kind, stream) and stream is self._stream:
            self._marked = head

    async def _signed(self, kind: MarkKind, stream: Stream) -> bool:
        """Whether a mark could be kept. In the one thread, so that a commit before it has ended, whoever waited."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, _leave_mark, kind, stream)
        except (DatabaseError, OSError) as error:
            log.error("the audit checkpoint of %s could not be kept: %s", stream.name, type(error).__name__)  # noqa: TRY400 - the text may name paths and accounts
            return False
        return True


def _leave_mark(kind: MarkKind, stream: Stream) -> None:
    """Sign how far a stream has come by now, if it has begun."""
    if stream.head.sequence:
        leave_mark(kind, stream, stream.head)


def _close_connection() -> None:
    """Close this thread's own connection (`connection` stands for another one in each thread)."""
    connection.close()
