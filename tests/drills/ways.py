"""A way between two programs that a drill can close, hold or lead elsewhere: a small TCP relay in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

CHUNK = 65_536


class Way:
    """Relays connections on a loopback port to another port; every method may be called from any thread."""

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self._host = host
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="way", daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()
        self._flows = asyncio.Event()
        self._server: asyncio.Server | None = None
        self.port = 0

    def open(self) -> None:
        """Listen, on the same port as before."""
        self._do(self._listen())

    def close(self) -> None:
        """Reset every connection, and refuse new ones as a machine does on which nobody listens."""
        self._do(self._close())

    def hold(self) -> None:
        """Connections stay and new ones are taken, but no byte passes any more."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def let_flow(self) -> None:
        """Whatever was held passes."""
        self._loop.call_soon_threadsafe(self._flows.set)

    def lead(self, target: int, *, reset: bool = True) -> int:
        """Lead new connections to another port; the one before is returned, and connections to it are reset or stay."""
        before, self._target = self._target, target
        if reset:
            self._do(self._reset())
        return before

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        if self._server is None:
            self._flows.set()
            self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port)
            self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self._reset()

    async def _reset(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with suppress(OSError, asyncio.CancelledError):  # the way ends with its tasks
                there, on = await asyncio.open_connection(self._host, self._target)
                self._writers.add(on)
                try:
                    async with asyncio.TaskGroup() as group:
                        group.create_task(self._pump(reader, on))
                        group.create_task(self._pump(there, writer))
                finally:
                    self._writers.discard(on)
                    on.close()
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(CHUNK):
                await self._flows.wait()
                sink.write(data)
                await sink.drain()
        sink.close()

    def _start(self) -> None:
        self._thread.start()
        self.open()

    def _stop(self) -> None:
        self.let_flow()
        self.close()
        self._do(self._ended())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _ended(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def way_to(port: int, host: str = "127.0.0.1") -> Iterator[Way]:
    """A way for the time of a block."""
    way = Way(port, host)
    way._start()
    try:
        yield way
    finally:
        way._stop()
