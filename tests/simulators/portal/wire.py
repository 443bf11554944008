"""A small HTTP/1.1 server on asyncio; unlike a framework it can also drop a connection where it stands."""

from __future__ import annotations

import asyncio
import traceback
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import SimpleCookie
from itertools import chain
from typing import cast
from urllib.parse import parse_qs

import httptools

from tests.simulators.portal.large import LargeForm

REASONS = {status.value: status.phrase for status in HTTPStatus}
XML_TYPE = "text/xml; charset=UTF-8"


@dataclass(slots=True)
class Request:
    """One complete request; `target` is the raw path, still percent-encoded; header names are lower-case.

    A large form is in `large`, without its file's bytes; then `body` is empty.
    """

    method: str
    target: str
    query: str
    headers: dict[str, str]
    body: bytes
    port: int
    tls: bool = False
    large: LargeForm | None = None

    def cookie(self, name: str) -> str:
        """Find a cookie's value, or nothing."""
        morsel = SimpleCookie(self.headers.get("cookie", "")).get(name)
        return morsel.value if morsel else ""

    def form(self) -> dict[str, str]:
        """Read the body as a URL-encoded form."""
        pairs = parse_qs(self.body.decode(errors="replace"), keep_blank_values=True)
        return {name: values[-1] for name, values in pairs.items()}

    @property
    def host(self) -> str:
        """The name that the caller used for this portal, without the port."""
        return self.headers.get("host", "").rsplit(":", 1)[0].lower()


@dataclass(slots=True)
class Response:
    """One answer; `drop` closes the connection instead of answering.

    `pace` is `truncate` (half of the body, then the end of the connection) or `drip` (a byte every 50 ms). `pieces`,
    `length` bytes in all, are made as they are sent, in place of `body`.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = XML_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    drop: bool = False
    pace: str = ""
    pieces: Iterator[bytes] | None = None
    length: int = 0

    def head(self, *, keep_alive: bool) -> bytes:
        """Render the status line and the headers."""
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Unknown')}"]
        length = self.length if self.pieces is not None else len(self.body)
        lines.append(f"Content-Length: {length}")
        if length:
            lines.append(f"Content-Type: {self.content_type}")
        lines.extend(f"{name}: {value}" for name, value in self.headers)
        lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


Serve = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class Draft:
    """A request whose bytes are still arriving."""

    url: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] = field(default_factory=list)
    large: LargeForm | None = None


class Connection(asyncio.Protocol):
    """One client connection: parses requests and answers them in order.

    A request goes on after its client has hung up, as on a real server: that is what makes outcomes unknown.
    """

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._parser = httptools.HttpRequestParser(self)
        self._draft = Draft()
        self._waiting: deque[tuple[Request, bool]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._port = 0
        self._tls = False
        self._writable = asyncio.Event()
        self._writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where answers go."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclass of asyncio's
        self._port = transport.get_extra_info("sockname")[1]
        self._tls = transport.get_extra_info("ssl_object") is not None

    def data_received(self, data: bytes) -> None:
        """Feed the parser; nonsense closes the connection."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            if self._transport is not None:
                self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the transport; a request in progress finishes unheard."""
        self._transport = None
        self._writable.set()

    def pause_writing(self) -> None:
        """The client does not take more for now."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The client takes more."""
        self._writable.set()

    def on_message_begin(self) -> None:
        """Start a new request."""
        self._draft = Draft()

    def on_url(self, url: bytes) -> None:
        """Collect the target."""
        self._draft.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect one header."""
        self._draft.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """See whether the body is too large to be kept."""
        self._draft.large = LargeForm.of(self._draft.headers)

    def on_body(self, body: bytes) -> None:
        """Collect a piece of the body."""
        if self._draft.large is not None:
            self._draft.large.feed(body)
        else:
            self._draft.chunks.append(body)

    def on_message_complete(self) -> None:
        """Queue the request and see that somebody answers."""
        target, _, query = self._draft.url.decode("latin-1").partition("?")
        method = self._parser.get_method().decode("latin-1")
        body = b"".join(self._draft.chunks)
        request = Request(method, target, query, self._draft.headers, body, self._port, self._tls, self._draft.large)
        self._waiting.append((request, self._parser.should_keep_alive()))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._answer_all())
            self._task.add_done_callback(self._hang_up_on_failure)

    def _hang_up_on_failure(self, task: asyncio.Task[None]) -> None:
        """A mistake in the simulator must not look like a slow portal."""
        if not task.cancelled() and task.exception() is not None:
            traceback.print_exception(task.exception())
            if self._transport is not None:
                self._transport.abort()

    async def _answer_all(self) -> None:
        while self._waiting:
            request, keep_alive = self._waiting.popleft()
            response = await self._serve(request)
            if response.pace:
                await self._write_badly(response)
            elif response.pieces is not None and request.method != "HEAD":
                await self._write_pieces(response, response.pieces, keep_alive=keep_alive)
            else:
                self._write(request, response, keep_alive=keep_alive)

    async def _write_pieces(self, response: Response, pieces: Iterator[bytes], *, keep_alive: bool) -> None:
        """No faster than the client takes it."""
        for piece in chain([response.head(keep_alive=keep_alive)], pieces):
            await self._writable.wait()
            if self._transport is None or self._transport.is_closing():
                return
            self._transport.write(piece)
        if self._transport is not None and not keep_alive:
            self._transport.close()

    async def _write_badly(self, response: Response) -> None:
        """An answer that never becomes whole."""
        if self._transport is not None:
            self._transport.write(response.head(keep_alive=True) + response.body[: len(response.body) // 2])
        for byte in response.body[len(response.body) // 2 :] if response.pace == "drip" else b"":
            await asyncio.sleep(0.05)
            if self._transport is None or self._transport.is_closing():
                return
            self._transport.write(bytes([byte]))
        if self._transport is not None:
            self._transport.close()

    def _write(self, request: Request, response: Response, *, keep_alive: bool) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        if response.drop:
            transport.abort()
            return
        head = response.head(keep_alive=keep_alive)
        transport.write(head if request.method == "HEAD" else head + response.body)
        if not keep_alive:
            transport.close()
