"""Items are copied, moved and renamed as the caller said; nothing is replaced that was not meant."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.writes.files import DOCS, PLAN, Files, outcomes

EMPTY = "/My Files/Empty"


def size_of(files: Files, folder: str, name: str) -> int:
    """The size of one file."""
    entries = files.good("list_dir", path=folder)["entries"]
    return next(int(entry["size"]) for entry in entries if entry["name"] == name)


def test_a_copy_leaves_the_source_and_a_move_does_not(both: Files) -> None:
    copied = both.good("copy_item", source=PLAN, destination=EMPTY)
    assert (copied["state"], copied["operation"], copied["handle"]) == ("completed", "copy", None)
    assert copied["items"][0]["new_path"] == f"{EMPTY}/plan.txt"
    moved = both.good("move_item", source=f"{DOCS}/Drafts", destination=EMPTY)
    assert outcomes(moved) == {f"{DOCS}/Drafts": "done"}
    assert both.names(EMPTY) == {"plan.txt", "Drafts"}
    assert "plan.txt" in both.names(DOCS)
    assert "Drafts" not in both.names(DOCS)


def test_an_administrator_moves_between_people(files: Files) -> None:
    home = "/Users/{} Acme/My Files"
    place: dict[str, Any] = {"portal": "hq", "tenant": "acme"}
    files.good("move_item", source=home.format("Bob") + "/bob.txt", destination=home.format("Alice"), **place)
    assert "bob.txt" in files.names("/My Files")


@pytest.mark.parametrize("name", ["Plan.txt", "2024", "1.10", "日本語.txt", "a#b+%41;c"])
def test_a_rename_stays_in_its_folder_and_keeps_the_name_as_written(both: Files, name: str) -> None:
    renamed = both.good("rename_item", path=PLAN, new_name=name)
    assert renamed["items"][0]["new_path"] == f"{DOCS}/{name}"
    found = both.names(DOCS)
    assert (name in found, "plan.txt" in found) == (True, False)


@pytest.mark.trap("7.4/rename-that-moves")
@pytest.mark.parametrize(
    "name", ["/Other/x", "../x", "a/b", "a\\b", "a:b", "a?b", "a&b", "a<b", "a>b", 'a"b', "a|b", ".."]
)
def test_a_new_name_is_one_plain_name(files: Files, name: str) -> None:
    assert files.bad("rename_item", path=PLAN, new_name=name)["code"] == "invalid_argument"
    assert files.written() == []


def test_the_same_name_is_no_rename(files: Files) -> None:
    assert files.bad("rename_item", path=PLAN, new_name="plan.txt")["code"] == "invalid_argument"


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("copy_item", {"source": f"{DOCS}/none", "destination": EMPTY}, "not_found"),
        ("copy_item", {"source": PLAN, "destination": "/My Files/None"}, "not_found"),
        ("move_item", {"source": f"{DOCS}/none", "destination": EMPTY}, "not_found"),
        ("move_item", {"source": PLAN, "destination": f"{DOCS}/notes.md"}, "not_found"),
        ("move_item", {"source": "/My Files", "destination": "/Shared With Me"}, "portal_denied"),
        ("copy_item", {"source": PLAN, "destination": "/Shared With Me/Bob Acme/Handbook"}, "portal_denied"),
        ("move_item", {"source": PLAN, "destination": "/My Files/Huge"}, "portal_denied"),
        ("rename_item", {"path": f"{DOCS}/none", "new_name": "x"}, "not_found"),
        ("rename_item", {"path": PLAN, "new_name": "notes.md"}, "conflict"),
        ("rename_item", {"path": "/My Files", "new_name": "Ours"}, "portal_denied"),
        ("rename_item", {"path": PLAN, "new_name": ".versions"}, "invalid_argument"),
    ],
)
def test_what_cannot_be_done_says_why_and_nothing_changes(
    files: Files, tool: str, arguments: dict[str, str], code: str
) -> None:
    before = files.names(DOCS)
    assert files.bad(tool, **arguments)["code"] == code
    assert files.names(DOCS) == before


@pytest.mark.parametrize("tool", ["copy_item", "move_item"])
@pytest.mark.parametrize(
    ("source", "destination"),
    [(DOCS, DOCS), (DOCS, f"{DOCS}/Drafts"), (PLAN, DOCS), ("/", DOCS), (f"{DOCS}/", f"{DOCS}/Drafts/")],
)
def test_what_leads_into_itself_or_nowhere_never_reaches_the_portal(
    files: Files, tool: str, source: str, destination: str
) -> None:
    assert files.bad(tool, source=source, destination=destination)["code"] == "invalid_argument"
    assert files.portal.stats()["logins"] == 0


@pytest.mark.trap("3.7/destination-is-the-root")
@pytest.mark.parametrize("tool", ["copy_item", "move_item"])
@pytest.mark.parametrize("destination", ["/", "/My Files/.."])
def test_the_root_as_destination_is_told_as_what_it_is(files: Files, tool: str, destination: str) -> None:
    found = files.bad(tool, source=PLAN, destination=destination)
    assert found["code"] == ("portal_denied" if destination == "/" else "invalid_argument")


@pytest.mark.trap("3.6/conflict-and-cursor")
@pytest.mark.parametrize("tool", ["copy_item", "move_item"])
def test_a_file_in_the_way_is_replaced_only_when_told(both: Files, tool: str) -> None:
    both.good("upload_from_content", filepath=f"{EMPTY}/plan.txt", content="x")
    refused = both.bad(tool, source=PLAN, destination=EMPTY)
    assert (refused["code"], "overwrite=true" in refused["message"]) == ("conflict", True)
    assert size_of(both, EMPTY, "plan.txt") == 1
    assert both.good(tool, source=PLAN, destination=EMPTY, overwrite=True)["state"] == "completed"
    assert size_of(both, EMPTY, "plan.txt") == 27
    assert ("plan.txt" in both.names(DOCS)) == (tool == "copy_item")


@pytest.mark.parametrize("tool", ["copy_item", "move_item"])
def test_a_folder_in_the_way_is_never_replaced(files: Files, tool: str) -> None:
    files.good("makedirs", path=f"{EMPTY}/Drafts/kept")
    for overwrite in (False, True):
        refused = files.bad(tool, source=f"{DOCS}/Drafts", destination=EMPTY, overwrite=overwrite)
        assert (refused["code"], "overwrite=true" in refused["message"]) == ("conflict", False)
    assert files.names(f"{EMPTY}/Drafts") == {"kept"}
    assert "Drafts" in files.names(DOCS)


def test_a_copy_beyond_the_quota_is_told(files: Files) -> None:
    files.portal.control(full={"acme": True})
    found = files.bad("copy_item", source=PLAN, destination=EMPTY)
    assert (found["code"], "quota" in found["message"]) == ("portal_denied", True)


@pytest.mark.trap("3.6/stopped-looks-fine")
@pytest.mark.parametrize("tool", ["copy_item", "move_item"])
@pytest.mark.parametrize("outcome", ["stopped", "failed", "completed with warnings"])
def test_work_that_ended_early_is_never_told_as_done(files: Files, tool: str, outcome: str) -> None:
    files.portal.control(task=outcome)
    found = files.bad(tool, source=PLAN, destination=EMPTY)
    assert (found["code"], "look" in found["message"]) == ("portal_unavailable", True)
