"""A running product with profiles that work as their callers, on the simulated portal under its own names."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.protocol.wire import MODERN, Wire
from tests.simulators import names
from tests.simulators.stack import ROOT, RunningStack, start_stack

JSON = dict[str, Any]
NAMES = str(Path(names.__file__))


def profiles(stack: RunningStack) -> list[JSON]:
    """`corp`: account by claim or table in acme; `many`: the Team Portal by claim too."""
    common = {
        "host": "portal.test",
        "port": stack.portal.https_port,
        "ca_pem": stack.portal.ca_pem,
        "scope": "admin",
        "username": "svc-mcp",
        "password": "svc-secret",
        "identity": "caller",
        "account_claim": "portal_account",
        "dns_suffix": "portal.test",
        "total_timeout": 10,
    }
    return [
        {**common, "name": "corp", "tenant": "acme", "accounts": {"usr_bob": "bob"}},
        {**common, "name": "many", "tenant_claim": "portal_tenant"},
    ]


def policies() -> list[JSON]:
    """Whoever may read files may do so in every Team Portal."""
    return [{"name": "Readers anywhere", "effect": "allow", "scopes": ["ctera:read"], "toolsets": ["read"]}]


@dataclass(frozen=True, slots=True)
class Callers:
    """The running product, and the two that matter here."""

    stack: RunningStack
    wire: Wire

    def token(self, person: str = "alice", **claims: Any) -> str:
        """A token; `account` and `tenant` stand for the claims that the profiles name."""
        for short in ("account", "tenant"):
            if short in claims:
                claims[f"portal_{short}"] = claims.pop(short)
        return self.stack.token(person, **claims)

    def configure(self, *wanted: JSON, section: str = "portals") -> None:
        """Apply entries of a configuration file, and return when the running server decides by them."""
        before = self._revisions()
        text = yaml.safe_dump({"version": 1, section: list(wanted)})
        told = self.stack.manage("import_config", "-", stdin=text).stdout
        deadline = time.monotonic() + 10
        while told != "Nothing to change.\n" and self._revisions() == before:
            assert time.monotonic() < deadline, "the server does not follow"

    def _revisions(self) -> int:
        return self.stack.log_file.read_text().count("is in force")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command where the portal's names resolve."""
        command = [sys.executable, NAMES, *arguments]
        return subprocess.run(
            command, env=self.stack.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )

    def entries(self, **wanted: object) -> list[dict[str, object]]:
        """What the portal's own log says, as far as it matches."""
        return [each for each in self.stack.portal.log() if wanted.items() <= each.items()]

    def fault(self, match: str, kind: str, **more: object) -> None:
        """Arrange trouble at the portal."""
        self.stack.portal.control(fault={"match": match, "kind": kind, **more})


@contextmanager
def start_callers(directory: Path) -> Iterator[Callers]:
    """Run everything, with the two profiles and a policy for them."""
    with start_stack(directory, serve=(NAMES, "serve"), OPERATION_WAIT="2") as stack, Wire(stack, MODERN) as wire:
        found = Callers(stack, wire)
        found.configure(*policies(), section="policies")
        found.configure(*profiles(stack))
        yield found
