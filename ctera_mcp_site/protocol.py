"""uvicorn's HTTP protocol with one write for an answer's head and body instead of two."""

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


class Protocol(HttpToolsProtocol):
    """As uvicorn's, on a transport that gathers writes."""

    def connection_made(self, transport: Any) -> None:
        """Begin a connection."""
        super().connection_made(OneWrite(transport, self.loop))  # type: ignore[arg-type]  # a proxy of the transport
