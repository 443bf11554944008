"""What a policy closes leaves no trace in walks, searches and administrative rows: no entry, no count, no cursor."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.protocol.wire import JSON, MODERN, Wire
from tests.simulators.stack import RunningStack, start_stack
from tests.tools.reads.looking import DOCS, Looking, names

DRAFTS = f"{DOCS}/Drafts"
CLOSED: dict[str, JSON] = {
    "nobody": {"paths": ["/Users/Nobody/**"]},
    "drafts": {"paths": [f"{DRAFTS}/**", f"{DOCS}/*.md"]},
    "reading": {"tools": ["ctera_portal_read_file"], "paths": [f"{DRAFTS}/**", f"{DOCS}/*.md"]},
    "some-drafts": {"paths": [f"{DRAFTS}/*-2.txt", f"{DOCS}/plan.txt"]},
    "globex": {"tenants": ["globex"]},
    "bob": {"tenants": ["acme"], "paths": ["/Users/Bob Acme/**"]},
}
"""Per subject what is closed for it and for nobody else."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The product with a deny per person."""
    directory = tmp_path_factory.mktemp("closed-reads")
    with start_stack(directory) as running:
        denies = [
            {"name": f"closed for {who}", "effect": "deny", "tools": ["*"], "subjects": [who], **closed}
            for who, closed in CLOSED.items()
            if who != "nobody"
        ]
        file = directory / "denies.yaml"
        file.write_text(json.dumps({"version": 1, "policies": denies}))  # YAML too, and without aliases
        running.manage("import_config", str(file))
        yield running


@pytest.fixture
def wire(stack: RunningStack) -> Iterator[Wire]:
    with Wire(stack, MODERN) as speaking:
        yield speaking


def person(wire: Wire, who: str, **place: str) -> Looking:
    """Somebody of the table at work in a Team Portal."""
    return Looking(wire, wire.stack.token("bob", sub=who), {"portal": "hq", "tenant": "acme", **place})


def everywhere(wire: Wire, who: str) -> Looking:
    """Somebody at work in global administration."""
    return Looking(wire, wire.stack.token("bob", sub=who), {"portal": "hq"})


def paths(pages: list[JSON]) -> list[str]:
    return [entry["path"] for page in pages for entry in page["entries"]]


def is_closed(who: str, path: str) -> bool:
    """The table's patterns for files of this test, worked out by hand."""
    if who in {"drafts", "reading"}:
        return path == DRAFTS or path.startswith(f"{DRAFTS}/") or path.endswith(".md")
    return who == "some-drafts" and (path.endswith("-2.txt") or path == f"{DOCS}/plan.txt")


CALLS: list[tuple[str, JSON]] = [
    ("walk_tree", {"path": DOCS}),
    ("walk_tree", {"path": DOCS, "include_deleted": True}),
    ("search_files", {"path": DOCS, "query": "t"}),
    ("search_files", {"path": DOCS, "query": "a", "search_in": "content"}),
]


@pytest.mark.parametrize("who", ["drafts", "reading", "some-drafts", "globex"])
@pytest.mark.parametrize("limit", [1, 2, 200])
@pytest.mark.parametrize(("tool", "arguments"), CALLS, ids=str)
def test_answers_are_those_of_a_tree_without_what_is_closed(
    wire: Wire, who: str, limit: int, tool: str, arguments: JSON
) -> None:
    all_of_it = paths(list(person(wire, "nobody").pages(tool, **arguments)))
    assert len(all_of_it) > 2
    expected = [path for path in all_of_it if not is_closed(who, path)]
    pages = list(person(wire, who).pages(tool, **arguments, limit=limit))
    assert [paths([page]) for page in pages] == [expected[at : at + limit] for at in range(0, len(expected), limit)]
    assert "skipped" not in pages[0] or [page["skipped"] for page in pages] == [[]] * len(pages)


def test_a_closed_folder_is_not_even_entered(wire: Wire) -> None:
    before = len(wire.stack.portal.log())
    list(person(wire, "drafts").pages("walk_tree", path=DOCS))
    assert not [entry for entry in wire.stack.portal.log()[before:] if "Drafts" in str(entry["path"])]


@pytest.mark.parametrize("who", ["drafts", "reading"])
@pytest.mark.parametrize("tool", ["get_info", "read_file", "list_versions", "get_permalink", "get_share_info"])
def test_a_closed_file_and_one_that_is_not_there_are_told_alike(wire: Wire, who: str, tool: str) -> None:
    looking = person(wire, who)
    before = len(wire.stack.portal.log())
    there, gone = (looking.bad(tool, path=f"{DRAFTS}/{name}") for name in ("draft-1.txt", "no such thing"))
    assert there["code"] == "policy_denied"
    assert {**there, "decision": ""} == {**gone, "decision": ""}
    assert wire.stack.portal.log()[before:] == []


def test_a_cursor_of_before_leads_into_no_closed_folder(wire: Wire) -> None:
    """The same caller's cursor, made while the folder was open."""
    looking = person(wire, "later")
    first = looking.good("walk_tree", path=DOCS, limit=1)
    while not first["entries"] or not first["entries"][0]["path"].startswith(f"{DRAFTS}/"):
        first = looking.good("walk_tree", path=DOCS, limit=1, cursor=first["next_cursor"])
    deny = {"name": "later", "effect": "deny", "tools": ["*"], "subjects": ["later"], "paths": [f"{DRAFTS}/**"]}
    wire.stack.manage("import_config", "-", stdin=json.dumps({"version": 1, "policies": [deny]}))
    deadline = time.monotonic() + 10
    while not looking.wire.result("get_info", looking.token, path=DRAFTS, **looking.place)["isError"]:
        assert time.monotonic() < deadline
    pages = [looking.good("walk_tree", path=DOCS, cursor=first["next_cursor"])]
    assert not [path for path in paths(pages) if path.startswith(DRAFTS)]


def tenants_of(looking: Looking) -> set[str]:
    return set(names(looking.all("list_tenants", "tenants", limit=1)))


def test_team_portals_that_are_closed_are_not_listed(wire: Wire) -> None:
    assert tenants_of(everywhere(wire, "nobody")) == {"acme", "globex", "2024", "007"}
    assert tenants_of(everywhere(wire, "globex")) == {"acme", "2024", "007"}


def test_devices_of_closed_team_portals_are_not_listed(wire: Wire) -> None:
    found = everywhere(wire, "globex").all("list_devices", "devices", limit=2)
    assert {row["tenant"] for row in found} == {"acme", "2024", "007"}
    assert "filer-globex" in names(everywhere(wire, "nobody").all("list_devices", "devices"))


@pytest.mark.parametrize("tool", ["list_users", "list_cloud_folders", "list_devices", "search_logs", "storage_report"])
def test_a_closed_team_portal_cannot_be_named(wire: Wire, tool: str) -> None:
    assert person(wire, "globex", tenant="globex").bad(tool)["code"] == "policy_denied"


def test_people_and_folders_whose_place_is_closed_are_not_listed(wire: Wire) -> None:
    assert names(person(wire, "nobody").all("list_users", "users", limit=1)) == ["alice", "bob"]
    assert names(person(wire, "bob").all("list_users", "users", limit=1)) == ["alice"]
    all_of_them = person(wire, "nobody").all("list_cloud_folders", "cloud_folders", limit=1)
    assert {row["owner"] for row in all_of_them} == {"alice", "bob"}
    found = person(wire, "bob").all("list_cloud_folders", "cloud_folders", limit=1)
    assert {row["owner"] for row in found} == {"alice"}


REFUSED: list[tuple[str, str, JSON, bool]] = [
    # who, the tool, where and what, and whether it is refused whole
    ("nobody", "search_logs", {}, False),
    ("nobody", "search_logs", {"tenant": "acme"}, False),
    ("globex", "search_logs", {}, True),
    ("globex", "search_logs", {"tenant": "acme"}, False),
    ("bob", "search_logs", {"tenant": "acme"}, True),
    ("bob", "search_logs", {"tenant": "2024"}, False),
    ("reading", "search_logs", {"tenant": "acme"}, True),
    ("nobody", "storage_report", {"report": "storage_locations"}, False),
    ("globex", "storage_report", {"report": "storage_locations"}, True),
    ("bob", "storage_report", {"report": "storage_locations"}, True),
]


@pytest.mark.parametrize(("who", "tool", "arguments", "refused"), REFUSED, ids=str)
def test_what_may_tell_of_any_place_is_refused_where_one_is_closed(
    wire: Wire, who: str, tool: str, arguments: dict[str, Any], refused: bool
) -> None:
    looking = everywhere(wire, who)
    if not refused:
        assert looking.good(tool, **arguments)["portal"] == "hq"
        return
    before = len(wire.stack.portal.log())
    assert looking.bad(tool, **arguments)["code"] == "policy_denied"
    assert wire.stack.portal.log()[before:] == []


@pytest.mark.parametrize("report", ["tenants", "cloud_folders", "folder_groups"])
def test_reports_hold_no_rows_of_what_is_closed(wire: Wire, report: str) -> None:
    key = "name" if report == "tenants" else "portal"
    whole = everywhere(wire, "nobody").all("storage_report", "rows", report=report)
    assert {row[key] for row in whole} == {"acme", "globex", "2024", "007"}
    found = everywhere(wire, "globex").all("storage_report", "rows", report=report, limit=1)
    assert {row[key] for row in found} == {"acme", "2024", "007"}
    partly = everywhere(wire, "bob").all("storage_report", "rows", report=report, limit=1)
    assert ("acme" in {row[key] for row in partly}) == (report == "tenants")
