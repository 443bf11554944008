"""A change that nobody knows the end of says how to find out, and evidence says that it is unknown."""

from __future__ import annotations

import pytest

from tests.protocol.wire import JSON
from tests.simulators.stack import RunningStack
from tests.tools.writes.files import DOCS, PLAN, Files, latest
from tests.tools.writes.test_trouble import CALLS, EMPTY, warmed

SEEN: dict[str, tuple[str, str, bool]] = {
    # the tool, the folder to list, a name, and whether it is there if the change was made
    "create_directory": (DOCS, "New", True),
    "upload_from_content": (DOCS, "new.txt", True),
    "copy_item": (EMPTY, "plan.txt", True),
    "move_item": (EMPTY, "plan.txt", True),
    "rename_item": (DOCS, "new.txt", True),
    "delete_items": (DOCS, "plan.txt", False),
    "recover_items": (DOCS, "old-plan.txt", True),
}


@pytest.mark.trap("7.14/write-without-an-answer")
@pytest.mark.parametrize("tool", SEEN)
@pytest.mark.parametrize("fault", ["drop_before", "drop_after"])
def test_the_way_to_find_out_leads_to_the_truth(files: Files, tool: str, fault: str) -> None:
    request, arguments = CALLS[tool]
    folder, name, made = SEEN[tool]
    warmed(files).portal.control(fault={"match": request, "kind": fault})
    found = files.bad(tool, **arguments)
    assert found["code"] == "outcome_unknown"
    assert f"List '{folder}' with ctera_portal_list_dir" in found["message"]
    assert f"'{name}' is {'there' if made else 'gone'}" in found["message"]
    happened = fault == "drop_after"
    assert (name in files.names(folder)) == (made == happened)


def test_folders_are_simply_made_again(files: Files) -> None:
    warmed(files).portal.control(fault={"match": "mkdir", "kind": "drop_after"})
    assert "may be made again" in files.bad("makedirs", path=f"{DOCS}/a/b")["message"]
    assert files.good("makedirs", path=f"{DOCS}/a/b")["created"] == [f"{DOCS}/a/b"]


def test_of_a_link_the_user_is_told(files: Files) -> None:
    warmed(files).portal.control(fault={"match": "link", "kind": "drop_after"})
    assert "may exist that nobody has seen" in files.bad("create_public_link", path=PLAN)["message"]


def test_evidence_says_unknown_of_each_of_them(files: Files, stack: RunningStack) -> None:
    decisions: dict[str, JSON] = {}
    for tool, (request, arguments) in CALLS.items():
        files.portal.reset()
        warmed(files).portal.control(fault={"match": request, "kind": "drop_after"})
        decisions[tool] = files.bad(tool, **arguments)["decision"]
    events = latest(stack, [f"ctera_portal_{tool}" for tool in CALLS], 2)
    for tool, decision in decisions.items():
        told, intent = events[f"ctera_portal_{tool}"]
        assert (told["kind"], told["outcome"], told["code"]) == ("call", "unknown", "outcome_unknown"), tool
        assert (intent["kind"], intent["decision"], told["decision"]) == ("intent", decision, decision)


def test_evidence_says_what_was_only_begun_or_done_in_part(files: Files, stack: RunningStack) -> None:
    files.good("delete_items", paths=[PLAN, f"{DOCS}/none"])
    files.portal.control(hold="task:copy")
    handle = files.good("copy_item", source=f"{DOCS}/notes.md", destination=EMPTY)["handle"]
    files.portal.control(release="task:copy")
    files.good("get_operation", handle=handle)
    tools = [f"ctera_portal_{tool}" for tool in ("delete_items", "copy_item", "get_operation")]
    found = {tool: events[0]["outcome"] for tool, events in latest(stack, tools, 1).items()}
    assert list(found.values()) == ["partly", "begun", "ok"]


@pytest.mark.trap("3.6/task-of-another")
def test_work_whose_end_the_portal_does_not_tell_is_unknown(files: Files) -> None:
    warmed(files).portal.control(fault={"match": "task", "kind": "status", "status": 404, "times": 9})
    found = files.bad("move_item", source=PLAN, destination=EMPTY)
    assert (found["code"], f"List '{EMPTY}'" in found["message"]) == ("outcome_unknown", True)
    assert files.names(EMPTY) == {"plan.txt"}
