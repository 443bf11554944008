"""Runs the official conformance suite's server scenarios and reads its results."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.conftest import CLIENTS, node_program
from tests.simulators.stack import ROOT, RunningStack, free_port, wait_until_ready

SUITE: Final = CLIENTS / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"
PRELOAD: Final = Path(__file__).with_name("authorization.mjs")
RESULT: Final = re.compile(r"server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z")
NEEDS_BACK_CHANNEL: Final = (
    "the server asks its client in the middle of a call; a stateless endpoint cannot in this revision"
)
NEEDS_TASKS: Final = "an extension that the SDK does not have; never scored"
NEEDS_FIXTURE: Final = "calls a tool, prompt or resource that only the suite's own server has; see the next table"
EXPECTED: Final[dict[str, str]] = {
    "tools-call-sampling": NEEDS_BACK_CHANNEL,
    "tools-call-elicitation": NEEDS_BACK_CHANNEL,
    "elicitation-sep1034-defaults": NEEDS_BACK_CHANNEL,
    "elicitation-sep1330-enums": NEEDS_BACK_CHANNEL,
    "tasks-lifecycle": NEEDS_TASKS,
    "tasks-capability-negotiation": NEEDS_TASKS,
    "tasks-wire-fields": NEEDS_TASKS,
    "tasks-request-state-removal": NEEDS_TASKS,
    "tasks-mrtr-input": NEEDS_TASKS,
    "tasks-request-headers": NEEDS_TASKS,
    "tasks-dispatch-and-envelope": NEEDS_TASKS,
    "tasks-required-task-error": NEEDS_TASKS,
    "tasks-mrtr-composition": NEEDS_TASKS,
}
"""What the endpoint with the suite's fixtures does not pass, and why."""

ANY_SERVER: Final[dict[str, tuple[str, ...]]] = {
    "2025-11-25": (
        "server-initialize",
        "ping",
        "tools-list",
        "server-sse-multiple-streams",
        "dns-rebinding-protection",
    ),
    "2026-07-28": (
        "tools-list",
        "server-sse-multiple-streams",
        "sep-2164-resource-not-found",
        "dns-rebinding-protection",
        "input-required-result-unsupported-methods",
        "http-header-validation",
    ),
}
"""The scenarios that ask nothing of a server but the protocol."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario's checks."""

    name: str
    passed: int
    failed: int

    @property
    def is_green(self) -> bool:
        """Whether no check failed."""
        return self.failed == 0


def run(url: str, token: str, revision: str, directory: Path) -> dict[str, Scenario]:
    """Run a revision's scenarios against a server; raises when the suite says nothing."""
    command = [node_program(), "--import", str(PRELOAD), str(SUITE), "server", "--url", url]
    done = subprocess.run(
        [*command, "--requirements", revision, "-o", str(directory)],
        env={**os.environ, "MCP_URL": url, "MCP_AUTHORIZATION": f"Bearer {token}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    found = {scenario.name: scenario for scenario in _results(directory)}
    if not found:
        raise RuntimeError(f"the suite said nothing:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return dict(sorted(found.items()))


def _results(directory: Path) -> Iterator[Scenario]:
    for file in directory.glob("*/checks.json"):
        name = RESULT.fullmatch(file.parent.name)
        if name is None:
            raise RuntimeError(f"an unexpected result: {file.parent.name}")
        states = [check["status"] for check in json.loads(file.read_text())]
        yield Scenario(name[1], states.count("SUCCESS"), states.count("FAILURE"))


@contextmanager
def fixture_server(stack: RunningStack) -> Iterator[str]:
    """The endpoint with the suite's fixtures, beside a running product; yields its address."""
    port = free_port()
    base = f"http://localhost:{port}"
    log_file = stack.log_file.with_name("fixtures.log")
    command = [sys.executable, "-m", "uvicorn", "tests.judges.fixture_server:application", "--port", str(port)]
    with log_file.open("w") as log:
        server = subprocess.Popen(
            [*command, "--lifespan", "on", "--log-level", "warning"],
            env={**stack.environment, "PORT": str(port), "PUBLIC_URL": base},
            cwd=ROOT,
            stdout=log,
            stderr=log,
            text=True,
        )
    try:
        wait_until_ready(base, server, log_file)
        yield f"{base}/mcp"
    finally:
        server.terminate()
        server.wait(30)
