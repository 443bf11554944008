"""uvicorn's HTTP protocol with one write for an answer's head and body instead of two, and a bound on a head."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_GATHERED = 16_384
"""Bytes held until the next turn at most."""


class OneWrite:
    """A transport that gathers what is written in one turn of the event loop; all else is the transport's own.

    uvicorn writes an answer's head and body one after the other without waiting in between, which costs two system
    calls and often two packets. Nothing is held back longer than until the loop's next turn.
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._gathered: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        """Write with whatever else is written in this turn; a stream of chunks must meet its flow control."""
        if not self._gathered:
            self._loop.call_soon(self._flush)
        self._gathered.append(data)
        self._size += len(data)
        if self._size > MOST_GATHERED:
            self._flush()

    def close(self) -> None:
        """Write what was gathered, then close."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._gathered:
            data, self._gathered, self._size = b"".join(self._gathered), [], 0
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


MOST_HEAD = 64 * 1024
"""Bytes of a request's head; the parser itself would gather a header that never ends."""

LINGER_SECONDS = 1.0
TOO_LONG_A_HEAD = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Protocol(HttpToolsProtocol):
    """As uvicorn's, on a transport that gathers writes; a head beyond its bound ends the connection.

    Only what arrives while a head is open counts, so one read may pass the bound; the doors bound a token themselves.
    """

    _head = 0
    _in_head = True
    _refused = False

    def connection_made(self, transport: Any) -> None:
        """Begin a connection."""
        super().connection_made(OneWrite(transport, self.loop))  # type: ignore[arg-type]  # a proxy of the transport

    def data_received(self, data: bytes) -> None:
        """Parse what arrived, or refuse a head that goes on and on."""
        if self._refused:
            return
        was_in_head = self._in_head
        super().data_received(data)
        if was_in_head and self._in_head and not self.transport.is_closing():
            self._head += len(data)
            if self._head > MOST_HEAD:
                self._refuse()

    def _refuse(self) -> None:
        """Answer, and drop what still comes for a moment: closing at once would take the answer back (RST)."""
        self._refused = True
        self.transport.write(TOO_LONG_A_HEAD)
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def on_message_begin(self) -> None:
        """A head opens."""
        self._head, self._in_head = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head = False
        super().on_headers_complete()
