"""One load by wrk on one server, with the server's processor time beside it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tests.protocol.wire import Wire

CONNECTIONS = 16
TICKS = os.sysconf("SC_CLK_TCK")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Case:
    """One request, repeated."""

    name: str
    version: str
    method: str
    params: dict[str, object]

    @property
    def era(self) -> str:
        """The protocol revision."""
        return self.version


@dataclass(frozen=True, slots=True)
class Target:
    """A server to load."""

    name: str
    url: str
    process_id: int
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Figures:
    """Requests per second, latencies in ms, processor time per request in µs."""

    rate: float
    p50: float
    p99: float
    cpu: float


def missing() -> str:
    """What to install first, if anything."""
    return "" if shutil.which("wrk") else "wrk is needed for the load (Debian: apt-get install wrk)."


def pin(process_id: int, processor: int) -> None:
    """Keep a process on one processor, with all its threads."""
    for task in Path(f"/proc/{process_id}/task").iterdir():
        os.sched_setaffinity(int(task.name), {processor})


def cpu_seconds(process_id: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def script(case: Case, wire: Wire, token: str | None) -> str:
    """The request as wrk's Lua."""
    name = case.params.get("name")
    headers = wire.headers(case.method, str(name) if name else None, token)
    lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(json.dumps(wire.message(case.method, case.params)))}"]
    lines += [f"wrk.headers[{json.dumps(key)}] = {json.dumps(value)}" for key, value in headers.items()]
    return "\n".join(lines)


def run(case: Case, wire: Wire, target: Target, *, seconds: int) -> Figures:
    """Load the server for some seconds; raises when any answer is not a success."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script(case, wire, target.token))
        file.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", file.name, target.url]
        if (os.cpu_count() or 1) > 1:
            command = ["taskset", "-c", "1", *command]
        before = cpu_seconds(target.process_id)
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        spent = cpu_seconds(target.process_id) - before
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"{case.name} {case.era}: not every answer was good:\n{told}")
    count = int(found(r"(\d+) requests in", told)[0])
    return Figures(
        float(found(r"Requests/sec:\s+([\d.]+)", told)[0]),
        latency("50%", told),
        latency("99%", told),
        spent / count * 1e6,
    )


def found(pattern: str, text: str) -> tuple[str, ...]:
    """The groups of the first match."""
    match = re.search(pattern, text)
    if match is None:
        raise RuntimeError(f"wrk said something unexpected:\n{text}")
    return match.groups()


def latency(which: str, text: str) -> float:
    """A percentile in ms."""
    value, unit = found(rf"{which}\s+([\d.]+)(us|ms|s)", text)
    return float(value) * UNITS[unit]
