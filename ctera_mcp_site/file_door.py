"""The door of one-use links: find it, decide again, use it up, move the file, and record what became of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ctera_mcp_site.calls import GovernedPlace, PreparedCall, decided
from ctera_mcp_site.checkpoint import Checkpoint, Stopped
from ctera_mcp_site.file_answers import Trouble, answer_json, answer_page, answer_trouble, wants_page
from ctera_mcp_site.file_links import PREFIX, UNAVAILABLE
from ctera_mcp_site.file_transfers import Arrival, Delivery, Gone, deliver, store
from oauth import traced
from oauth.access import Access
from oauth.audit import AuditUnavailable, Event
from oauth.identity import acting
from oauth.ids import decision_id, request_id
from oauth.link_store import LinksUnavailable
from oauth.links import BadLink, FileLink, LinkKind
from oauth.policy import Call, Denied
from oauth.refusals import code_of, told, what_is_closed
from oauth.snapshots import SnapshotUnavailable
from oauth.trail import in_hand
from tools.catalogue import CATALOGUE
from tools.errors import ErrorCode, OutcomeUnknown, ToolError

if TYPE_CHECKING:
    from ctera_mcp_site.file_links import LinkDesk
    from oauth.access import AccessBook
    from oauth.audit import AuditWriter
    from oauth.middleware import Receive, Scope, Send
    from tools.portal.pool import SessionPool

log = logging.getLogger(__name__)
MOST_AT_ONCE: Final = 16
"""Transfers of one worker: each holds a connection of a portal session, and tools need some, too."""
METHODS: Final = {LinkKind.DOWNLOAD: "POST", LinkKind.UPLOAD: "PUT"}
STATUSES: Final = {
    ErrorCode.INVALID_ARGUMENT: 409, ErrorCode.NOT_FOUND: 404, ErrorCode.CONFLICT: 409, ErrorCode.PORTAL_DENIED: 403,
    ErrorCode.TOO_LARGE: 413, ErrorCode.TIMEOUT: 504, ErrorCode.INTERNAL: 503,
}  # fmt: skip
"""HTTP statuses of what can go wrong; all else is the portal's: 502."""
OVER: Final = Trouble(410, "link_over", "The link has been used, has ended or was withdrawn. Ask for a new one.")
UNKNOWN: Final = Trouble(404, "no_link", "There is no such link. Copy it whole, or ask for a new one.")
BUSY: Final = Trouble(503, "busy", "Too many files are on their way. Try the same link again in a moment.")
UNRECORDED: Final = Trouble(
    503, "audit_unavailable", "The server cannot record transfers at the moment. Try again soon."
)
UNKNOWN_END: Final = Trouble(
    503,
    ErrorCode.OUTCOME_UNKNOWN.value,
    "The file may have been stored, but it could not be recorded. Look at the place before sending it again.",
)
STALE: Final = Trouble(
    503, "unavailable", "The server cannot read its policy at the moment. Try the same link again soon."
)
NO_LINKS: Final = Trouble(503, "unavailable", UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class DoorParts:
    """What the door needs of its worker. `most_bytes` bounds uploads, `seconds` one transfer."""

    desk: LinkDesk
    pool: SessionPool
    audit: AuditWriter
    current: Callable[[], AccessBook]
    is_host: Callable[[bytes], bool]
    explain: str
    most_bytes: int
    seconds: float


class FileDoor:
    """Serves `/files/…`. Looking (GET) uses nothing up, so that no preview or prefetch can: only POST and PUT do."""

    def __init__(self, parts: DoorParts) -> None:
        self._parts = parts
        self._running = 0
        self._last_words: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the secret in its path is never logged."""
        try:
            await self._serve(scope, receive, send)
        except Trouble as trouble:
            await answer_trouble(scope, send, trouble)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        if not self._parts.is_host(host):
            raise Trouble(421, "wrong_host", "This server does not answer for that host.")
        link, digest = await self._found(scope["path"].removeprefix(PREFIX))
        if scope["method"] == "GET" and wants_page(scope):
            await answer_page(send, link, self._parts.most_bytes)
        elif scope["method"] != METHODS[link.kind]:
            method = METHODS[link.kind]
            told = {"error": "method", "message": f"Use {method}, or open the link in a browser. It is not used up."}
            await answer_json(send, 405, told, [(b"allow", f"GET, {method}".encode())])
        elif self._running >= MOST_AT_ONCE:
            raise BUSY
        else:
            self._running += 1
            try:
                await self._use(link, digest, (scope, receive, send))
            finally:
                self._running -= 1

    async def _found(self, text: str) -> tuple[FileLink, str]:
        try:
            digest = self._parts.desk.signer.digest(text, time.time())
            link = await self._parts.desk.store.find(digest)
        except BadLink as bad:
            raise (OVER if bad.expired else UNKNOWN) from None
        except LinksUnavailable:
            raise NO_LINKS from None
        if link is None or link.tool not in CATALOGUE:
            raise OVER
        return link, digest

    async def _use(self, link: FileLink, digest: str, connection: tuple[Scope, Receive, Send]) -> None:
        scope, receive, send = connection
        size = announced(scope, link, self._parts.most_bytes) if link.kind is LinkKind.UPLOAD else 0
        access = self._access(link)
        event = self._event(access, link, digest)
        place = await self._decided(access, link, event)
        await self._taken(digest, event)
        started = time.perf_counter()
        delivery = Delivery(link, send, place.checkpoint.verify)
        arrival = Arrival(receive, size, place.checkpoint.verify)
        try:
            if link.kind is LinkKind.UPLOAD:
                await store(place, link, arrival, size)
            else:
                async with delivery.watched(receive):
                    await deliver(place, link, delivery)
            trouble = None
        except (ToolError, Stopped, Gone) as fault:
            trouble = self._trouble(fault, event, moved=delivery.started or arrival.started)
        except asyncio.CancelledError:
            self._left(event, digest, moved=delivery.started or arrival.started)
            raise
        finally:
            event.duration_ms = round((time.perf_counter() - started) * 1000, 3)
        event.outcome = event.outcome or "ok"
        moved = trouble is None or delivery.started or arrival.started
        trouble = await self._concluded(event, trouble, stored=moved and link.kind is LinkKind.UPLOAD)
        if not moved:
            await self._given_back(digest)
        if delivery.started:
            return  # what was answered cannot be taken back
        if trouble is not None:
            raise trouble
        stored = {"portal": link.portal, "tenant": link.tenant, "path": link.path, "size": size}
        await answer_json(send, 201, {**stored, "decision": event.decision})

    async def _concluded(self, event: Event, trouble: Trouble | None, *, stored: bool) -> Trouble | None:
        """Record the end; what is to be told is then the trouble there was, or that nobody will know of the end."""
        try:
            await self._recorded(event)
        except Trouble as unrecorded:
            return replace(UNKNOWN_END, decision=event.decision) if stored else unrecorded
        return trouble

    def _access(self, link: FileLink) -> Access:
        try:
            return Access(link.principal, self._parts.current(), in_hand().request or request_id(), time.time())
        except SnapshotUnavailable:
            raise STALE from None

    def _event(self, access: Access, link: FileLink, digest: str) -> Event:
        """The digest of a use is the link's own: by it the use and the row of the link are found."""
        trail = in_hand()
        trail.tool, trail.decision = link.tool, decision_id(access.request)
        return Event(
            time=datetime.fromtimestamp(access.at, UTC),
            kind="call",
            request=access.request,
            decision=decision_id(access.request),
            revision=access.snapshot.revision,
            principal=link.principal,
            tool=link.tool,
            argument_digest=digest,
            outcome="",
            portal=link.portal,
            tenant=link.tenant,
            paths=(link.path,),
        )

    async def _decided(self, access: Access, link: FileLink, event: Event) -> GovernedPlace:
        """The place, under the policy and the suspensions of now; a refusal leaves the link as it is."""
        spec = CATALOGUE[link.tool]
        call = Call(spec.name, link.portal, link.tenant, ((spec.paths[0].role, link.path),), access.at)
        profile = access.snapshot.profiles.get(link.portal)
        if profile is None:
            raise OVER
        actor = acting(profile, access.principal)
        prepared = PreparedCall(spec, {}, profile, link.tenant, call, actor)
        call, allowed = decided(access, prepared)
        if isinstance(allowed, Denied):
            event.outcome, event.code, event.reason = "denied", code_of(allowed).value, allowed.reason.value
            event.policy, event.details = allowed.decided_by, traced.written(allowed)
            await self._recorded(event)
            said = told(allowed, self._parts.explain, what_is_closed(access.snapshot, allowed, call))
            raise Trouble(403, said.code.value, said.message, event.decision)
        event.policy, event.account = allowed.policy, prepared.account
        checkpoint = Checkpoint(self._parts.current, access.principal, spec, call, prepared.changes)
        return GovernedPlace(
            self._parts.pool, access, prepared, profile, link.tenant, checkpoint, within=self._parts.seconds
        )

    def _left(self, event: Event, digest: str, *, moved: bool) -> None:
        """The worker ends before the transfer does: what is known of it comes into the evidence all the same."""
        event.outcome = "unknown" if moved else "cancelled"
        task = asyncio.create_task(self._last_word(event, digest, moved=moved), name="file-link-left")
        self._last_words.add(task)
        task.add_done_callback(self._last_words.discard)

    async def _last_word(self, event: Event, digest: str, *, moved: bool) -> None:
        with suppress(Trouble):  # nobody is there to be told
            await self._recorded(event)
        if not moved:
            await self._given_back(digest)

    async def _taken(self, digest: str, event: Event) -> None:
        """Use the link up and record what is about to happen; not one byte moves before both are committed."""
        try:
            if not await self._parts.desk.store.take(digest):
                raise OVER
        except LinksUnavailable:
            raise NO_LINKS from None
        try:
            self._parts.audit.expect()
            await self._parts.audit.record(replace(event, kind="intent", outcome="intent"))
            event.has_intent = True
        except AuditUnavailable:
            await self._given_back(digest)
            raise UNRECORDED from None

    async def _given_back(self, digest: str) -> None:
        try:
            await self._parts.desk.store.give_back(digest)
        except LinksUnavailable:
            log.warning("a link that moved nothing stays used up: the database did not answer")

    async def _recorded(self, event: Event) -> None:
        try:
            await self._parts.audit.record(event)
        except AuditUnavailable:
            raise UNRECORDED from None

    def _trouble(self, fault: ToolError | Stopped | Gone, event: Event, *, moved: bool) -> Trouble:
        """What ended a transfer, for the evidence and for whoever waits."""
        if isinstance(fault, Gone):
            event.outcome = "unknown" if moved else "cancelled"
            return Trouble(400, "gone", "The connection ended early.", event.decision)
        if isinstance(fault, Stopped):
            event.outcome, event.code = "unknown" if moved else "denied", code_of(fault.denied).value
            event.reason, event.policy = fault.denied.reason.value, fault.denied.decided_by
            event.details = traced.written(fault.denied)
            said = told(fault.denied, self._parts.explain)
            return Trouble(403, said.code.value, said.message, event.decision)
        event.outcome = "unknown" if isinstance(fault, OutcomeUnknown) else "error"
        event.code = fault.code.value
        return Trouble(STATUSES.get(fault.code, 502), fault.code.value, fault.message, event.decision)


def announced(scope: Scope, link: FileLink, most: int) -> int:
    """The bytes that an upload announces; raises `Trouble` where it may not be that many, or does not say."""
    headers = dict(scope["headers"])
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise Trouble(415, "encoded", "Send the file as it is, without Content-Encoding. The link is not used up.")
    length = headers.get(b"content-length", b"")
    if not length.isdigit() or len(length) > 15:
        raise Trouble(411, "length_required", "Send Content-Length, as curl -T does. The link is not used up.")
    size = int(length)
    if link.size is not None and size != link.size:
        raise Trouble(
            400, "wrong_size", f"The link takes a file of exactly {link.size} bytes, not {size}. It is not used up."
        )
    if size > most:
        raise Trouble(413, "too_large", f"The file is {size} bytes; at most {most} are taken. The link is not used up.")
    return size
