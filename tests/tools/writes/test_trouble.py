"""Trouble with the portal during a change: a code that says whether it may have happened, and never a second try."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
import yaml

from tests.protocol.wire import JSON, Wire
from tests.simulators.stack import RunningStack, portals_of
from tests.tools.writes.files import DOCS, PLAN, Files, outcomes

EMPTY = "/My Files/Empty"
CALLS: dict[str, tuple[str, JSON]] = {
    # the tool, what the portal calls its request, arguments
    "create_directory": ("mkdir", {"path": f"{DOCS}/New"}),
    "makedirs": ("mkdir", {"path": f"{DOCS}/New"}),
    "upload_from_content": ("upload", {"filepath": f"{DOCS}/new.txt", "content": "x"}),
    "copy_item": ("copy", {"source": PLAN, "destination": EMPTY}),
    "move_item": ("move", {"source": PLAN, "destination": EMPTY}),
    "rename_item": ("move", {"path": PLAN, "new_name": "new.txt"}),
    "delete_items": ("delete", {"paths": [PLAN]}),
    "recover_items": ("recover", {"paths": [f"{DOCS}/old-plan.txt"]}),
    "create_public_link": ("link", {"path": PLAN}),
}
LOOKING = [tool for tool in CALLS if tool in {"makedirs", "upload_from_content", "delete_items", "recover_items"}]


@pytest.fixture(scope="module")
def hasty(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A profile that waits only two seconds for the portal."""
    times = {"connect_timeout": 2.0, "read_timeout": 2.0, "total_timeout": 2.0}
    profile = {**portals_of(stack.portal)[1], "name": "hasty", **times}
    file = tmp_path_factory.mktemp("hasty") / "hasty.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "portals": [profile]}))
    stack.manage("import_config", str(file))
    with Wire(stack, "2026-07-28") as wire:
        deadline = time.monotonic() + 30
        while wire.result("list_dir", stack.token("bob"), path="/", portal="hasty")["isError"]:
            assert time.monotonic() < deadline


def warmed(files: Files) -> Files:
    """With a session open, so that trouble meets the change and not the login."""
    files.good("list_dir", path="/")
    return files


def warmed_in_time(files: Files) -> None:
    """The same where time is short: repeated until it is."""
    deadline = time.monotonic() + 30
    while files.wire.result("list_dir", files.token, path="/", **files.place)["isError"]:
        assert time.monotonic() < deadline


@pytest.mark.parametrize("tool", CALLS)
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "status", "status": 400}, "portal_unavailable"),
        ({"kind": "status", "status": 403}, "portal_denied"),
        ({"kind": "status", "status": 404}, "not_found"),
        ({"kind": "status", "status": 409}, "portal_unavailable"),
        ({"kind": "status", "status": 429}, "portal_unavailable"),
        ({"kind": "status", "status": 503}, "portal_unavailable"),
        ({"kind": "status", "status": 507}, "portal_unavailable"),
        ({"kind": "status", "status": 500}, "outcome_unknown"),
        ({"kind": "status", "status": 502}, "outcome_unknown"),
        ({"kind": "garbage"}, "outcome_unknown"),
        ({"kind": "html"}, "outcome_unknown"),
        ({"kind": "drop_before"}, "outcome_unknown"),
        ({"kind": "drop_after"}, "outcome_unknown"),
        ({"kind": "truncate"}, "outcome_unknown"),
    ],
    ids=lambda value: "-".join(str(part) for part in value.values()) if isinstance(value, dict) else "",
)
def test_trouble_at_the_change_is_a_code_and_it_is_not_asked_twice(
    files: Files, tool: str, fault: dict[str, Any], code: str
) -> None:
    request, arguments = CALLS[tool]
    warmed(files)
    files.portal.control(fault={"match": request, "times": 1, **fault})
    assert files.bad(tool, **arguments)["code"] == code
    assert files.written() == [request]


@pytest.mark.trap("3.2/no-answer-is-no-ok")
@pytest.mark.parametrize("body", ["<html><body>Sorry</body></html>", "<obj />", "<val>Perhaps</val>", "no"])
@pytest.mark.parametrize("tool", [tool for tool in CALLS if tool != "upload_from_content"])
def test_an_answer_that_is_none_is_never_taken_for_done(files: Files, tool: str, body: str) -> None:
    request, arguments = CALLS[tool]
    warmed(files)
    files.portal.control(fault={"match": request, "kind": "reply", "body": body})
    assert files.bad(tool, **arguments)["code"] in {"outcome_unknown", "portal_unavailable"}
    assert files.written() == [request]


@pytest.mark.parametrize("tool", CALLS)
@pytest.mark.usefixtures("hasty")
def test_no_answer_in_time_is_told_as_unknown(files: Files, tool: str) -> None:
    request, arguments = CALLS[tool]
    files.place = {"portal": "hasty"}
    warmed_in_time(files)
    files.portal.control(fault={"match": request, "kind": "delay", "seconds": 10})
    assert files.bad(tool, **arguments)["code"] == "outcome_unknown"
    assert files.written() == [request]


@pytest.mark.parametrize("tool", LOOKING)
@pytest.mark.usefixtures("hasty")
def test_no_answer_before_the_change_is_told_as_a_timeout(files: Files, tool: str) -> None:
    files.place = {"portal": "hasty"}
    warmed_in_time(files)
    files.portal.control(fault={"match": "stat", "kind": "delay", "seconds": 10, "times": 9})
    assert files.bad(tool, **CALLS[tool][1])["code"] == "timeout"
    assert files.written() == []


@pytest.mark.parametrize("tool", CALLS)
def test_what_never_left_is_told_as_such(files: Files, tool: str) -> None:
    files.portal.control(fault={"match": "login", "kind": "drop_before", "times": 9})
    warm = files.bad("list_dir", path="/")
    assert warm["code"] == "portal_unavailable"
    assert files.bad(tool, **CALLS[tool][1])["code"] == "portal_unavailable"
    assert files.written() == []


@pytest.mark.parametrize("tool", CALLS)
def test_a_session_that_ended_is_opened_again_and_the_change_is_made_once(both: Files, tool: str) -> None:
    request, arguments = CALLS[tool]
    warmed(both).portal.control(expire="all")
    both.good(tool, **arguments)
    assert both.written() == [request]


@pytest.mark.parametrize("tool", LOOKING)
def test_a_session_that_ends_between_looking_and_changing_is_opened_again(files: Files, tool: str) -> None:
    request, arguments = CALLS[tool]
    warmed(files).portal.control(fault={"match": request, "kind": "redirect", "status": 302, "body": LOGIN})
    files.good(tool, **arguments)
    assert files.written() == [request]


LOGIN = "/ServicesPortal/login.html"


def test_folders_made_before_the_trouble_are_found_by_the_next_call(files: Files) -> None:
    warmed(files)
    files.portal.control(hold="mkdir")
    answers: list[JSON] = []
    calling = threading.Thread(target=lambda: answers.append(files.bad("makedirs", path=f"{DOCS}/a/b/c")))
    calling.start()
    files.portal.wait_held("mkdir")
    files.portal.control(fault={"match": "mkdir", "kind": "status", "status": 503, "times": 1}, release="mkdir")
    calling.join(20)
    assert answers[0]["code"] == "portal_unavailable"
    assert files.good("makedirs", path=f"{DOCS}/a/b/c")["created"][-1] == f"{DOCS}/a/b/c"


def test_a_caller_who_leaves_does_not_stop_the_work_and_leaves_evidence(files: Files) -> None:
    """Without a stream the call runs to its end."""
    warmed(files)
    files.portal.control(hold="delete")
    leaving = Wire(files.wire.stack, "2026-07-28")
    leaving._client.timeout = 0.5
    with pytest.raises(Exception, match="timed out"):
        leaving.call("delete_items", files.token, **files.place, paths=[PLAN])
    files.portal.wait_held("delete")
    files.portal.control(release="delete")
    deadline = time.monotonic() + 10
    while [event["kind"] for event in files.events("delete_items", 2)] != ["call", "intent"]:
        assert time.monotonic() < deadline
    assert files.events("delete_items", 1)[0]["outcome"] == "ok"
    assert outcomes(files.good("recover_items", paths=[PLAN])) == {PLAN: "done"}


@pytest.mark.trap("3.6/leaving-stops-nothing")
@pytest.mark.parametrize("version", ["2026-07-28", "2025-11-25"])
def test_a_caller_who_leaves_a_stream_stops_waiting_and_leaves_evidence(files: Files, version: str) -> None:
    warmed(files)
    files.portal.control(hold="task:delete")
    with Wire(files.wire.stack, version) as leaving:
        params: JSON = {"name": "ctera_portal_delete_items", "arguments": {**files.place, "paths": [PLAN]}}
        message = leaving.message("tools/call", params)
        message["params"].setdefault("_meta", {})["progressToken"] = 1
        with leaving._client.stream(
            "POST",
            leaving.stack.url,
            json=message,
            headers=leaving.headers("tools/call", params["name"], files.token),
        ) as answer:
            assert answer.status_code == 200
            next(answer.iter_raw())
    deadline = time.monotonic() + 10
    while [event["kind"] for event in files.events("delete_items", 2)] != ["call", "intent"]:
        assert time.monotonic() < deadline
    assert files.events("delete_items", 1)[0]["outcome"] == "unknown"
    assert "plan.txt" in files.names(DOCS)
    files.portal.control(release="task:delete")
    while "plan.txt" in files.names(DOCS):
        assert time.monotonic() < deadline + 10, "the portal goes on without the caller"
    assert files.written() == ["delete"]


def test_no_trouble_was_unforeseen(stack: RunningStack) -> None:
    assert "Traceback" not in stack.log_file.read_text()
