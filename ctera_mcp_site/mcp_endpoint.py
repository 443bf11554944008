"""The MCP handlers: list what is visible; call = decide, record the intent, run, record the outcome, answer."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet
from mcp.server.caching import CacheHint
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, Tool, ToolAnnotations

from ctera_mcp_site import VERSION, answers
from ctera_mcp_site.calls import GovernedPlace, PreparedCall, decided, portal_views, prepare, refusal, requested
from ctera_mcp_site.checkpoint import HALF_DONE, Checkpoint, Stopped
from ctera_mcp_site.cursors import VERSION_REMEDY, SealedCursors
from ctera_mcp_site.operations import OperationHandles, continued, recorded
from oauth import traced
from oauth.audit import AuditUnavailable, Event, argument_digest, name_places
from oauth.call_limits import RateLimited
from oauth.ids import decision_id
from oauth.middleware import Refusal
from oauth.policy import Denied, DenyReason
from oauth.refusals import SOME_OF_IT, WHOLE_TOOL, code_of, told, what_is_closed
from oauth.suspended import PARTLY
from oauth.trail import concluded, in_hand
from tools.catalogue import CATALOGUE
from tools.errors import ClosedByPolicy, ErrorCode, InvalidArgument, NotFound, OutcomeUnknown, RowsClosed, ToolError
from tools.spec import READ_LIMIT, NoLinks, ToolCall, ToolSpec, WriteBounds, Writing, untold

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.context import ServerRequestContext
    from mcp_types import CallToolRequestParams, PaginatedRequestParams

    from ctera_mcp_site.answers import Answer
    from ctera_mcp_site.file_links import LinkDesk
    from oauth.access import Access, AccessBook
    from oauth.audit import AuditWriter
    from oauth.call_limits import CallLimits
    from tools.portal.pool import SessionPool
    from tools.spec import JSON, Progress

log = logging.getLogger(__name__)
NAME = "ctera-mcp-governor"
LIST_TTL_MS = 30_000
UNRECORDED = "The server cannot record calls at the moment, so it refuses them. Try again in a minute."
INSTRUCTIONS = (
    "Works on files in CTERA Portals. Start with ctera_portal_list_portals, then ctera_portal_list_dir with path '/'. "
    "Pass 'portal' and 'tenant' on every call; nothing is remembered between calls."
)


def as_tool(spec: ToolSpec) -> Tool:
    """A spec as the protocol describes tools."""
    return Tool(
        name=spec.name,
        title=spec.title,
        description=spec.description,
        input_schema=spec.input_schema,
        output_schema=spec.output_schema,
        annotations=ToolAnnotations(
            title=spec.title,
            read_only_hint=spec.read_only,
            destructive_hint=spec.destructive,
            idempotent_hint=spec.idempotent,
            open_world_hint=spec.open_world,
        ),
    )


TOOLS = {
    name: as_tool(spec).model_dump(by_alias=True, mode="json", exclude_none=True) for name, spec in CATALOGUE.items()
}


@dataclass(frozen=True, slots=True)
class Wording:
    """How refusals are told: `EXPLAIN_TO_CALLER`, and whether HTTP 403 becomes a tool result."""

    explain: str
    refuse_as_tool_error: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """What calls need of their worker; `current` gives the book in force or raises `SnapshotUnavailable`.

    `operation_box` seals what outlives a call; `read_limit` is the most bytes of a file in one answer.
    """

    pool: SessionPool
    audit: AuditWriter
    limits: CallLimits
    cursor_box: Fernet
    current: Callable[[], AccessBook]
    operation_box: Fernet = field(default_factory=lambda: Fernet(Fernet.generate_key()))
    write_bounds: WriteBounds = field(default_factory=WriteBounds)
    desk: LinkDesk | None = None
    read_limit: int = READ_LIMIT


@dataclass(slots=True)
class Outcome:
    """What became of one call, as evidence and answer need it."""

    answer: Answer
    outcome: str = "ok"
    code: str = ""
    reason: str = ""
    policy: str = ""
    details: JSON = field(default_factory=dict)


class McpEndpoint:
    """The inner gate: whatever reached it through whichever transport is decided here, with its arguments."""

    def __init__(self, parts: Parts, wording: Wording) -> None:
        self._pool = parts.pool
        self._current = parts.current
        self._audit = parts.audit
        self._limits = parts.limits
        self._cursor_box = parts.cursor_box
        self._operation_box = parts.operation_box
        self._write_bounds = parts.write_bounds
        self._desk = parts.desk
        self._last_words: set[asyncio.Task[Answer]] = set()
        self._read_limit = parts.read_limit
        self._explain = wording.explain
        self._as_tool_error = wording.refuse_as_tool_error
        self.server: Server[Any] = Server(
            NAME,
            version=VERSION,
            title="CTERA Portals, governed",
            instructions=INSTRUCTIONS,
            on_list_tools=self.list_tools,  # type: ignore[arg-type]  # dicts are taken too: runner._dump_result
            on_call_tool=self.call_tool,  # type: ignore[arg-type]
            get_tool_input_schema=lambda name: CATALOGUE[name].input_schema if name in CATALOGUE else None,
            cache_hints={"tools/list": CacheHint(ttl_ms=LIST_TTL_MS, scope="private")},
        )
        self.server.middleware.clear()  # OpenTelemetry is not configured here and costs 25 µs a request

    async def list_tools(self, ctx: ServerRequestContext[Any], params: PaginatedRequestParams | None) -> JSON:
        """Answer the tools that some arguments could make callable for this principal."""
        ctx.request.scope["listed"] = True  # type: ignore[union-attr]  # whoever sent it has the list now
        return listing(self._access(ctx))

    async def call_tool(self, ctx: ServerRequestContext[Any], params: CallToolRequestParams) -> JSON:
        """The SDK's handler: as `call`, for requests that came through its kernel."""
        answer = await self.call(self._access(ctx), params.name, params.arguments or {}, ctx.session.report_progress)
        return answer.as_result()

    async def call(self, access: Access, name: str, arguments: JSON, progress: Progress = untold) -> Answer:
        """Decide, run and record one call; every failure becomes a result, an unknown tool a JSON-RPC error."""
        spec = CATALOGUE.get(name)
        if spec is not None:
            return await self.answer(access, spec, arguments, progress)
        event = self._event(access, name[:120], arguments, access.at)
        event.outcome, event.code = "refused", "unknown_tool"
        concluded("refused", "unknown_tool")
        try:
            await self._audit.record(event)
        except AuditUnavailable:
            return _unrecorded(event.decision, touched=False)
        raise MCPError(INVALID_PARAMS, f"There is no tool of this name here: {name[:80]}")

    async def refuse(self, access: Access, message: JSON) -> Refusal | None:
        """The outer gate: 403 for a tool this principal may not call at all; None lets the call go on.

        An operator's stop is no matter of scopes, and clients do not show a 403: the inner gate tells it.
        """
        params = message.get("params")
        spec = CATALOGUE.get(str(params.get("name"))) if isinstance(params, dict) else None
        if spec is None or not isinstance(params, dict) or self._as_tool_error:
            return None
        at = access.at
        raw = params.get("arguments")
        denied = refusal(access, spec, raw, at)
        if denied is None or denied.reason is DenyReason.SUSPENDED:
            return None
        event = self._event(access, spec.name, raw, at)
        name_places(event, requested(spec, raw, at))
        in_hand().effect = "denied"
        concluded("denied", denied.reason.value)
        try:
            self._audit.expect()
            await self._audit.record(
                replace(
                    event,
                    outcome="denied",
                    code=code_of(denied).value,
                    reason=denied.reason.value,
                    policy=denied.decided_by,
                    details=traced.written(denied),
                )
            )
        except AuditUnavailable:
            concluded("unrecorded", ErrorCode.AUDIT_UNAVAILABLE.value)
            return Refusal(503, (), answers.error_body(message.get("id"), INTERNAL_ERROR, UNRECORDED))
        body = answers.refusal_body(message.get("id"), told(denied, self._explain, WHOLE_TOOL), event.decision)
        return Refusal(403, denied.required_scopes, body)

    async def answer(self, access: Access, spec: ToolSpec, raw: JSON, progress: Progress = untold) -> Answer:
        """Run one call under its evidence: nothing is answered that is not committed."""
        started, at = time.perf_counter(), access.at
        event = self._event(access, spec.name, raw, at)
        touched = False
        try:
            self._audit.expect()
            denied = refusal(access, spec, raw, at)
            if denied is not None:  # a refusal is falsy
                name_places(event, requested(spec, raw, at))
                whole = self._denied(denied, event.decision, WHOLE_TOOL)
                return await self._committed(event, whole, started, touched=False)
            handles = OperationHandles(self._operation_box, access.principal)
            prepared = continued(access, spec, raw, at, handles) if spec.continues else prepare(access, spec, raw, at)
            event.portal, event.tenant, event.paths = _portal(prepared), prepared.tenant or "", _paths(prepared)
            call, allowed = decided(access, prepared)
            if isinstance(allowed, Denied):
                what = what_is_closed(access.snapshot, allowed, call)
                return await self._committed(event, self._denied(allowed, event.decision, what), started, touched=False)
            event.policy, event.account = allowed.policy, prepared.account
            in_hand().effect = "allowed"
            if allowed.calls_per_minute is not None:
                await self._limits.take(allowed.policy, allowed.calls_per_minute, access.principal)
            if prepared.changes:
                await self._audit.record(replace(event, kind="intent", outcome="intent"))
                touched = event.has_intent = True
            links = self._desk.of(access.principal, prepared, event.decision) if self._desk else NoLinks()
            writing = Writing(handles.seal, self._write_bounds, progress, prepared.continued, links)
            outcome = await self._run(access, prepared, event.decision, writing)
        except ToolError as error:
            name_places(event, requested(spec, raw, at))
            outcome = _failed(error, event.decision)
        except AuditUnavailable:
            return _unrecorded(event.decision, touched=touched)
        except asyncio.CancelledError:
            self._left(event, started, touched=touched)
            raise
        return await self._committed(event, outcome, started, touched=touched)

    def _left(self, event: Event, started: float, *, touched: bool) -> None:
        """The caller is gone and gets no answer; what was begun is in the evidence all the same."""
        if event.outcome:
            return  # the end is on its way into the evidence, and nothing may change it
        left = Outcome(answers.failure("", "", event.decision), "unknown" if touched else "cancelled")
        task = asyncio.create_task(self._committed(event, left, started, touched=touched))
        self._last_words.add(task)
        task.add_done_callback(self._last_words.discard)

    def _event(self, access: Access, tool: str, raw: Any, at: float) -> Event:
        trail = in_hand()
        trail.tool, trail.decision = tool, decision_id(access.request)
        return Event(
            time=datetime.fromtimestamp(at, UTC),
            kind="call",
            request=access.request,
            decision=trail.decision,
            revision=access.snapshot.revision,
            principal=access.principal,
            tool=tool,
            argument_digest=argument_digest(raw),
            outcome="",
        )

    async def _committed(self, event: Event, outcome: Outcome, started: float, *, touched: bool) -> Answer:
        event.outcome, event.code, event.reason = outcome.outcome, outcome.code, outcome.reason
        event.details = outcome.details
        if outcome.policy or outcome.code == ErrorCode.POLICY_DENIED:  # what allowed the call did not deny it
            event.policy = outcome.policy
        concluded(outcome.outcome, outcome.reason or outcome.code)
        event.duration_ms = round((time.perf_counter() - started) * 1000, 3)
        try:
            await self._audit.record(event)
        except AuditUnavailable:
            return _unrecorded(event.decision, touched=touched)
        return outcome.answer

    async def _run(self, access: Access, prepared: PreparedCall, decision: str, writing: Writing) -> Outcome:
        spec = prepared.spec
        place = None
        if prepared.profile is not None:
            checkpoint = Checkpoint(self._current, access.principal, spec, prepared.call, prepared.changes)
            place = GovernedPlace(self._pool, access, prepared, prepared.profile, prepared.tenant or "", checkpoint)
        try:
            found = await spec.run(self._tool_call(access, prepared, place, writing))
            return Outcome(answers.result(found, spec.text), recorded(prepared, found))
        except ToolError as error:
            return _failed(error, decision)
        except RowsClosed:
            return self._denied(Denied(DenyReason.DENIED_BY_POLICY), decision, SOME_OF_IT)
        except Stopped as stopped:
            return self._stopped(stopped, decision, wrote=stopped.begun)
        except Exception:  # the wire boundary: whatever it is, the call has an answer and an event
            log.exception("tool %s failed unexpectedly in request %s, decision %s", spec.name, access.request, decision)
            if place is not None and place.checkpoint.has_begun:
                return _failed(OutcomeUnknown(HALF_DONE), decision)
            code = ErrorCode.INTERNAL.value
            said = f"Something went wrong in the server; it is logged under request {access.request}."
            return Outcome(answers.failure(code, said, decision, request=access.request), "error", code)

    def _tool_call(
        self, access: Access, prepared: PreparedCall, place: GovernedPlace | None, writing: Writing
    ) -> ToolCall:
        principal = access.principal
        owner = (prepared.call.portal or "", prepared.tenant or "", principal.issuer, principal.subject)
        return ToolCall(
            arguments=prepared.arguments,
            place=place,
            portals=() if prepared.spec.needs_place else portal_views(access, prepared.call.at),
            cursors=SealedCursors(self._cursor_box, (prepared.spec.name, *owner)),
            handles=SealedCursors(self._cursor_box, ("version", *owner), VERSION_REMEDY),
            writing=writing,
            read_limit=self._read_limit,
        )

    def _denied(self, denied: Denied, decision: str, what: str, *, addition: str = "") -> Outcome:
        """The caller is told as much as it may know; the evidence holds all of it."""
        in_hand().effect = "denied"
        answer = answers.denied_result(told(denied, self._explain, what), decision, addition=addition)
        return Outcome(
            answer, "denied", code_of(denied).value, denied.reason.value, denied.decided_by, traced.written(denied)
        )

    def _stopped(self, stopped: Stopped, decision: str, *, wrote: bool) -> Outcome:
        """A call that an operator stopped on its way; of a change, a part may be there."""
        outcome = self._denied(stopped.denied, decision, WHOLE_TOOL, addition=PARTLY if wrote else "")
        return replace(outcome, outcome="unknown") if wrote else outcome

    @staticmethod
    def _access(ctx: ServerRequestContext[Any]) -> Access:
        access: Access = ctx.request.scope["access"]  # type: ignore[union-attr]
        return access


def listing(access: Access) -> JSON:
    """The result of tools/list for one principal, in the catalogue's order."""
    listed = access.book.listed(access.principal, access.at)
    return {"resultType": "complete", "tools": [TOOLS[name] for name in CATALOGUE if name in listed]}


def _portal(prepared: PreparedCall) -> str:
    return prepared.profile.name if prepared.profile else ""


def _paths(prepared: PreparedCall) -> tuple[str, ...]:
    return tuple(path for _, path in prepared.call.paths)


def _failed(error: ToolError, decision: str) -> Outcome:
    if isinstance(error, RateLimited):
        answer = answers.failure(error.code.value, error.message, decision, retry_after=error.retry_after)
        return Outcome(answer, "denied", error.code.value, error.reason)
    outcome = "refused" if isinstance(error, InvalidArgument | NotFound) else "error"
    if isinstance(error, ClosedByPolicy):
        outcome = "denied"
    if isinstance(error, OutcomeUnknown):
        outcome = "unknown"
    return Outcome(answers.failure(error.code.value, error.message, decision), outcome, error.code.value)


def _unrecorded(decision: str, *, touched: bool) -> Answer:
    concluded("unrecorded", ErrorCode.AUDIT_UNAVAILABLE.value)
    if touched:
        said = "The change may have been made, but it could not be recorded. Check the place before trying again."
        return answers.failure(ErrorCode.OUTCOME_UNKNOWN.value, said, decision)
    return answers.failure(ErrorCode.AUDIT_UNAVAILABLE.value, UNRECORDED, decision)
