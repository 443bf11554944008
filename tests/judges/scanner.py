"""Runs the mcp-authlab scanner as its user would: sign in, then scan with a token of another server at hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from tests.simulators.stack import RunningStack

PROGRAM: Final = Path(sys.executable).with_name("mcp-authlab")
SCOPES: Final = "user:read ctera:read offline_access"
EXPECTED: Final[dict[str, str]] = {
    "ASF-03": "needs codes for another resource, which the simulated authorization server rightly refuses to issue",
    "TLS-01": "the tests serve plain http on loopback; behind PUBLIC_URL there is https",
    "SESS-01": "does not apply: the server is stateless and issues no sessions",
    "SESS-02": "does not apply: the server is stateless and issues no sessions",
}
"""What does not pass here, and why."""


def scan(stack: RunningStack, directory: Path) -> dict[str, dict[str, Any]]:
    """The scanner's checks by id; raises when it could not sign in."""
    environment = {**os.environ, "HOME": str(directory), "XDG_CONFIG_HOME": str(directory)}
    stack.scalekit.control(approve="bob")
    login = [str(PROGRAM), "login", stack.url, "--no-browser", "--scope", SCOPES]
    signed_in = subprocess.run(login, env=environment, capture_output=True, text=True, check=False, timeout=60)
    stack.scalekit.control(approve=None)
    if signed_in.returncode:
        raise RuntimeError(f"no sign-in:\n{signed_in.stdout}{signed_in.stderr}")
    foreign = stack.token("bob", aud=["https://other.example/mcp", "res_9"], resid="res_9")
    command = [str(PROGRAM), "scan", stack.url, "--foreign-token", foreign, "--format", "json"]
    scanned = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    report = json.loads(scanned.stdout)
    return {check["id"]: check for check in report["results"]}
