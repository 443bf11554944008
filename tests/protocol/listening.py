"""Listens by hand: opens a `subscriptions/listen` stream over raw HTTP and hands out its messages one by one."""

from __future__ import annotations

import json
import queue
import socket
import threading
from contextlib import ExitStack, suppress
from typing import Any, Self

import httpx2

from tests.protocol.wire import MODERN, Wire
from tests.simulators.stack import RunningStack

TOLD = "notifications/tools/list_changed"
END = object()


class Listening:
    """One stream; what it says is read by a thread of its own."""

    def __init__(self, stack: RunningStack, token: str, **notifications: bool) -> None:
        wire = Wire(stack, MODERN)
        message = wire.message("subscriptions/listen", {"notifications": notifications or {"toolsListChanged": True}})
        self._request = {
            "json": message,
            "headers": wire.headers("subscriptions/listen", None, token),
        }
        self._url = stack.url
        self._said: queue.Queue[Any] = queue.Queue()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        client = self._open.enter_context(httpx2.Client(trust_env=False, timeout=60))
        self.answer = self._open.enter_context(client.stream("POST", self._url, **self._request))  # type: ignore[arg-type]  # by name
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):  # gone already
            connection = self.answer.extensions["network_stream"].get_extra_info("socket")
            connection.shutdown(socket.SHUT_RDWR)  # wakes the thread, which waits for the next bytes
        self._thread.join(10)
        self._open.close()

    def _read(self) -> None:
        try:
            for line in self.answer.iter_lines():
                if line.startswith(("data:", "{")):
                    self._said.put(json.loads(line.removeprefix("data:")))
        except httpx2.HTTPError as fault:
            self._said.put(fault)
        self._said.put(END)

    def hear(self, seconds: float = 30) -> Any:
        """The next message, `END`, or the fault of a connection that broke; `queue.Empty` when nothing comes."""
        return self._said.get(timeout=seconds)

    @property
    def waiting(self) -> int:
        """How many messages were not heard yet."""
        return self._said.qsize()
