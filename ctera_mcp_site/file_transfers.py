"""One transfer each way: pieces between a connection and a portal, watched for a caller who left and for stops."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from ctera_mcp_site.checkpoint import Stopped
from ctera_mcp_site.file_answers import file_headers
from tools.errors import Conflict, NotFound, PortalUnavailable, ToolError
from tools.toolsets.changing import room_for

if TYPE_CHECKING:
    from ctera_mcp_site.calls import GovernedPlace
    from oauth.links import FileLink
    from oauth.middleware import Receive, Send
    from tools.portal.ports import PortalSession

CHANGED: Final = "The file is not the one that the link was made for: it was changed or removed. Ask for a new link."
BROKEN_OFF: Final = "The portal broke off in the middle. Ask for a new link."


class Gone(Exception):  # noqa: N818 - a state of a connection
    """Whoever used the link is no longer there."""


class Delivery:
    """A download. `started` is set with the first byte; `gone` when the other side has left."""

    def __init__(self, link: FileLink, send: Send, verify: Callable[[], None]) -> None:
        self._link = link
        self._send = send
        self._verify = verify
        self.started = False
        self.gone = False

    async def __call__(self, piece: bytes) -> None:
        """Pass a piece on; raises `Gone`, `Stopped`, or `ToolError` when a stop cannot be known."""
        if self.gone:
            raise Gone
        self._verify()
        await self._begin()
        await self._send({"type": "http.response.body", "body": piece, "more_body": True})

    async def finish(self) -> None:
        """All of it was sent."""
        await self._begin()
        await self._send({"type": "http.response.body", "body": b""})

    async def _begin(self) -> None:
        if not self.started:
            self.started = True
            await self._send({"type": "http.response.start", "status": 200, "headers": file_headers(self._link)})

    @asynccontextmanager
    async def watched(self, receive: Receive) -> AsyncIterator[None]:
        """Notice while the block runs that the other side leaves: sending alone would not tell."""

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            self.gone = True

        task = asyncio.create_task(watch(), name="file-link-watch")
        try:
            yield
        finally:
            task.cancel()


async def deliver(place: GovernedPlace, link: FileLink, delivery: Delivery) -> None:
    """Stream the file from the portal; raises `ToolError`, `Stopped` or `Gone`, and then the answer is not complete."""

    async def operation(session: PortalSession) -> None:
        if delivery.started:  # the pool asks again after a broken connection; bytes that left cannot be taken back
            raise PortalUnavailable(BROKEN_OFF)
        found = await session.look(link.path)
        if found is None:
            raise NotFound(CHANGED)
        if found.is_dir or (found.size or 0) != link.size:
            raise Conflict(CHANGED)
        await session.send_file(link.path, found.size or 0, delivery)

    await place.look(operation)
    await delivery.finish()


class Arrival:
    """An upload of `size` bytes. `started` is set with the first byte; `fault` is what ended it early.

    The client of the portal wraps whatever is raised while it reads from here, so the fault is kept beside.
    """

    def __init__(self, receive: Receive, size: int, verify: Callable[[], None]) -> None:
        self._receive = receive
        self._size = size
        self._verify = verify
        self.started = False
        self.fault: Exception | None = None

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes; raises when it is not of the announced size, the sender leaves, or a stop comes."""
        try:
            async for piece in self._read():
                yield piece
        except Exception as fault:
            self.fault = fault
            raise

    async def _read(self) -> AsyncIterator[bytes]:
        left, more = self._size, True
        while more:
            event = await self._receive()
            if event["type"] == "http.disconnect":
                raise Gone
            self._verify()
            piece, more = event.get("body", b""), event.get("more_body", False)
            self.started = self.started or bool(piece)
            left -= len(piece)
            if left < 0 or (left and not more):
                raise Gone
            if piece:
                yield piece


async def store(place: GovernedPlace, link: FileLink, arrival: Arrival, size: int) -> None:
    """Stream the file to the portal; raises `ToolError`, `Stopped` or `Gone`."""
    _, folder = await room_for(place, "destination", link.path, overwrite=link.overwrite)

    async def operation(session: PortalSession) -> None:
        if arrival.started:
            raise PortalUnavailable(BROKEN_OFF)
        await session.store_file(link.path, size, arrival.pieces(), folder)

    try:
        await place.run(operation)
    except ToolError as error:
        if isinstance(arrival.fault, Stopped | Gone):
            raise arrival.fault from error
        raise
