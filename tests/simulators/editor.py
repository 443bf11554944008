"""Edits the policy from a process of its own, as a command does: one line of JSON asks for one edit, one answers it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
READY = "ready\n"


@dataclass(frozen=True, slots=True)
class Edit:
    """The revision that an edit made, and the time (Unix seconds) just after its commit."""

    revision: int
    at: float


@dataclass(frozen=True, slots=True)
class Editor:
    """The asking side."""

    process: subprocess.Popen[str]

    def policy(self, name: str, **fields: Any) -> Edit:
        """Add or change a policy; times are ISO 8601."""
        return self._ask({"policy": name, "fields": fields})

    def remove(self, name: str) -> Edit:
        """Delete a policy."""
        return self._ask({"remove": name})

    def scope(self, name: str, *implies: str) -> Edit:
        """Add or change a scope."""
        return self._ask({"scope": name, "implies": implies})

    def _ask(self, edit: dict[str, Any]) -> Edit:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(edit) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"the editor ended with {self.process.wait(10)}")
        return Edit(**json.loads(answer))


@contextmanager
def start_editor(environment: Mapping[str, str]) -> Iterator[Editor]:
    """Run an editor in the server's environment for the time of a block, which begins when it is ready to edit."""
    command = [sys.executable, "-m", "tests.simulators.editor"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, cwd=ROOT, env=dict(environment), **pipes)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        if process.stdout.readline() != READY:
            raise RuntimeError(f"the editor did not start (exit {process.wait(10)})")
        yield Editor(process)
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def apply(edit: dict[str, Any]) -> Edit:
    """The editing side: one edit by the services, in one transaction."""
    from oauth import services
    from oauth.models import Policy, Scope
    from oauth.selectors import policy_revision
    from tools.governed import governed_write

    with governed_write():
        if "scope" in edit:
            scope = Scope.objects.filter(name=edit["scope"]).first() or Scope(name=edit["scope"])
            scope.implies = list(edit["implies"])
            services.save_scope(scope)
        elif "remove" in edit:
            services.delete_policy(Policy.objects.get(name=edit["remove"]))
        else:
            policy = Policy.objects.filter(name=edit["policy"]).first() or Policy(name=edit["policy"])
            for field, value in edit["fields"].items():
                column: Any = Policy._meta.get_field(field)
                setattr(policy, field, column.to_python(value))
            services.save_policy(policy)
        revision = policy_revision()
    return Edit(revision, time.time())


def main() -> None:
    """Apply edits until the input ends."""
    import os

    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "ctera_mcp_site.settings"
    django.setup()
    from django.db import connection

    print(READY, end="", flush=True)
    for line in sys.stdin:
        done = apply(json.loads(line))
        connection.close()  # what happens to the database between two edits is no business of the next
        print(json.dumps({"revision": done.revision, "at": done.at}), flush=True)


if __name__ == "__main__":
    main()
