"""What the audit adds to a call: `python -m bench.audit_cost`, and a table of `make bench`.

The same load (wrk, 16 connections) on this server and on one whose audit keeps nothing, interleaved, on SQLite.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Final

from bench import load
from bench.load import Case, Figures, Target
from tests.protocol.wire import Wire
from tests.simulators.stack import free_port, start_server, start_stack

WITH, WITHOUT = "audit on SQLite", "no audit"
MOST_ADDED_MS: Final = 10.0
CASE = Case("tools/call", "2026-07-28", "tools/call", {"name": "ctera_portal_list_portals", "arguments": {}})


def measure(repeats: int, seconds: int) -> dict[str, list[Figures]]:
    """Both servers in turn, each on the same core."""
    runs: dict[str, list[Figures]] = {WITH: [], WITHOUT: []}
    with tempfile.TemporaryDirectory() as directory, start_stack(Path(directory)) as stack:
        port, other = free_port(), Path(directory) / "without"
        other.mkdir()
        environment = {**stack.environment, "PORT": str(port)}
        with start_server(environment, other, ("-m", "bench.without_audit")) as (process, _):
            token = stack.token("bob")
            targets = (
                Target(WITH, stack.url, stack.server.pid, token),
                Target(WITHOUT, f"http://localhost:{port}/mcp", process.pid, token),
            )
            for _ in range(repeats):
                for target in targets:
                    if (os.cpu_count() or 1) > 1:
                        load.pin(target.process_id, 0)
                    with Wire(stack, CASE.version) as wire:
                        runs[target.name].append(load.run(CASE, wire, target, seconds=seconds))
    return runs


def run(repeats: int = 5, seconds: int = 4) -> str:
    """Measure; a table in Markdown with the goal of the product."""
    runs = measure(repeats, seconds)
    middle = {
        name: Figures(*(median(getattr(each, field) for each in taken) for field in ("rate", "p50", "p99", "cpu")))
        for name, taken in runs.items()
    }
    lines = [
        f"| {CASE.name}, {CASE.version} | requests/s | p50 ms | p99 ms | CPU µs/request |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {one.rate:.0f} | {one.p50:.2f} | {one.p99:.2f} | {one.cpu:.0f} |" for name, one in middle.items()
    ]
    added = middle[WITH].p99 - middle[WITHOUT].p99
    met = "met" if added <= MOST_ADDED_MS else "**missed**"
    lines += ["", "| goal | wanted | measured | |", "|---|---|---|---|"]
    lines += [f"| p99 added by the audit, 16 connections | ≤ {MOST_ADDED_MS:g} ms | {added:.2f} ms | {met} |"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if lack := load.missing():
        print(lack, file=sys.stderr)
        sys.exit(2)
    print(run())
