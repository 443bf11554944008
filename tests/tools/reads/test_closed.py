"""What policy closes shows nowhere while looking: not in a walk, hits, rows, counts or cursors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.protocol.wire import JSON, MODERN, Wire
from tests.simulators.stack import RunningStack
from tests.tools.reads.looking import DOCS, HOME, PLAN, Looking, names

DENY: JSON = {"effect": "deny", "tools": ["*"]}
PEOPLE: dict[str, JSON] = {
    "no-drafts": {"paths": [f"{DOCS}/Drafts/**"]},
    "no-odd-files": {"paths": [f"{HOME}/Many/file-*1.txt", f"{HOME}/Many/file-*2.txt"]},
    "no-alice": {"paths": ["/Users/Alice Acme/**"]},
    "no-globex": {"paths": ["/**"], "tenants": ["globex"]},
    "no-reading": {"paths": [f"{DOCS}/**"], "tools": ["ctera_portal_read_file"]},
}
"""Per subject what one deny closes for it."""


@pytest.fixture(scope="module")
def governed(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A deny per person, in force."""
    denies: list[JSON] = [
        {**DENY, "name": f"reads: {name}", "subjects": [name], **deny} for name, deny in PEOPLE.items()
    ]
    file = tmp_path_factory.mktemp("closed") / "denies.yaml"
    file.write_text(json.dumps({"version": 1, "policies": denies}))
    stack.manage("import_config", str(file))
    with Wire(stack, MODERN) as wire:
        last = Looking(wire, stack.token("bob", sub="no-alice"))
        while not wire.result("list_dir", last.token, **last.place, path=HOME)["isError"]:
            pass  # until the worker has read the edit


@pytest.fixture
def people(looking: Looking, governed: None) -> dict[str, Looking]:
    """Each person, by what is closed for it."""
    token = looking.wire.stack.token
    return {name: Looking(looking.wire, token("bob", sub=name)) for name in ("nothing", *PEOPLE)}


def test_a_walk_neither_shows_nor_enters_what_is_closed(people: dict[str, Looking]) -> None:
    walked = people["no-drafts"].good("walk_tree", path=DOCS)
    assert names(walked["entries"]) == ["empty.txt", "notes.md", "plan.txt", "report.pdf"]
    assert (walked["skipped"], walked["next_cursor"]) == ([], None)
    assert not any("Drafts" in str(entry["path"]) for entry in people["nothing"].asked("list"))
    assert len(people["nothing"].good("walk_tree", path=DOCS)["entries"]) == 8


@pytest.mark.parametrize("limit", [7, 50, 100, 200])
@pytest.mark.parametrize("tool", ["walk_tree", "search_files"])
def test_pages_are_those_of_a_world_without_what_is_closed(people: dict[str, Looking], tool: str, limit: int) -> None:
    arguments: dict[str, Any] = {"path": f"{HOME}/Many", "limit": limit}
    if tool == "search_files":
        arguments["query"] = "file-"
    pages = list(people["no-odd-files"].pages(tool, **arguments))
    found = [name for page in pages for name in names(page["entries"])]
    assert found == [f"file-{number:03}.txt" for number in range(250) if number % 10 not in {1, 2}]
    assert [len(page["entries"]) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert pages[-1]["entries"]


def test_a_search_finds_nothing_that_is_closed_by_name_or_content(people: dict[str, Looking]) -> None:
    for query, search_in in (("draft", "name"), ("draft-1", "name")):
        answer = people["no-drafts"].good("search_files", path=HOME, query=query, search_in=search_in)
        assert (answer["entries"], answer["next_cursor"]) == ([], None)
    for arguments in ({"query": "draft"}, {"query": "The plan of", "search_in": "content"}):
        assert people["nothing"].good("search_files", path=HOME, **arguments)["entries"]
        closed = people["no-reading"].good("search_files", path=HOME, **arguments)["entries"]
        assert not any(entry["path"].startswith(DOCS) for entry in closed)


@pytest.mark.parametrize("tool", ["get_info", "read_file", "list_versions", "get_permalink", "get_share_info"])
def test_a_closed_place_is_refused_alike_whether_it_is_there_or_not(people: dict[str, Looking], tool: str) -> None:
    person = people["no-drafts"]
    before = len(person.portal.log())
    answers = [person.bad(tool, path=f"{DOCS}/Drafts/{name}") for name in ("draft-1.txt", "no such thing")]
    assert {answer["code"] for answer in answers} == {"policy_denied"}
    assert answers[0]["message"] == answers[1]["message"]
    assert len(person.portal.log()) == before


def test_a_deny_of_reading_closes_all_that_looks_at_the_place(people: dict[str, Looking]) -> None:
    person = people["no-reading"]
    for tool in ("get_info", "read_file", "list_versions", "get_permalink", "get_share_info", "walk_tree"):
        assert person.bad(tool, path=PLAN)["code"] == "policy_denied", tool


def test_rows_about_accounts_and_folders_follow_the_path(people: dict[str, Looking]) -> None:
    person = people["no-alice"]
    users = person.good("list_users", limit=1)
    assert (names(users["users"]), users["next_cursor"]) == (["bob"], None)
    folders = person.good("list_cloud_folders", limit=1)
    assert ([row["path"] for row in folders["cloud_folders"]], folders["next_cursor"]) == (
        ["/Users/Bob Acme/My Files"],
        None,
    )
    assert len(people["nothing"].good("list_cloud_folders")["cloud_folders"]) == 3


def test_rows_about_team_portals_follow_the_tenant(people: dict[str, Looking]) -> None:
    person = people["no-globex"]
    assert "globex" not in names(person.good("list_tenants")["tenants"])
    assert "globex" in names(people["nothing"].good("list_tenants")["tenants"])
    everywhere = Looking(person.wire, person.token, {"portal": "hq"})
    assert {row["tenant"] for row in everywhere.all("list_devices", "devices")} == {"acme", "2024", "007"}
    assert "globex" not in str(everywhere.good("storage_report", report="tenants"))
    assert "globex" not in str(everywhere.good("storage_report", report="cloud_folders"))
    assert everywhere.good("storage_report", report="cloud_folders")["rows"]


@pytest.mark.parametrize("person", ["no-globex", "no-alice", "no-reading"])
def test_what_cannot_be_told_apart_by_place_is_refused_whole(people: dict[str, Looking], person: str) -> None:
    everywhere = Looking(people[person].wire, people[person].token, {"portal": "hq"})
    for tool, arguments in (("search_logs", {"topic": "access"}), ("storage_report", {"report": "storage_locations"})):
        found = everywhere.bad(tool, **arguments)
        assert found["code"] == "policy_denied", tool
        assert "globex" not in found["message"]
    assert people["nothing"].good("search_logs", topic="access")["messages"]


def test_the_log_of_a_team_portal_that_is_open_as_a_whole_is_shown(people: dict[str, Looking]) -> None:
    assert people["no-globex"].good("search_logs", topic="access")["messages"]
    assert people["no-alice"].bad("search_logs", topic="access")["code"] == "policy_denied"


def test_a_cursor_goes_on_under_the_policy_of_the_moment(people: dict[str, Looking]) -> None:
    person = people["no-drafts"]
    cursor = people["nothing"].good("walk_tree", path=DOCS, limit=2)["next_cursor"]
    assert person.bad("walk_tree", path=DOCS, limit=2, cursor=cursor)["code"] == "invalid_argument"
