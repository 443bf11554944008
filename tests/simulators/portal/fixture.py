"""Starts the simulator as a process of its own and talks to its control port."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True, slots=True)
class RunningPortal:
    """A running simulator: where it listens, whom to trust, and its knobs.

    A user of a Team Portal logs in at that Team Portal's address: on loopback its port in `tenant_ports` (TLS) or
    `tenant_http_ports` (plain); at `https_port` and `http_port` the host `<tenant>.portal.test` says which, and
    `acme` is meant where the host says nothing.
    """

    https_port: int
    http_port: int
    control_port: int
    ca_pem: str = field(repr=False)
    ca_path: str
    tenant_ports: dict[str, int]
    tenant_http_ports: dict[str, int]
    process_id: int

    def control(self, **wishes: object) -> dict[str, object]:
        """Turn knobs; raises ValueError where the simulator refuses."""
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=30)
        try:
            connection.request("POST", "/control", json.dumps(wishes), {"Connection": "close"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status != 200:
            raise ValueError(answer.get("error", "refused"))
        assert isinstance(answer, dict)
        return answer

    def log(self) -> list[dict[str, object]]:
        """Every request so far: account, session, tenant, realm, verb, name, path, status."""
        entries = self.control(log=True)["log"]
        assert isinstance(entries, list)
        return entries

    def stats(self) -> dict[str, object]:
        """The figures so far: logins, logouts, open_sessions, max_parallel, calls and more."""
        figures = self.control(stats=True)["stats"]
        assert isinstance(figures, dict)
        return figures

    def reset(self) -> None:
        """Make the world as it was at the start."""
        self.control(reset=True)

    def wait_held(self, name: str, count: int = 1, timeout: float = 10) -> None:
        """Block until that many requests stand at a closed gate (`control(hold=name)`)."""
        self.control(wait_held={"name": name, "count": count, "timeout": timeout})


@contextmanager
def start_portal(**options: object) -> Iterator[RunningPortal]:
    """Run a simulator for the time of a block; options are those of the command line (`extra_tenants=60`)."""
    flags = [part for name, value in options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, "-m", "tests.simulators.portal", *flags]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"the portal simulator did not start (exit {process.wait(10)})")
        ready = json.loads(line)
        yield RunningPortal(
            https_port=ready["https_port"],
            http_port=ready["http_port"],
            control_port=ready["control_port"],
            ca_pem=ready["ca"],
            ca_path=ready["ca_pem"],
            tenant_ports=ready["tenant_ports"],
            tenant_http_ports=ready["tenant_http_ports"],
            process_id=process.pid,
        )
    finally:
        process.stdin.close()
        process.terminate()
        process.wait(10)
        process.stdout.close()
