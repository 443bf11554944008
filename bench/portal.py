"""Tools that work at a portal, against the portal's own SDK: `python -m bench.portal`, and a table of `make bench`.

The same folder and the same file of the same simulated portal, 16 callers: through this server (MCP over HTTP, one
worker, authorization and audit on), and by the unmodified asynchronous SDK in one process. The runs take turns; the
server's worker and the SDK's process stand on one core, the simulated portal and wrk on the other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import IO, Any, Final

import httpx2

from bench import load
from bench.load import Case, Figures, Target
from bench.raw_sdk import CASES, ENTRIES, FILE_BYTES, HOME
from tests.protocol.wire import MODERN, Wire
from tests.simulators.portal.fixture import RunningPortal
from tests.simulators.stack import ROOT, RunningStack, start_stack

OURS, RAW = "ours", "raw SDK"
LEAST_RATIO, MOST_LOGINS = 0.9, 1.0
REPEATS, SECONDS = 5, 4
PLACE: Final = {"portal": "hq", "tenant": "acme"}
ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "list_dir": {"path": f"/{HOME}/Many", "limit": ENTRIES},
    "read_file": {"path": f"/{HOME}/Docs/report.pdf", "length": FILE_BYTES},
}
TOLD: Final = {"list_dir": "list_dir, 100 entries", "read_file": "read_file, 100 kB"}


@dataclass(frozen=True, slots=True)
class Run:
    """One run: its figures, the requests that the portal saw for each call, and the logins."""

    figures: Figures
    calls: float
    requests: float
    logins: int


Runs = dict[tuple[str, str], list[Run]]


class RawSdk:
    """The process that the SDK runs in."""

    def __init__(self, portal: RunningPortal) -> None:
        command = [sys.executable, "-m", "bench.raw_sdk"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._ask(json.dumps(asdict(portal)))

    def run(self, case: str, seconds: int) -> Figures:
        """One run."""
        return Figures(**self._ask(f"{case} {seconds}"))

    def _ask(self, line: str) -> Any:
        asked, told = pipe(self.process.stdin), pipe(self.process.stdout)
        asked.write(line + "\n")
        asked.flush()
        answer = told.readline()
        if not answer:
            raise RuntimeError("the SDK's process ended")
        return json.loads(answer)

    def close(self) -> None:
        """Let it log out and end."""
        pipe(self.process.stdin).close()
        self.process.wait(20)
        pipe(self.process.stdout).close()


def pipe(stream: IO[str] | None) -> IO[str]:
    """A pipe of a process that was started with it."""
    assert stream is not None
    return stream


@contextmanager
def raw_sdk(portal: RunningPortal) -> Iterator[RawSdk]:
    """The SDK, logged in, until the block ends."""
    sdk = RawSdk(portal)
    try:
        yield sdk
    finally:
        sdk.close()


class Server:
    """The server under load."""

    def __init__(self, stack: RunningStack, wire: Wire) -> None:
        self._wire = wire
        self.target = Target(OURS, stack.url, stack.server.pid, stack.token("bob"))

    def run(self, name: str, seconds: int) -> Figures:
        """One run by wrk; refuses to measure wrong answers."""
        params: dict[str, object] = {"name": f"ctera_portal_{name}", "arguments": {**PLACE, **ARGUMENTS[name]}}
        case = Case(name, MODERN, "tools/call", params)
        headers = self._wire.headers(case.method, str(params["name"]), self.target.token)
        message = self._wire.message(case.method, case.params)
        answer = httpx2.post(self.target.url, json=message, headers=headers, trust_env=False)
        found = answer.json()["result"]["structuredContent"]
        whole = found.get("length") == FILE_BYTES or len(found.get("entries", ())) == ENTRIES
        if answer.status_code != 200 or not whole:
            raise RuntimeError(f"{name}: {answer.status_code} {answer.text[:500]}")
        return load.run(case, self._wire, self.target, seconds=seconds)


def seen(portal: RunningPortal, run: Any, seconds: int) -> Run:
    """A run with what the portal counted of it."""
    before = counted(portal)
    figures: Figures = run()
    after = counted(portal)
    calls = figures.rate * seconds
    return Run(figures, calls, (after["requests"] - before["requests"]) / calls, after["logins"] - before["logins"])


def counted(portal: RunningPortal) -> Mapping[str, int]:
    """Requests and logins so far."""
    stats: Any = portal.stats()
    return {"requests": sum(stats["calls"].values()), "logins": stats["logins"]}


def measure(directory: Path, *, repeats: int = REPEATS, seconds: int = SECONDS) -> Runs:
    """Every case on both, in turns, after one short run of each."""
    runs: Runs = {}
    with start_stack(directory) as stack, raw_sdk(stack.portal) as sdk, Wire(stack, MODERN) as wire:
        server = Server(stack, wire)
        if (os.cpu_count() or 1) > 1:
            for process_id, processor in ((stack.server.pid, 0), (sdk.process.pid, 0), (stack.portal.process_id, 1)):
                load.pin(process_id, processor)
        kinds = {(name, OURS): server.run for name in CASES} | {(name, RAW): sdk.run for name in CASES}
        order = sorted(kinds)
        for name, kind in order:
            kinds[name, kind](name, 1)
        for repeat in range(repeats):
            for name, kind in order:
                one = seen(stack.portal, lambda: kinds[name, kind](name, seconds), seconds)  # noqa: B023 - run at once
                runs.setdefault((name, kind), []).append(one)
                print(f"… {repeat + 1}/{repeats} {name} {kind}: {one.figures.rate:.0f}/s", flush=True)
    return runs


def middle(runs: list[Run], name: str) -> float:
    """The median of a figure."""
    found: list[float] = [getattr(one.figures, name) for one in runs]
    return median(found)


def goals(runs: Runs) -> list[tuple[str, str, str, bool]]:
    """Each goal with what was wanted, what was measured, and whether it was met."""
    told = []
    for name in CASES:
        ratio = middle(runs[name, OURS], "rate") / middle(runs[name, RAW], "rate")
        told.append((f"{TOLD[name]}: rate against {RAW}", f"≥ {LEAST_RATIO:g}", f"{ratio:.2f}", ratio >= LEAST_RATIO))
    ours = [one for (_, kind), each in runs.items() if kind == OURS for one in each]
    calls = sum(one.calls for one in ours)
    logins = sum(one.logins for one in ours) / calls * 1000
    goal = f"logins per 1,000 calls ({calls:,.0f} calls)"
    return [*told, (goal, f"≤ {MOST_LOGINS:g}", f"{logins:.2f}", logins <= MOST_LOGINS)]


def table(runs: Runs) -> str:
    """Markdown: the figures, then the goals."""
    lines = ["| case | by | calls/s | p50 ms | p99 ms | CPU µs/call | portal requests/call |", "|---" * 7 + "|"]
    for (name, kind), each in sorted(runs.items()):
        rate, p50, p99, cpu = (middle(each, figure) for figure in ("rate", "p50", "p99", "cpu"))
        requests = median(one.requests for one in each)
        lines.append(f"| {TOLD[name]} | {kind} | {rate:.0f} | {p50:.1f} | {p99:.1f} | {cpu:.0f} | {requests:.1f} |")
    lines += ["", "| goal | wanted | measured | |", "|---|---|---|---|"]
    lines += [
        f"| {name} | {wanted} | {got} | {'met' if met else '**missed**'} |" for name, wanted, got, met in goals(runs)
    ]
    return "\n".join(lines) + "\n"


def run() -> str:
    """Measure and tell it as tables."""
    with tempfile.TemporaryDirectory() as directory:
        return table(measure(Path(directory)))


if __name__ == "__main__":
    if lack := load.missing():
        sys.exit(lack)
    print(run())
