"""One caller who looks at the files of a portal: every answer is held against the schema that its tool declares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from jsonschema import Draft202012Validator

from tests.protocol.wire import JSON, Wire
from tests.simulators.portal.fixture import RunningPortal
from tools.catalogue import CATALOGUE

HOME = "/Users/Alice Acme/My Files"
DOCS = f"{HOME}/Docs"
PLAN = f"{DOCS}/plan.txt"
ADMINISTRATION = ("list_tenants", "list_users", "list_cloud_folders", "list_devices", "search_logs", "storage_report")
GOOD: dict[str, JSON] = {
    "get_info": {"path": PLAN},
    "read_file": {"path": PLAN},
    "list_versions": {"path": PLAN},
    "get_permalink": {"path": PLAN},
    "get_share_info": {"path": DOCS},
    "list_dir": {"path": DOCS},
    "walk_tree": {"path": DOCS},
    "search_files": {"path": DOCS, "query": "plan"},
    "list_tenants": {},
    "list_users": {},
    "list_cloud_folders": {},
    "list_devices": {},
    "search_logs": {},
    "storage_report": {},
}
"""Per tool the arguments of a call that succeeds in Team Portal acme."""
REQUEST = {
    "get_info": "stat",
    "read_file": "download",
    "list_versions": "versions",
    "get_permalink": "stat",
    "get_share_info": "shares",
    "list_dir": "list",
    "walk_tree": "list",
    "search_files": "search",
    "list_tenants": "tenants",
    "list_users": "users",
    "list_cloud_folders": "cloudDrives",
    "list_devices": "devices",
    "search_logs": "logs",
    "storage_report": "report",
}
"""Per tool what the simulated portal calls the request that it is about."""


@dataclass
class Looking:
    """The caller; `place` goes with every call that can be made at a place."""

    wire: Wire
    token: str = field(repr=False)
    place: JSON = field(default_factory=lambda: {"portal": "hq", "tenant": "acme"})

    @property
    def portal(self) -> RunningPortal:
        """The simulated portal."""
        return self.wire.stack.portal

    def arguments(self, tool: str, given: JSON) -> JSON:
        """What is sent: the place, as far as the tool takes one, and what the call gives."""
        known = CATALOGUE[f"ctera_portal_{tool}"].input_schema["properties"]
        return {**{name: value for name, value in self.place.items() if name in known}, **given}

    def good(self, tool: str, **given: Any) -> JSON:
        """The answer of a call that succeeded."""
        found = self.wire.good(tool, self.token, **self.arguments(tool, given))
        Draft202012Validator(CATALOGUE[f"ctera_portal_{tool}"].output_schema).validate(found)
        return found

    def bad(self, tool: str, **given: Any) -> JSON:
        """The answer of a call that failed: a sentence, and a decision to look up."""
        found = self.wire.bad(tool, self.token, **self.arguments(tool, given))
        assert found["message"].endswith((".", "]", "|")), found
        assert found["decision"].startswith("D-")
        return found

    def pages(self, tool: str, **given: Any) -> Iterator[JSON]:
        """Every answer of a call that goes on by cursor."""
        cursor: JSON = {}
        for _ in range(2000):
            answer = self.good(tool, **given, **cursor)
            yield answer
            if answer["next_cursor"] is None:
                return
            cursor = {"cursor": answer["next_cursor"]}
        raise AssertionError("the answers do not end")

    def all(self, tool: str, rows: str, **given: Any) -> list[JSON]:
        """The rows of every page."""
        return [row for page in self.pages(tool, **given) for row in page[rows]]

    def asked(self, name: str) -> list[JSON]:
        """The requests of this name that the portal has seen since its world was made."""
        return [entry for entry in self.portal.log() if entry["name"] == name]


def names(rows: list[JSON]) -> list[str]:
    """The names of rows."""
    return [row["name"] for row in rows]
