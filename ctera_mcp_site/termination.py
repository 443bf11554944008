"""Acts as soon as the process is asked to end, while the runner still waits for open connections."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

ASKS_TO_END: Final = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def on_termination(act: Callable[[], None]) -> Iterator[None]:
    """Call `act` on the running loop when a signal asks the process to end, before the handler that is there already.

    ASGI tells of the end only after all connections are gone, and a stream would keep its own until it is cut off.
    A signal that nobody handles is left alone, as is every signal outside the main thread.
    """
    loop = asyncio.get_running_loop()
    handlers = {number: signal.getsignal(number) for number in ASKS_TO_END}

    def asked(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        handler = handlers[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    wrapped = [number for number, handler in handlers.items() if callable(handler)]
    if threading.current_thread() is not threading.main_thread():
        wrapped = []
    for number in wrapped:
        signal.signal(number, asked)
    try:
        yield
    finally:
        for number in wrapped:
            if signal.getsignal(number) is asked:
                signal.signal(number, handlers[number])
