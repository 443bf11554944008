"""Walks and searches by cursor: everything once, bounded answers, and a portal that changes in between."""

from __future__ import annotations

import pytest

from tests.tools.reads.looking import DOCS, HOME, Looking, names


@pytest.mark.trap("7.8/cost-of-a-walk")
@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_a_walk_shows_everything_once_each_folder_before_what_is_in_it(both: Looking, limit: int) -> None:
    found = [entry["path"] for entry in both.all("walk_tree", "entries", path=DOCS, limit=limit)]
    drafts = f"{DOCS}/Drafts"
    assert found == [
        drafts,
        *[f"{drafts}/draft-{number}.txt" for number in (1, 2, 3)],
        *[f"{DOCS}/{name}" for name in ("empty.txt", "notes.md", "plan.txt", "report.pdf")],
    ]


def test_deleted_items_are_walked_when_asked_for(looking: Looking) -> None:
    entries = looking.all("walk_tree", "entries", path=DOCS, include_deleted=True)
    assert {entry["name"] for entry in entries if entry["deleted"]} >= {"old-plan.txt", "Old Drafts"}
    assert not any(entry["deleted"] for entry in looking.all("walk_tree", "entries", path=DOCS))


def test_a_deep_tree_is_walked_to_its_bottom(looking: Looking) -> None:
    found = looking.all("walk_tree", "entries", path=f"{HOME}/Deep", limit=9)
    assert names(found) == [*[f"level-{level}" for level in range(1, 41)], "bottom.txt"]


def test_one_answer_and_its_cursor_are_bounded_in_a_huge_folder(looking: Looking) -> None:
    first = looking.good("walk_tree", path=f"{HOME}/Huge", limit=1000)
    assert len(first["entries"]) == 1000
    second = looking.good("walk_tree", path=f"{HOME}/Huge", limit=1000, cursor=first["next_cursor"])
    assert not {e["path"] for e in first["entries"]} & {e["path"] for e in second["entries"]}
    assert len(second["next_cursor"]) <= 2 * len(first["next_cursor"]) < 2000
    assert len(looking.asked("list")) <= 2 * 11 + 3


def test_names_that_need_quoting_are_walked_into(looking: Looking) -> None:
    found = looking.all("walk_tree", "entries", path=f"{HOME}/Odd Folders", limit=1)
    assert names(found).count("inside.txt") == 7
    for entry in found:
        assert looking.good("get_info", path=entry["path"])["path"] == entry["path"]


def test_a_folder_that_vanished_or_is_closed_to_the_account_is_told_as_skipped(looking: Looking) -> None:
    first = looking.good("walk_tree", path=DOCS, limit=1)
    assert names(first["entries"]) == ["Drafts"]
    looking.portal.control(fault={"match": "list", "kind": "status", "status": 404})
    rest = looking.good("walk_tree", path=DOCS, cursor=first["next_cursor"])
    assert [each["path"] for each in rest["skipped"]] == [f"{DOCS}/Drafts"]
    assert names(rest["entries"]) == ["empty.txt", "notes.md", "plan.txt", "report.pdf"]


def test_trouble_in_the_middle_ends_a_walk_and_the_same_cursor_goes_on(looking: Looking) -> None:
    cursor = looking.good("walk_tree", path=DOCS, limit=5)["next_cursor"]
    looking.portal.control(fault={"match": "list", "kind": "status", "status": 503, "times": 4})
    assert looking.bad("walk_tree", path=DOCS, limit=5, cursor=cursor)["code"] == "portal_unavailable"
    looking.portal.control(clear=True)
    assert names(looking.good("walk_tree", path=DOCS, cursor=cursor)["entries"]) == [
        "notes.md",
        "plan.txt",
        "report.pdf",
    ]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ({"query": "PLAN"}, ["plan.txt"]),
        ({"query": "draft", "extension": "txt"}, ["draft-1.txt", "draft-2.txt", "draft-3.txt"]),
        ({"query": "report", "extension": "txt"}, []),
        ({"query": "Alice at acme", "search_in": "content"}, ["plan.txt"]),
        ({"query": "nothing is called so"}, []),
    ],
)
def test_a_search_finds_by_name_content_and_extension(
    both: Looking, arguments: dict[str, str], found: list[str]
) -> None:
    assert names(both.good("search_files", path=DOCS, **arguments)["entries"]) == found


def test_a_search_of_a_user_stays_below_the_folder_that_was_named(alice: Looking) -> None:
    everywhere = alice.all("search_files", "entries", path="/", query="plan")
    assert {entry["path"] for entry in everywhere} >= {"/My Files/Docs/plan.txt"}
    assert names(alice.all("search_files", "entries", path="/My Files/Empty", query="plan")) == []
