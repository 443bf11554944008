"""Lists are deleted and recovered item by item: what was done is told apart from what was not."""

from __future__ import annotations

import pytest

from tests.tools.writes.files import DOCS, PLAN, Files, outcomes

NOTES, DRAFTS, NONE = f"{DOCS}/notes.md", f"{DOCS}/Drafts", f"{DOCS}/none.txt"
SHARED = "/Shared With Me/Bob Acme/Handbook/rules.txt"


def test_items_are_deleted_and_recovered(both: Files) -> None:
    gone = both.good("delete_items", paths=[PLAN, DRAFTS])
    assert (gone["state"], gone["operation"]) == ("completed", "delete")
    assert outcomes(gone) == {PLAN: "done", DRAFTS: "done"}
    assert {"plan.txt", "Drafts"} & both.names(DOCS) == set()
    back = both.good("recover_items", paths=[DRAFTS, PLAN])
    assert outcomes(back) == {PLAN: "done", DRAFTS: "done"}
    assert {"plan.txt", "Drafts"} <= both.names(DOCS)
    assert "draft-1.txt" in both.names(DRAFTS)


def test_of_three_items_one_is_absent(both: Files) -> None:
    found = both.good("delete_items", paths=[PLAN, NONE, NOTES])
    assert found["state"] == "partly_completed"
    assert outcomes(found) == {PLAN: "done", NONE: "absent", NOTES: "done"}
    assert {"plan.txt", "notes.md"} & both.names(DOCS) == set()


def test_all_absent_is_not_found_and_nothing_is_asked(files: Files) -> None:
    assert files.bad("delete_items", paths=[NONE, f"{DOCS}/nor.txt"])["code"] == "not_found"
    assert files.written() == []


@pytest.mark.trap("3.6/lists-are-not-atomic")
def test_the_portal_stops_at_what_it_does_not_allow_and_the_rest_is_told(files: Files) -> None:
    found = files.good("delete_items", paths=[PLAN, SHARED, NOTES])
    assert found["state"] == "partly_completed"
    assert outcomes(found) == {PLAN: "done", SHARED: "not_done", NOTES: "not_done"}
    assert "rules.txt" in found["message"]
    assert "notes.md" in files.names(DOCS)
    assert files.bad("delete_items", paths=[SHARED])["code"] == "portal_denied"


def test_an_item_listed_twice_is_deleted_once(files: Files) -> None:
    found = files.good("delete_items", paths=[PLAN, PLAN.removeprefix("/"), f"{PLAN}/"])
    assert outcomes(found) == {PLAN: "done"}


@pytest.mark.parametrize("tool", ["delete_items", "recover_items"])
def test_an_item_inside_another_listed_one_is_refused(files: Files, tool: str) -> None:
    found = files.bad(tool, paths=[f"{DRAFTS}/draft-1.txt", DRAFTS])
    assert (found["code"], "lies in" in found["message"]) == ("invalid_argument", True)


@pytest.mark.parametrize("tool", ["delete_items", "recover_items"])
def test_lists_are_bounded_in_bytes(files: Files, tool: str) -> None:
    paths = [f"/My Files/{number:03}{'x' * 200}" for number in range(100)]
    found = files.bad(tool, paths=paths)
    assert (found["code"], "several calls" in found["message"]) == ("invalid_argument", True)


@pytest.mark.parametrize("tool", ["delete_items", "recover_items"])
def test_the_root_is_no_item(files: Files, tool: str) -> None:
    assert files.bad(tool, paths=["/"])["code"] == "invalid_argument"
    assert files.written() == []


def test_what_is_in_use_again_is_not_recovered(files: Files) -> None:
    old = f"{DOCS}/old-plan.txt"
    files.good("upload_from_content", filepath=old, content="new")
    assert files.bad("recover_items", paths=[old])["code"] == "conflict"
    found = files.good("recover_items", paths=[old, f"{DOCS}/Old Drafts"])
    assert (found["state"], outcomes(found)) == (
        "partly_completed",
        {f"{DOCS}/Old Drafts": "done", old: "in_the_way"},
    )


def test_what_was_never_there_does_not_keep_the_rest_from_being_recovered(files: Files) -> None:
    found = files.good("recover_items", paths=[NONE, f"{DOCS}/old-plan.txt"])
    assert outcomes(found) == {f"{DOCS}/old-plan.txt": "done", NONE: "not_done"}
    assert files.bad("recover_items", paths=[NONE])["code"] == "not_found"


@pytest.mark.parametrize("outcome", ["stopped", "failed", "completed with warnings"])
@pytest.mark.parametrize(("tool", "path"), [("delete_items", PLAN), ("recover_items", f"{DOCS}/old-plan.txt")])
def test_work_that_ended_early_is_never_told_as_done(files: Files, tool: str, path: str, outcome: str) -> None:
    files.portal.control(task=outcome)
    assert files.bad(tool, paths=[path])["code"] == "portal_unavailable"
