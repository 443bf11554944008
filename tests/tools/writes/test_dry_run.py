"""A dry run says what would happen and changes nothing; it is decided and recorded like the call itself."""

from __future__ import annotations

import pytest

from tests.protocol.wire import JSON
from tests.tools.writes.files import DOCS, PLAN, Files, outcomes
from tools.catalogue import CATALOGUE

EMPTY, NONE = "/My Files/Empty", f"{DOCS}/none.txt"
REHEARSABLE: list[tuple[str, JSON]] = [
    ("copy_item", {"source": PLAN, "destination": EMPTY}),
    ("move_item", {"source": PLAN, "destination": EMPTY}),
    ("rename_item", {"path": PLAN, "new_name": "x.txt"}),
    ("delete_items", {"paths": [PLAN]}),
    ("recover_items", {"paths": [f"{DOCS}/old-plan.txt"]}),
    ("upload_from_content", {"filepath": PLAN, "content": "x", "overwrite": True}),
]


def test_every_destructive_tool_can_be_rehearsed() -> None:
    able = {name for name, spec in CATALOGUE.items() if "dry_run" in spec.input_schema["properties"]}
    destructive = {name for name, spec in CATALOGUE.items() if spec.destructive}
    assert destructive <= able
    assert able == {f"ctera_portal_{tool}" for tool, _ in REHEARSABLE}


@pytest.mark.parametrize(("tool", "arguments"), REHEARSABLE)
def test_nothing_changes_and_the_evidence_says_so(both: Files, tool: str, arguments: JSON) -> None:
    before = both.names(DOCS, include_deleted=True)
    told = both.good(tool, **arguments, dry_run=True)
    assert told["dry_run"] if tool == "upload_from_content" else told["state"] == "dry_run"
    assert both.written() == []
    assert both.names(DOCS, include_deleted=True) == before
    event = both.events(tool, 1)[0]
    assert (event["kind"], event["outcome"], event["code"]) == ("call", "dry_run", "")
    both.good(tool, **arguments)
    assert len(both.written()) == 1
    assert [event["kind"] for event in both.events(tool, 2)] == ["call", "intent"]


def test_folders_are_told_with_all_that_is_in_them(files: Files) -> None:
    none = "/My Files/None"
    told = files.good("delete_items", paths=[DOCS, "/My Files/Many", none], dry_run=True)
    assert outcomes(told) == {DOCS: "would_change", "/My Files/Many": "would_change", none: "absent"}
    docs, many, _ = told["items"]
    assert (docs["type"], docs["inside"], docs["size"], docs["counted_all"]) == ("folder", 8, 103_351, True)
    assert (many["inside"], many["counted_all"]) == (250, True)
    assert "2 items with 258 entries inside" in told["message"]


def test_counting_is_bounded_and_says_so(files: Files) -> None:
    told = files.good("delete_items", paths=["/My Files/Huge"], dry_run=True)
    assert (told["items"][0]["counted_all"], told["items"][0]["inside"]) == (False, 4000)
    assert "at least 4000 entries" in told["message"]
    listed = [entry for entry in files.portal.log() if entry["name"] == "list"]
    assert len(listed) <= 20


def test_files_are_told_with_their_size(files: Files) -> None:
    told = files.good("move_item", source=PLAN, destination=EMPTY, dry_run=True)
    assert told["items"] == [
        {
            "path": PLAN,
            "new_path": f"{EMPTY}/plan.txt",
            "outcome": "would_change",
            "type": "file",
            "size": 27,
            "inside": None,
            "counted_all": True,
        }
    ]


def test_what_would_be_replaced_is_told(files: Files) -> None:
    files.good("upload_from_content", filepath=f"{EMPTY}/plan.txt", content="four")
    told = files.good("copy_item", source=PLAN, destination=EMPTY, overwrite=True, dry_run=True)
    assert "(4 bytes) would be replaced" in told["message"]
    stored = files.good("upload_from_content", filepath=PLAN, content="x", overwrite=True, dry_run=True)
    assert (stored["replaced"], stored["replaced_size"]) == (True, 27)


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("copy_item", {"source": NONE, "destination": EMPTY}, "not_found"),
        ("copy_item", {"source": PLAN, "destination": "/My Files/None"}, "not_found"),
        ("move_item", {"source": PLAN, "destination": f"{DOCS}/notes.md"}, "invalid_argument"),
        ("rename_item", {"path": PLAN, "new_name": "notes.md"}, "conflict"),
        ("rename_item", {"path": NONE, "new_name": "x"}, "not_found"),
        ("delete_items", {"paths": [NONE]}, "not_found"),
        ("upload_from_content", {"filepath": PLAN, "content": "x"}, "conflict"),
    ],
)
def test_a_dry_run_fails_where_the_call_would(files: Files, tool: str, arguments: JSON, code: str) -> None:
    assert files.bad(tool, **arguments, dry_run=True)["code"] == code
    assert files.written() == []


def test_what_is_not_there_to_recover_is_told(files: Files) -> None:
    paths = [f"{DOCS}/old-plan.txt", f"{DOCS}/Old Drafts", NONE, PLAN]
    told = files.good("recover_items", paths=paths, dry_run=True)
    assert outcomes(told) == dict(zip(paths, ["would_change", "would_change", "absent", "in_the_way"], strict=True))
    assert {item["path"]: item["type"] for item in told["items"]}[f"{DOCS}/Old Drafts"] == "folder"


def test_a_rename_to_other_capitals_is_no_conflict_with_itself(files: Files) -> None:
    told = files.good("rename_item", path="/My Files/Docs", new_name="DOCS", dry_run=True)
    assert told["state"] == "dry_run"


def test_whoever_may_not_write_may_not_rehearse(both: Files) -> None:
    alice = both.wire.stack.token("alice")
    for tool, arguments in REHEARSABLE:
        answer = both.wire.call(tool, alice, **arguments, dry_run=True)
        assert (answer.status_code, "insufficient_scope" in answer.headers["www-authenticate"]) == (403, True)
