"""`make bench`: runs the comparison and writes docs/performance.md."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from bench import audit_cost, decisions, load, memory, portal, propagation, report
from bench.load import Case, Target
from tests.protocol.wire import Wire
from tests.simulators.stack import ROOT, RunningStack, free_port, start_stack
from tools.catalogue import CATALOGUE

CALL: dict[str, object] = {"name": "ctera_portal_list_portals", "arguments": {}}
CASES = [
    Case(method, version, method, params)
    for version in ("2026-07-28", "2025-11-25")
    for method, params in (("tools/list", {}), ("tools/call", CALL))
]
PAGE = """# Performance

Measured by `make bench`: the same load (wrk, 16 connections) in one run against (a) this server with authorization and
audit on, SQLite; (b) the SDK's low-level server with the same tools and no authorization; (c) FastMCP with its JWT
verifier and the same tools. Only the ratios mean something; the figures are medians of {repeats} interleaved runs of
{seconds} s.

{machine}

{tables}"""


@contextmanager
def server(module: str, port: int, *arguments: str) -> Iterator[int]:
    """Run one of the servers to compare with; yields its process id."""
    process = subprocess.Popen([sys.executable, "-m", module, str(port), *arguments], cwd=ROOT)
    try:
        wait_for(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when something answers on the port."""
    for _ in range(400):
        if process.poll() is not None:
            raise RuntimeError(f"a server ended with {process.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/nothing", timeout=1)  # loopback only
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("a server did not start")


def check(case: Case, wire: Wire, target: Target) -> None:
    """Refuse to measure wrong answers."""
    name = case.params.get("name")
    headers = wire.headers(case.method, str(name) if name else None, target.token)
    answer = httpx2.post(target.url, json=wire.message(case.method, case.params), headers=headers, trust_env=False)
    result = answer.json()["result"]
    good = (
        len(result["tools"]) == len(CATALOGUE)
        if case.method == "tools/list"
        else len(result["structuredContent"]["portals"]) == 2
    )
    if answer.status_code != 200 or not good:
        raise RuntimeError(f"{case.name} {case.era}: {answer.status_code} {answer.text[:500]}")


def measure(stack: RunningStack, *, repeats: int, seconds: int) -> report.Runs:
    """All cases on all servers, interleaved."""
    runs: report.Runs = {}
    bare, fast = free_port(), free_port()
    with (
        server("bench.bare_sdk", bare) as bare_id,
        server("bench.with_fastmcp", fast, stack.scalekit.url, stack.scalekit.resource_id) as fast_id,
    ):
        token = stack.token("bob")
        servers = [
            Target(report.OURS, stack.url, stack.server.pid, token),
            Target(report.BARE, f"http://127.0.0.1:{bare}/mcp", bare_id),
            Target(report.FAST, f"http://127.0.0.1:{fast}/mcp", fast_id, token),
        ]
        for repeat in range(repeats):
            for case in CASES:
                with Wire(stack, case.version) as wire:
                    for target in servers:
                        if (os.cpu_count() or 1) > 1:
                            load.pin(target.process_id, 0)
                        check(case, wire, target)
                        one = load.run(case, wire, target, seconds=seconds)
                        runs.setdefault((case.name, case.era, target.name), []).append(one)
                        print(
                            f"… {repeat + 1}/{repeats} {case.era} {case.name} {target.name}: {one.rate:.0f}/s",
                            flush=True,
                        )
    return runs


def table_of(module: str) -> str:
    """What a measurement of pages prints, made by a process with a database of its own."""
    command = [sys.executable, "-m", module]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def main() -> int:
    """Parse, run, write, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short repetition; writes nothing")
    quick = parser.parse_args().quick
    if lack := load.missing():
        print(lack, file=sys.stderr)
        return 2
    repeats, seconds = (1, 2) if quick else (3, 4)
    with tempfile.TemporaryDirectory() as directory, start_stack(Path(directory)) as stack:
        runs = measure(stack, repeats=repeats, seconds=seconds)
    told = report.tables(runs) + "\n## Decisions\n\n" + decisions.run()
    told += "\n## An edit\n\n" + propagation.run()
    told += "\n## The audit\n\n" + audit_cost.run() + "\n" + table_of("bench.audit_pages")
    told += "\n## The admin\n\n" + table_of("bench.admin_pages")
    told += "\n## Work at a portal\n\n" + portal.run() + "\n## Memory\n\n" + memory.run()
    print(told)
    if not quick:
        page = PAGE.format(repeats=repeats, seconds=seconds, machine=report.machine(), tables=told)
        (ROOT / "docs" / "performance.md").write_text(page)
    return 0 if all(met for *_, met in report.marks(runs)) else 1


if __name__ == "__main__":
    sys.exit(main())
