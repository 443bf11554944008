"""Counts the requests of the data plane, each once and after its answer; every key comes from a closed set."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from oauth.trail import Trail, in_hand
from tools.catalogue import CATALOGUE

if TYPE_CHECKING:
    from oauth.middleware import App, Receive, Scope, Send

MODERN: Final = b"2026-07-28"
CALL: Final = "tools/call"
METHODS: Final = frozenset({
    CALL, "tools/list", "initialize", "ping", "server/discover", "subscriptions/listen", "notifications/initialized",
    "notifications/cancelled",
})  # fmt: skip
NONE, OTHER, UNKNOWN = "none", "other", "unknown"
NO_FAILURES: Final = frozenset({"", "ok", "begun", "partly", "dry_run"})
"""Outcomes of calls that did what was asked of them, as far as they could; others have a code that is counted."""
TURNED_AWAY: Final = "turned_away"
"""Refused at a door before its message was read: host, origin, method, token, body, or no policy to decide by."""
REJECTED: Final = "rejected"
"""A call that the protocol refused before it was decided."""
ABANDONED: Final = "abandoned"
"""A call whose client left before anything came of it."""


class Traffic:
    """One worker's counts. Requests by method, tool, outcome and era; refusals by reason, failures by code."""

    def __init__(self) -> None:
        self.in_flight = 0
        self.requests: Counter[tuple[str, str, str, str]] = Counter()
        self.decisions: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()

    def counted(self, app: App) -> App:
        """The app with its requests counted; preflights of browsers are not."""

        async def counting(scope: Scope, receive: Receive, send: Send) -> None:
            trail = in_hand()
            self.in_flight += 1
            try:
                await app(scope, receive, send)
            finally:
                self.in_flight -= 1
                if scope["method"] != "OPTIONS":
                    self.finish(scope, trail)

        return counting

    def finish(self, scope: Scope, trail: Trail) -> None:
        """Count one request that has its answer, or whose client left before."""
        era = era_of(scope["headers"])
        method = CALL if trail.tool else method_of(scope.get("message"))
        if method != CALL:
            outcome = TURNED_AWAY if method == NONE else "answered"
            self.requests[method, NONE, outcome, era] += 1
            return
        tool = trail.tool if trail.tool in CATALOGUE else UNKNOWN
        self.requests[method, tool, trail.outcome or (ABANDONED if trail.tool else REJECTED), era] += 1
        if trail.effect:
            self.decisions[trail.effect] += 1
        if trail.outcome in {"denied", "refused"}:
            self.refusals[trail.reason] += 1
        elif trail.outcome not in NO_FAILURES:
            self.failures[trail.reason] += 1


def era_of(headers: list[tuple[bytes, bytes]]) -> str:
    """`modern` or `older`, as the header says; a body that says otherwise is refused further in."""
    return "modern" if dict(headers).get(b"mcp-protocol-version") == MODERN else "older"


def method_of(message: Any) -> str:
    """The method of a message that came through the doors, if it is one that is served here."""
    if message is None:
        return NONE
    method = message.get("method")
    return method if isinstance(method, str) and method in METHODS else OTHER
