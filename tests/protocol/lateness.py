"""How late this machine wakes whoever sleeps: what a bound in seconds must allow besides what the product may take."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

PACE = 0.02


class Heartbeat:
    """Sleeps briefly, again and again, and keeps by how much (seconds) the worst of its sleeps was too long."""

    def __init__(self) -> None:
        self._longest, self._woke = 0.0, time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)

    def _beat(self) -> None:
        while not self._over.wait(PACE):
            self._longest, self._woke = self.latest, time.monotonic()

    @property
    def latest(self) -> float:
        """The worst so far; a sleep that should be over counts too."""
        return max(self._longest, time.monotonic() - self._woke - PACE)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


@contextmanager
def heartbeat() -> Iterator[Heartbeat]:
    """Measure for the time of a block."""
    beating = Heartbeat()
    beating.start()
    try:
        yield beating
    finally:
        beating.stop()
