"""The two ASGI doors in front of the MCP transport: a verified principal, then a tool it may call at all."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oauth.access import Access
from oauth.bearer import BearerToken, Malformed, bearer_token
from oauth.challenge import insufficient_scope, invalid_request, invalid_token, no_token
from oauth.ids import request_id
from oauth.keys import KeysUnavailable
from oauth.snapshots import SnapshotUnavailable
from oauth.tokens import InvalidToken
from oauth.trail import in_hand

if TYPE_CHECKING:
    from oauth.principal import Principal
    from oauth.refusal_log import TurnedAway
    from oauth.snapshots import Snapshots
    from oauth.tokens import TokenVerifier

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MOST_BODY_BYTES = 4 * 1024 * 1024
MOST_DEPTH = 100
HEADER_MISMATCH, PARSE_ERROR, INVALID_REQUEST = -32020, -32700, -32600
ROUTING_HEADERS = frozenset({
    b"mcp-protocol-version", b"mcp-method", b"mcp-name", b"mcp-session-id", b"content-length", b"content-type", b"host",
    b"transfer-encoding", b"origin",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer of the access door: HTTP status, the challenge's scopes (empty: no challenge), and the body."""

    status: int
    scopes: tuple[str, ...]
    body: bytes


class BearerTokenMiddleware:
    """No usable token: 401 and a challenge. Keys or policy not to be had: 503. Else `principal` in the scope."""

    def __init__(
        self,
        app: App,
        *,
        verifier: TokenVerifier,
        metadata_url: str,
        scopes: Callable[[], list[str]],
        turned_away: TurnedAway,
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._metadata_url = metadata_url
        self._scopes = scopes
        self._turned_away = turned_away

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Verify and pass on, or answer."""
        presented = bearer_token(scope["headers"], scope.get("query_string", b""))
        if isinstance(presented, BearerToken):
            principal = self._verifier.cached(presented.value) or await self._verified(presented, send)
            if principal is not None:
                scope["principal"] = principal
                await self._app(scope, receive, send)
            return
        if isinstance(presented, Malformed):
            self._turned_away.faults[presented.reason] += 1
            await respond(send, 400, b"", challenge=invalid_request(self._metadata_url))
            return
        self._turned_away.faults["no_token"] += 1
        await respond(send, 401, b"", challenge=no_token(self._metadata_url, self._scopes()))

    async def _verified(self, presented: BearerToken, send: Send) -> Principal | None:
        try:
            return await self._verifier.verify(presented.value)
        except InvalidToken as fault:
            self._turned_away.faults[fault.reason.value] += 1
            self._turned_away.refusals.note(fault.reason.value)
            await respond(send, 401, b"", challenge=invalid_token(self._metadata_url, self._scopes()))
        except KeysUnavailable as outage:
            self._turned_away.faults["keys_unavailable"] += 1
            self._turned_away.outages.note("signing keys cannot be had; answered 503")
            await respond(
                send, 503, KEYS_UNAVAILABLE, headers=[(b"retry-after", str(max(1, round(outage.retry_after))).encode())]
            )
        return None


class ToolAccessMiddleware:
    """Reads the bounded body once, pins the snapshot, refuses a tool that this principal may not call at all.

    It learns the tool from the body in both eras, since the SDK compares no headers on the older wire, and replays
    the exact bytes. `refuse` answers a tools/call that must not go further; it never widens what the inner gate allows.
    """

    def __init__(
        self,
        app: App,
        *,
        snapshots: Snapshots,
        metadata_url: str,
        refuse: Callable[[Access, dict[str, Any]], Awaitable[Refusal | None]],
    ) -> None:
        self._app = app
        self._snapshots = snapshots
        self._metadata_url = metadata_url
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on with `access`, `message` and `body` in the scope."""
        if fault := header_fault(scope["headers"]):
            await respond(send, fault.status, fault.body)
            return
        body = await read_body(scope["headers"], receive)
        message = Refusal(413, (), TOO_LARGE) if body is None else parse_message(body)
        if isinstance(message, Refusal):
            await respond(send, message.status, message.body)
            return
        try:
            access = Access(
                scope["principal"], self._snapshots.current(), in_hand().request or request_id(), time.time()
            )
        except SnapshotUnavailable:
            await respond(send, 503, STALE, headers=[(b"retry-after", b"5")])
            return
        if message.get("method") == "tools/call" and (refusal := await self._refuse(access, message)):
            challenge = insufficient_scope(self._metadata_url, refusal.scopes) if refusal.scopes else None
            await respond(send, refusal.status, refusal.body, challenge=challenge)
            return
        scope["access"], scope["message"], scope["body"] = access, message, body
        await self._app(scope, replay(body or b"", receive), send)


def header_fault(headers: list[tuple[bytes, bytes]]) -> Refusal | None:
    """Refuse a second copy of any header that routes or frames a request, and bodies that are not JSON."""
    by_name = dict(headers)
    if len(by_name) < len(headers):
        often = Counter(name for name, _ in headers if name in ROUTING_HEADERS)
        if twice := next((name for name, count in often.items() if count > 1), None):
            return Refusal(400, (), error(HEADER_MISMATCH, f"The {twice.decode()} header appears more than once."))
    if by_name.get(b"content-type", b"").split(b";", 1)[0].strip().lower() != b"application/json":
        return Refusal(415, (), error(INVALID_REQUEST, "Send the message as Content-Type: application/json."))
    return None


async def read_body(headers: list[tuple[bytes, bytes]], receive: Receive) -> bytes | None:
    """The whole body, or None as soon as it exceeds `MOST_BODY_BYTES` by its own word or in fact."""
    declared = dict(headers).get(b"content-length", b"0")
    if not declared.isdigit() or int(declared[:20]) > MOST_BODY_BYTES:
        return None
    event = await receive()
    if not event.get("more_body", False):
        body: bytes = event.get("body", b"")
        return body if len(body) <= MOST_BODY_BYTES else None
    chunks, size = [event.get("body", b"")], len(event.get("body", b""))
    while event.get("more_body", False):
        event = await receive()
        chunks.append(event.get("body", b""))
        size += len(chunks[-1])
        if size > MOST_BODY_BYTES:
            return None
    return b"".join(chunks)


def parse_message(body: bytes) -> dict[str, Any] | Refusal:
    """One JSON object in UTF-8, the way every parser behind us reads it; anything else is refused here."""
    try:
        text = body.decode("utf-8")
        message = DECODER.decode(text)
        if "\\ud" in text or "\\uD" in text:  # an escaped lone surrogate cannot be stored or answered
            json.dumps(message, ensure_ascii=False).encode("utf-8")
        if body.count(b"[") + body.count(b"{") > MOST_DEPTH and _deeper_than(message, MOST_DEPTH):
            return Refusal(400, (), error(INVALID_REQUEST, f"The body is nested deeper than {MOST_DEPTH} levels."))
    except (ValueError, RecursionError):
        return Refusal(400, (), error(PARSE_ERROR, "The body is not JSON in UTF-8."))
    if not isinstance(message, dict):
        return Refusal(400, (), error(INVALID_REQUEST, "The body must be one JSON-RPC object; batches are not served."))
    return message


def _no_constant(name: str) -> Any:
    raise ValueError(name)


DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _deeper_than(message: Any, most: int) -> bool:
    """Whether lists and objects lie in each other more than `most` deep; whatever reads them later may recurse."""
    level = [message]
    for _ in range(most):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def error(code: int, message: str) -> bytes:
    """A JSON-RPC error without an id: the request could not be read that far."""
    return json.dumps({"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}).encode()


TOO_LARGE = error(INVALID_REQUEST, f"The body is larger than {MOST_BODY_BYTES} bytes.")
KEYS_UNAVAILABLE = json.dumps(
    {
        "error": "temporarily_unavailable",
        "error_description": "The signing keys of the authorization server cannot be read. Try again shortly.",
    }
).encode()
STALE = error(-32603, "The policy cannot be read at the moment. Try again shortly.")


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the bytes already read, then what the connection says (a disconnect)."""
    given = False

    async def again() -> MutableMapping[str, Any]:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def never_stored(send: Send) -> Send:
    """A `send` for answers that others write: what a token opened is kept by no cache on the way."""

    async def storing_nothing(event: MutableMapping[str, Any]) -> None:
        if event["type"] == "http.response.start":
            kept = [(name, value) for name, value in event["headers"] if name.lower() != b"cache-control"]
            event = {**event, "headers": [*kept, (b"cache-control", b"no-store, no-transform")]}
        await send(event)

    return storing_nothing


async def respond(
    send: Send,
    status: int,
    body: bytes,
    *,
    challenge: str | None = None,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    """One whole answer; JSON when it has a body, never to be stored."""
    found = [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store"), *(headers or [])]
    if body:
        found.append((b"content-type", b"application/json"))
    if challenge is not None:
        found.append((b"www-authenticate", challenge.encode("ascii")))
    await send({"type": "http.response.start", "status": status, "headers": found})
    await send({"type": "http.response.body", "body": body})
