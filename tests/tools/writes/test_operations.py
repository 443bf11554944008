"""Background work that takes longer than a call waits: a handle goes on with it, progress is told on the way."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.protocol.from_outside import wait_for_workers
from tests.protocol.wire import JSON, Wire
from tests.simulators.editor import Editor, start_editor
from tests.simulators.stack import RunningStack, free_port, start_server
from tests.tools.writes.files import DOCS, PLAN, Files, outcomes
from tests.tools.writes.streams import with_progress

EMPTY, NOTES, NONE = "/My Files/Empty", f"{DOCS}/notes.md", f"{DOCS}/none.txt"
GATE = "task:copy|task:move|task:delete|task:recover"
"""Holds the work itself; whoever looks at it gets an answer."""


@pytest.fixture
def editor(stack: RunningStack) -> Iterator[Editor]:
    """Edits the policy from outside."""
    with start_editor(stack.environment) as editing:
        yield editing


def begun(files: Files, tool: str = "delete_items", **arguments: object) -> JSON:
    """An operation that the portal holds back, as its call answered."""
    files.portal.control(hold=GATE)
    found = files.good(tool, **(arguments or {"paths": [PLAN, NONE]}))
    assert found["state"] == "running"
    return found


def finished(files: Files, handle: str) -> JSON:
    """The operation's end."""
    deadline = time.monotonic() + 10
    while (found := files.good("get_operation", handle=handle))["state"] == "running":
        assert time.monotonic() < deadline
    return found


def test_a_call_answers_in_time_with_a_handle_that_goes_on(both: Files) -> None:
    started = time.monotonic()
    found = begun(both)
    assert 1.9 < time.monotonic() - started < 15
    assert outcomes(found) == {PLAN: "pending", NONE: "absent"}
    again = both.good("get_operation", handle=found["handle"])
    assert (again["state"], again["handle"]) == ("running", found["handle"])
    assert "plan.txt" in both.names(DOCS)
    both.portal.control(release=GATE)
    ended = finished(both, found["handle"])
    assert (ended["state"], ended["operation"], ended["handle"]) == ("partly_completed", "delete", None)
    assert outcomes(ended) == {PLAN: "done", NONE: "absent"}
    assert both.written() == ["delete"]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("copy_item", {"source": PLAN, "destination": EMPTY}),
        ("move_item", {"source": PLAN, "destination": EMPTY}),
        ("rename_item", {"path": PLAN, "new_name": "x.txt"}),
        ("delete_items", {"paths": [PLAN]}),
        ("recover_items", {"paths": [f"{DOCS}/old-plan.txt"]}),
    ],
)
def test_each_kind_is_gone_on_with(files: Files, tool: str, arguments: dict[str, object]) -> None:
    found = begun(files, tool, **arguments)
    files.portal.control(release=GATE)
    ended = finished(files, found["handle"])
    assert (ended["state"], ended["items"][0]["outcome"]) == ("completed", "done")
    assert ended["items"][0]["new_path"] == found["items"][0]["new_path"]


@pytest.mark.trap("3.6/how-tasks-are-asked")
def test_an_administrator_goes_on_in_the_team_portal_without_naming_it(files: Files) -> None:
    files.place = {"portal": "hq", "tenant": "acme"}
    path = "/Users/Alice Acme/My Files/Docs/plan.txt"
    handle = begun(files, paths=[path])["handle"]
    files.portal.control(release=GATE)
    files.place = {}
    ended = finished(files, handle)
    assert (ended["portal"], ended["tenant"], outcomes(ended)) == ("hq", "acme", {path: "done"})


def test_a_failure_is_told_with_its_reason_and_is_no_error_of_asking(files: Files) -> None:
    found = begun(files, "rename_item", path=PLAN, new_name="notes.md")
    files.portal.control(release=GATE)
    ended = finished(files, found["handle"])
    assert (ended["state"], outcomes(ended)) == ("failed", {PLAN: "not_done"})
    assert "already an item" in ended["message"]


@pytest.mark.parametrize("wrong", ["", "x", "gAAAAA", "é"])
def test_what_is_no_handle_is_refused(files: Files, wrong: str) -> None:
    assert files.bad("get_operation", handle=wrong)["code"] == "invalid_argument"


def test_a_handle_is_of_one_caller_and_one_place(files: Files) -> None:
    handle = begun(files)["handle"]
    other = Files(files.wire, files.wire.stack.token("bob", sub="usr_else"))
    assert other.bad("get_operation", handle=handle)["code"] == "invalid_argument"
    assert files.bad("get_operation", handle=handle, portal="hq")["code"] == "invalid_argument"
    assert files.bad("get_operation", handle=handle, tenant="globex")["code"] == "invalid_argument"
    assert files.bad("get_operation", handle=handle[:-9] + "AAAAAAAA=")["code"] == "invalid_argument"
    assert files.good("get_operation", handle=handle, portal="acme-files", tenant="acme")["state"] == "running"
    cursor = files.good("list_dir", path="/My Files/Many", limit=1)["next_cursor"]
    assert files.bad("get_operation", handle=cursor)["code"] == "invalid_argument"


@pytest.mark.parametrize("tools", [["ctera_portal_delete_items"], ["ctera_portal_get_operation"], ["*"]], ids=str)
def test_policy_of_the_moment_decides_on_the_places_of_the_operation(
    files: Files, editor: Editor, tools: list[str]
) -> None:
    handle = begun(files, paths=[NOTES])["handle"]
    editor.policy("closed meanwhile", effect="deny", tools=tools, paths=[f"{DOCS}/notes.md"])
    try:
        wait_for_workers(files.wire.stack, 1)
        assert files.bad("get_operation", handle=handle)["code"] == "policy_denied"
        assert files.events("get_operation", 1)[0]["paths"] == [NOTES]
    finally:
        editor.remove("closed meanwhile")


@pytest.mark.trap("3.6/task-of-another")
def test_what_the_portal_no_longer_knows_is_told(files: Files) -> None:
    handle = begun(files)["handle"]
    files.portal.reset()
    found = files.bad("get_operation", handle=handle)
    assert (found["code"], "no longer knows" in found["message"]) == ("not_found", True)


@pytest.mark.trap("3.6/wait-without-end")
@pytest.mark.parametrize(
    "fault",
    [{"kind": "status", "status": 503}, {"kind": "garbage"}, {"kind": "drop_before"}, {"kind": "html"}],
    ids=str,
)
def test_a_look_that_fails_says_nothing_about_the_work(files: Files, fault: dict[str, object]) -> None:
    files.portal.control(fault={"match": "task", "times": 100, **fault})
    found = files.good("delete_items", paths=[PLAN])
    assert found["state"] == "running"
    files.portal.control(clear=True)
    assert outcomes(finished(files, found["handle"])) == {PLAN: "done"}
    assert files.written() == ["delete"]


def test_a_look_without_an_answer_does_not_make_the_call_wait_longer(files: Files) -> None:
    files.portal.control(hold="task")
    started = time.monotonic()
    found = files.good("delete_items", paths=[PLAN])
    assert (found["state"], time.monotonic() - started < 15) == ("running", True)
    files.portal.control(release="task")
    assert outcomes(finished(files, found["handle"])) == {PLAN: "done"}


def test_a_session_that_ends_meanwhile_is_opened_again(both: Files) -> None:
    found = begun(both)
    both.portal.control(expire="all", release=GATE)
    assert outcomes(finished(both, found["handle"])) == {PLAN: "done", NONE: "absent"}
    assert both.written() == ["delete"]


def test_progress_is_told_to_those_who_asked(both: Files) -> None:
    both.portal.control(pace=True)
    paths = [f"{DOCS}/Drafts/draft-{number}.txt" for number in (1, 2, 3)]
    told, found = with_progress(both, "delete_items", paths=paths)
    assert found["state"] == "completed"
    steps = [one["progress"] for one in told]
    assert steps == sorted(set(steps)), "each is further than the last"
    assert {one["progressToken"] for one in told} == {"here"}
    assert (steps[-1], told[-1]["total"]) == (3, 3)


def test_the_answer_is_the_same_without_progress(both: Files) -> None:
    told, found = with_progress(both, "copy_item", source=PLAN, destination=EMPTY)
    assert (found["state"], len(told) <= 1) == ("completed", True)


def test_an_operation_is_gone_on_with_by_any_worker(files: Files, stack: RunningStack, tmp_path: Path) -> None:
    handle = begun(files)["handle"]
    port = free_port()
    there = {**stack.environment, "PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}"}
    with start_server(there, tmp_path), Wire(replace(stack, port=port), "2026-07-28") as wire:
        other = Files(wire, files.token)
        assert other.good("get_operation", handle=handle)["state"] == "running"
        files.portal.control(release=GATE)
        assert outcomes(finished(other, handle)) == {PLAN: "done", NONE: "absent"}


def test_asking_about_an_operation_leaves_no_intent(files: Files, stack: RunningStack) -> None:
    handle = begun(files)["handle"]
    files.good("get_operation", handle=handle)
    assert [event["kind"] for event in files.events("get_operation", 1)] == ["call"]
    with Wire(stack, "2026-07-28") as wire:
        assert "ctera_portal_get_operation" not in wire.list(stack.token("alice"))
