"""Runs Redis on a loopback port of its own, to be paused, ended and started again."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.conftest import REDIS

START_SECONDS = 20


@dataclass(slots=True)
class RunningRedis:
    """One server that keeps nothing on disk."""

    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """For `RATE_LIMIT_STORAGE`."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start, and return when it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([REDIS, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while self.keys() is None:
            if time.monotonic() > deadline:
                raise RuntimeError("Redis did not start")
            time.sleep(0.02)  # between two looks at a process that is starting

    def stop(self) -> None:
        """End at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Take connections and answer nothing, for the time of a block."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)

    def keys(self) -> bytes | None:
        """What it answers to KEYS *, or None when it does not answer."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"KEYS *\r\n")
                return connection.recv(65536)
        except OSError:
            return None


@contextmanager
def start_redis() -> Iterator[RunningRedis]:
    """Run Redis for the time of a block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        redis = RunningRedis(probe.getsockname()[1])
    redis.start()
    try:
        yield redis
    finally:
        redis.stop()
