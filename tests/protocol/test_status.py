"""What the first page is made of comes from running workers: they report, they are missed, and they tell of clients."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.protocol.databases import BOTH_AT_LENGTH, out_of_reach, two_workers
from tests.protocol.evidence import query
from tests.protocol.processes import workers
from tests.protocol.wire import MODERN, Wire
from tests.simulators.editor import Editor
from tests.simulators.stack import RunningStack, free_port, start_server

pytestmark = pytest.mark.timeout(300)
OLDER = "2025-11-25"
READ = "ctera_portal_read_file"


@pytest.fixture(scope="module", params=BOTH_AT_LENGTH)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Two workers on a database of their own."""
    with two_workers(request.param, tmp_path_factory.mktemp("status")) as running:
        yield running


def status(stack: RunningStack) -> dict[str, Any]:
    done = stack.manage("show_status", "--json", check=False)
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if found["well"] else 1), done.stderr
    return found


def until(stack: RunningStack, arrived: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
    """The first status of which something is true."""
    deadline = time.monotonic() + seconds
    while not arrived(found := status(stack)):
        assert time.monotonic() < deadline, json.dumps(found, indent=1)
    return found


def serving(found: dict[str, Any]) -> list[dict[str, Any]]:
    """The workers that live; one of these tests leaves a dead one."""
    return [each for each in found["workers"] if each["state"] != "gone"]


def states(found: dict[str, Any]) -> dict[int, str]:
    return {each["pid"]: each["state"] for each in found["workers"]}


def client(found: dict[str, Any], subject: str) -> dict[str, Any]:
    return next((each for each in found["clients"] if each["subject"] == subject), {})


def test_every_worker_reports_and_all_is_well(stack: RunningStack) -> None:
    pids = workers(stack.server.pid)
    found = until(
        stack, lambda found: {each["pid"]: each["state"] for each in serving(found)} == dict.fromkeys(pids, "current")
    )
    assert {each["revision"] for each in serving(found)} == {found["revision"]}


def test_an_edit_is_told_by_every_worker_long_before_its_next_report_is_due(
    stack: RunningStack, editor: Editor
) -> None:
    before = status(stack)["revision"]
    editor.policy("Told", scopes=["ctera:read"], tools=[READ])
    found = until(stack, lambda found: all(each["revision"] > before for each in serving(found)), 20)
    assert found["revision"] > before
    editor.remove("Told")


@pytest.mark.parametrize("version", [MODERN, OLDER])
def test_a_client_appears_with_the_name_it_gives_itself_and_the_list_it_was_given(
    stack: RunningStack, version: str
) -> None:
    subject = f"usr_{version}"
    token = stack.token("alice", sub=subject)
    with Wire(stack, version) as wire:
        if version == OLDER:
            info = {"name": "Careful\u202e client", "version": "3.1"}
            params = {"protocolVersion": version, "capabilities": {}, "clientInfo": info}
            assert wire.send("initialize", params, token=token).status_code == 200
        tools = wire.list(token)
    seen = client(until(stack, lambda found: client(found, subject).get("list") == "current"), subject)
    told = {MODERN: ("wire", "1"), OLDER: ("Careful client", "3.1")}
    assert (seen["name"], seen["version"], seen["protocol"]) == (*told[version], version)
    assert seen["list_tools"] == len(tools)


def test_who_only_calls_is_seen_without_a_list(stack: RunningStack) -> None:
    token = stack.token("alice", sub="usr_caller")
    with Wire(stack, OLDER) as wire:
        assert wire.call("list_portals", token).status_code == 200
    seen = client(until(stack, lambda found: bool(client(found, "usr_caller"))), "usr_caller")
    assert (seen["name"], seen["list"], seen["list_at"]) == ("", "none fetched", None)


def test_a_list_is_stale_when_its_holder_would_get_another_and_not_when_others_would(
    stack: RunningStack, editor: Editor
) -> None:
    changed, same = stack.token("alice", sub="usr_changed"), stack.token("alice", sub="usr_same")
    with Wire(stack, MODERN) as wire:
        assert READ in wire.list(changed)
        wire.list(same)
        given = until(stack, lambda found: bool(client(found, "usr_changed") and client(found, "usr_same")))
        editor.policy("Closes", effect="deny", scopes=[], subjects=["usr_changed"], tools=[READ])
        found = until(stack, lambda found: client(found, "usr_changed")["list"] == "stale")
        assert client(found, "usr_same")["list"] == "current"
        assert client(found, "usr_same")["list_revision"] == client(given, "usr_same")["list_revision"]
        assert READ not in wire.list(changed)
    until(stack, lambda found: client(found, "usr_changed")["list"] == "current")
    editor.remove("Closes")


def test_two_hundred_names_of_a_hostile_client_fill_nothing(stack: RunningStack) -> None:
    token = stack.token("alice", sub="usr_hostile")
    with Wire(stack, OLDER) as wire:
        for number in range(200):
            info = {"name": f"{number}\x00\n<b>" + "x" * 5000, "version": ["not", "text"]}
            params = {"protocolVersion": OLDER, "capabilities": {}, "clientInfo": info}
            wire.send("initialize", params, token=token)
    until(stack, lambda found: bool(client(found, "usr_hostile")))
    rows = query(stack, "SELECT name, version FROM oauth_seenclient WHERE subject = 'usr_hostile'")
    assert len(rows) == 1
    [(name, version)] = rows
    assert len(name) == 100
    assert name.isprintable()
    assert version == ""


def test_a_worker_that_ends_in_good_order_leaves_no_report(stack: RunningStack) -> None:
    port = free_port()
    more = {"PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}", "WORKERS": "1"}
    directory = stack.log_file.parent / "other"
    directory.mkdir()
    stayed: set[int] = set()
    while True:  # the last words have two seconds, which a busy machine may need for less
        with start_server(stack.environment | more, directory) as (process, _):
            found = until(stack, lambda found: process.pid in states(found))
            alive = {each["pid"] for each in serving(found)} - stayed
            assert alive == {*workers(stack.server.pid), process.pid}
        if process.pid not in states(status(stack)):
            break
        assert not stayed, "the reports of two servers stayed"
        stayed.add(process.pid)


def test_without_the_database_reports_are_skipped_said_once_and_go_on_by_themselves(stack: RunningStack) -> None:
    reported = max(each["seen"] for each in serving(status(stack)))
    before = len(stack.log_file.read_text())

    def told() -> int:
        return stack.log_file.read_text()[before:].count("cannot report to the database")

    with out_of_reach(stack.environment["DATABASE_URL"]):
        deadline = time.monotonic() + 30
        while told() < 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)  # between two looks at the log
    until(stack, lambda found: min(each["seen"] for each in serving(found)) > reported)
    assert told() == 2  # once for each worker
    with Wire(stack, MODERN) as wire:
        wire.good("list_portals", stack.token("alice"))


def test_a_killed_worker_is_shown_as_gone_beside_the_one_that_took_its_place(stack: RunningStack) -> None:
    begun = workers(stack.server.pid)
    victim = min(begun)
    os.kill(victim, signal.SIGKILL)
    found = until(stack, lambda found: states(found).get(victim) == "gone")
    assert not found["well"]
    assert [f"Worker {victim} on" in each["text"] for each in found["wrong"]] == [True]
    alive = {pid for pid, state in states(found).items() if state == "current"}
    assert alive == workers(stack.server.pid)
    assert len(alive) == 2
