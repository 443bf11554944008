"""Tells each `subscriptions/listen` stream when what its own principal sees has changed, and ends it in time.

Every worker follows its own snapshot, and so tells the streams that it holds itself: nothing passes between workers.
A stream carries no more than "list again"; what the list then shows is decided by the request for it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import anyio
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ToolsListChanged
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, SubscriptionFilter, SubscriptionsListenRequestParams, SubscriptionsListenResult

from ctera_mcp_site.answers import POLICY_REFUSAL
from oauth.snapshots import SnapshotUnavailable
from oauth.suspended import sentences

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp.server.context import ServerRequestContext

    from oauth.access import Access, AccessBook
    from oauth.middleware import App, Receive, Scope, Send
    from oauth.principal import Principal

log = logging.getLogger(__name__)
METHOD: Final = "subscriptions/listen"
MOST_STREAMS: Final = 1024
MOST_EACH: Final = 8
"""Streams of one principal (issuer, subject, client) on one worker."""
MOST_WAITING: Final = 16
"""Events that a client may leave unread before its stream ends."""
GRACE_SECONDS: Final = 2.0
"""How long the last words of a stream may take; a client that does not read them is cut off."""
SHORTEST_SLEEP, LONGEST_SLEEP = 0.01, 30.0


class Stream:
    """One open stream: the SDK's handler on a bus of its own, and what its client was last told to see."""

    def __init__(self, access: Access, cut: anyio.CancelScope) -> None:
        self.principal = access.principal
        self.told = access.book.listed(access.principal, access.at)
        self._cut = cut
        self._bus = InMemorySubscriptionBus()
        self._handler = ListenHandler(self._bus, max_subscriptions=1, max_buffered_events=MOST_WAITING)

    async def serve(
        self, ctx: ServerRequestContext[Any], params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """Acknowledge what is served here (changes of the list of tools), then stay until the end."""
        asked = params.notifications
        served = SubscriptionFilter(tools_list_changed=asked.tools_list_changed)
        return await self._handler(ctx, params.model_copy(update={"notifications": served}))

    async def look_again(self, book: AccessBook, at: float) -> None:
        """Tell the client if what it sees has changed."""
        listed = book.listed(self.principal, at)
        if listed != self.told:
            self.told = listed
            await self._bus.publish(ToolsListChanged())

    def end(self) -> None:
        """Say the last word, and cut the connection if nobody hears it."""
        self._handler.close()
        asyncio.get_running_loop().call_later(GRACE_SECONDS, self._cut.cancel)


class Subscriptions:
    """The streams of one worker, bounded in number, with one task that looks after them all.

    `current` gives the book in force or raises `SnapshotUnavailable`; `explain` is `EXPLAIN_TO_CALLER`.
    """

    def __init__(
        self,
        current: Callable[[], AccessBook],
        *,
        explain: str,
        most: int = MOST_STREAMS,
        most_each: int = MOST_EACH,
    ) -> None:
        self._current = current
        self._explain = explain
        self._most = most
        self._most_each = most_each
        self._streams: set[Stream] = set()
        self._wake = asyncio.Event()
        self._is_open = False
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._streams)

    def start(self) -> None:
        """Take streams from now on."""
        self._is_open = True
        self._task = asyncio.create_task(self._watch(), name="subscriptions")
        self._task.add_done_callback(self._unwatched)

    async def close(self) -> None:
        """End every stream and stop looking after them."""
        self.end_all()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])  # its fault, if it had one, was told when it happened

    def end_all(self) -> None:
        """End every stream and take no more: the process is about to stop."""
        self._is_open = False
        for stream in list(self._streams):
            self._end(stream)

    def look_again(self) -> None:
        """The snapshot was replaced; called on the event loop."""
        self._wake.set()

    async def serve(self, app: App, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the SDK's transport for one stream so that it can be cut off."""
        with anyio.CancelScope() as cut:
            scope["cut"] = cut
            await app(scope, receive, send)

    async def listen(
        self, ctx: ServerRequestContext[Any], params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        """The SDK's handler: one call is one stream."""
        scope: Scope = ctx.request.scope  # type: ignore[union-attr]  # every request here came by HTTP
        access: Access = scope["access"]
        self._admit(access)
        stream = Stream(access, scope["cut"])
        self._streams.add(stream)
        self._wake.set()  # its token may be the next to expire, and the snapshot may have moved since it was pinned
        try:
            return await stream.serve(ctx, params)
        finally:
            self._streams.discard(stream)

    def _admit(self, access: Access) -> None:
        """Raise the JSON-RPC error of a stream that is not to be opened."""
        if not self._is_open:
            raise MCPError(INTERNAL_ERROR, "The server is stopping. Listen again shortly.")
        if stop := access.snapshot.suspensions.of_principal(access.principal, access.at):
            raise MCPError(POLICY_REFUSAL, sentences(stop, explain=self._explain))
        caller = _caller(access.principal)
        if sum(_caller(stream.principal) == caller for stream in self._streams) >= self._most_each:
            raise MCPError(INTERNAL_ERROR, f"You have {self._most_each} open streams already: end one, then try again.")
        if len(self._streams) >= self._most:
            raise MCPError(INTERNAL_ERROR, "The server has as many open streams as it takes. Try again in a minute.")

    async def _watch(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._sleep()):
                    await self._wake.wait()
            self._wake.clear()
            for stream in list(self._streams):
                await self._look_after(stream)
                await asyncio.sleep(0)  # the calls of others come between

    async def _look_after(self, stream: Stream) -> None:
        at = time.time()
        if at >= stream.principal.expires_at:
            self._end(stream)
            return
        try:
            book = self._current()
        except SnapshotUnavailable:
            return  # nothing is known to have changed; the token's expiry still ends the stream
        if book.snapshot.suspensions.of_principal(stream.principal, at):
            self._end(stream)
        else:
            await stream.look_again(book, at)

    def _end(self, stream: Stream) -> None:
        self._streams.discard(stream)  # it counts no longer, whether or not its client reads the end
        stream.end()

    def _sleep(self) -> float:
        """Seconds until the clock alone can change something for some stream."""
        if not self._streams:
            return LONGEST_SLEEP
        at = time.time()
        next_moment: float = min(stream.principal.expires_at for stream in self._streams)
        try:
            next_moment = min(next_moment, self._current().snapshot.next_edge(at))
        except SnapshotUnavailable:
            return 1.0
        return min(max(next_moment - at, SHORTEST_SLEEP), LONGEST_SLEEP)

    def _unwatched(self, task: asyncio.Task[None]) -> None:
        """Streams that nobody looks after must not stay: no expiry would end them."""
        if not task.cancelled():
            log.error("open streams are no longer looked after, so they end", exc_info=task.exception())
            self.end_all()


def _caller(principal: Principal) -> tuple[str, str, str]:
    return principal.issuer, principal.subject, principal.client
