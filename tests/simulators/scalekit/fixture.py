"""Starts the environment as a process of its own and turns its knobs."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class RunningScalekit:
    """A running environment."""

    url: str
    port: int
    resource_id: str
    authorization_server: str

    def control(self, **wishes: Any) -> dict[str, Any]:
        """Turn knobs; raises ValueError for an unknown one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", "/control", json.dumps(wishes), {"Connection": "close"})
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(answer.get("error", "refused"))
        return answer

    def mint(self, person: str = "alice", *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """An access token of one of the cast; a claim of None is left out."""
        token: str = self.control(mint={"person": person, "claims": claims, "header": header})["mint"]
        return token

    def key_fetches(self) -> int:
        """How often `/keys` was asked for."""
        count: int = self.control(key_fetches=True)["key_fetches"]
        return count


@contextmanager
def start_scalekit(resource_url: str, **options: object) -> Iterator[RunningScalekit]:
    """Run an environment for the time of a block."""
    flags = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, "-m", "tests.simulators.scalekit", "--resource-url", resource_url, *flags]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the environment did not start (exit {process.wait(10)})")
        yield RunningScalekit(**json.loads(line))
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(10)
        process.stdout.close()
