"""Callers who read and write without rest, and what became of every one of their calls."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from tests.drills.scene import PLACE, ROOT, Scene
from tests.protocol.wire import MODERN, Wire

PAUSE: Final = 0.05
"""Seconds between two calls of one caller: the machine has two cores and other work."""
CALLERS: Final = 4
WRITE, READ = "create_directory", "list_dir"


def digest(arguments: dict[str, Any]) -> str:
    """SHA-256 over all arguments as sorted JSON, as docs/audit.md tells it."""
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Called:
    """A call that was answered in full: `code` is `ok`, an error's code, or `http-<status>`."""

    tool: str
    path: str
    digest: str
    code: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A call without an answer: `half` when a part of one came, `refused` when nobody listened."""

    tool: str
    path: str
    error: str
    half: bool
    refused: bool


@dataclass
class Load:
    """What some callers did; lists only grow, so they may be read while callers are at work."""

    scene: Scene
    name: str
    token: str
    where: Callable[[], str]
    answered: list[Called] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    slowest: float = 0.0
    threads: list[threading.Thread] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._wire = Wire(self.scene.stack, MODERN)  # for the form of requests alone

    @property
    def subject(self) -> str:
        """Whom the audit names."""
        return f"usr_{self.name}"

    @property
    def is_idle(self) -> bool:
        """Whether every caller has ended."""
        return not any(thread.is_alive() for thread in self.threads)

    def codes(self) -> Counter[str]:
        """How calls ended that were answered."""
        return Counter(call.code for call in self.answered)

    def folder(self, number: int) -> str:
        """A path that no other call has."""
        return f"{ROOT}/{self.name}-{number:06d}"

    def run(self) -> None:
        """One caller: makes a folder and lists the last one made, again and again.

        What was never made is not listed: so many refusals of one caller would be counted instead of stored.
        """
        made = ROOT
        client = httpx2.Client(timeout=60, trust_env=False)
        try:
            while not self._stop.is_set():
                path = self.folder(next(self._numbers))
                for tool in (WRITE, READ):
                    code = self._call(client, tool, path if tool == WRITE else made)
                    if code == "":
                        client.close()
                        client = httpx2.Client(timeout=60, trust_env=False)
                    if tool == WRITE and code == "ok":
                        made = path
                    self._stop.wait(PAUSE)
        finally:
            client.close()

    def stop(self) -> None:
        """Let every caller finish the call that is under way."""
        self._stop.set()
        self._wire.__exit__()

    def _call(self, client: httpx2.Client, tool: str, path: str) -> str:
        """What was answered; empty when nothing was."""
        arguments = {"path": path, **PLACE}
        began, response = time.monotonic(), None
        try:
            with client.stream("POST", **self._request(tool, arguments)) as response:
                body = response.read()
        except httpx2.TransportError as error:
            refused = isinstance(error, httpx2.ConnectError)
            self.lost.append(Lost(tool, path, type(error).__name__, response is not None, refused))
            return ""
        self.slowest = max(self.slowest, time.monotonic() - began)
        code = _code(response.status_code, body)
        self.answered.append(Called(tool, path, digest(arguments), code))
        return code

    def _request(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        name = f"ctera_portal_{tool}"
        message = self._wire.message("tools/call", {"name": name, "arguments": arguments})
        return {"url": self.where(), "json": message, "headers": self._wire.headers("tools/call", name, self.token)}


def _code(status: int, body: bytes) -> str:
    if status != 200:
        return f"http-{status}"
    result = json.loads(body)["result"]
    return str(result["structuredContent"]["code"]) if result["isError"] else "ok"


@contextmanager
def pressed(scene: Scene, callers: int = CALLERS, where: Callable[[], str] | None = None) -> Iterator[Load]:
    """Callers at work for the time of a block; all of them have ended behind it."""
    name = scene.name("load")
    load = Load(scene, name, scene.token(name), where or (lambda: scene.stack.url))
    load.threads = [threading.Thread(target=load.run, name=f"caller-{number}") for number in range(callers)]
    for thread in load.threads:
        thread.start()
    try:
        yield load
    finally:
        load.stop()
        for thread in load.threads:
            thread.join(90)
    assert load.is_idle, "a call got no answer within 90 s"
