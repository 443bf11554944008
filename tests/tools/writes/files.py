"""One caller at work on the files of one place: the tools that change them, and what is there afterwards."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator

from tests.protocol.wire import JSON, Wire
from tests.simulators.portal.fixture import RunningPortal
from tests.simulators.stack import RunningStack
from tools.catalogue import CATALOGUE

WRITES = ("mkdir", "upload", "copy", "move", "delete", "recover", "link")
EVENTS = (
    "from oauth.models import AuditEvent; import json; "
    "print(json.dumps({{tool: list(AuditEvent.objects.filter(tool=tool).order_by('-id').values("
    "'kind', 'outcome', 'code', 'paths', 'decision')[:{most}]) for tool in {tools!r}}}))"
)
DOCS = "/My Files/Docs"
PLAN = f"{DOCS}/plan.txt"


@dataclass
class Files:
    """The caller; `place` goes with every call."""

    wire: Wire
    token: str = field(repr=False)
    place: JSON = field(default_factory=lambda: {"portal": "acme-files"})

    @property
    def portal(self) -> RunningPortal:
        """The simulated portal."""
        return self.wire.stack.portal

    def good(self, tool: str, **arguments: Any) -> JSON:
        """The answer of a call that succeeded, which is as its schema says."""
        found = self.wire.good(tool, self.token, **{**self.place, **arguments})
        Draft202012Validator(CATALOGUE[f"ctera_portal_{tool}"].output_schema).validate(found)
        return found

    def bad(self, tool: str, **arguments: Any) -> JSON:
        """The answer of a call that failed."""
        found = self.wire.bad(tool, self.token, **{**self.place, **arguments})
        assert found["message"].endswith((".", "]", "|")), found
        assert found["decision"].startswith("D-")
        return found

    def names(self, path: str, **more: Any) -> set[str]:
        """What is in a folder now."""
        return {entry["name"] for entry in self.good("list_dir", path=path, limit=200, **more)["entries"]}

    def written(self) -> list[str]:
        """What the portal was asked to change since its world was made, less what it sent to its login page."""
        return [str(entry["name"]) for entry in self.portal.log() if entry["name"] in WRITES and entry["status"] != 302]

    def events(self, tool: str, most: int = 4) -> list[JSON]:
        """The evidence of the tool's latest calls, newest first."""
        return latest(self.wire.stack, [f"ctera_portal_{tool}"], most)[f"ctera_portal_{tool}"]


def latest(stack: RunningStack, tools: list[str], most: int) -> dict[str, list[JSON]]:
    """The evidence of the latest calls of each tool, newest first."""
    program = EVENTS.format(tools=tools, most=most)
    found: dict[str, list[JSON]] = json.loads(stack.manage("shell", "-v", "0", "-c", program).stdout)
    return found


def outcomes(answer: JSON) -> dict[str, str]:
    """What became of each item."""
    return {item["path"]: item["outcome"] for item in answer["items"]}
