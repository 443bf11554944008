"""An operator's stop reaches every worker within a second, in both eras, and the tool's result says so."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

import pytest

from tests.protocol.from_outside import audit_of, wait_for_workers
from tests.protocol.lateness import Heartbeat
from tests.protocol.wire import JSON, Wire
from tests.simulators.stack import RunningStack, start_stack
from tools.catalogue import CATALOGUE

pytestmark = pytest.mark.timeout(180)
ERAS = ("2026-07-28", "2025-11-25")
HQ_ONLY = """
version: 1
scopes: [{name: "hq:read"}]
policies: [{name: Only hq, effect: allow, scopes: ["hq:read"], toolsets: [read], portals: [hq]}]
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A product of its own with two workers, since these tests stop it."""
    with start_stack(tmp_path_factory.mktemp("suspensions"), WORKERS="2") as running:
        running.manage("import_config", "-", stdin=HQ_ONLY)
        wait_for_workers(running, 2)
        yield running


@pytest.fixture(params=ERAS)
def wire(request: pytest.FixtureRequest, stack: RunningStack) -> Iterator[Wire]:
    """Raw HTTP in both eras."""
    with Wire(stack, request.param) as speaking:
        yield speaking


@contextmanager
def suspended(stack: RunningStack, *what: str) -> Iterator[JSON]:
    """Something is suspended for the time of a block, and every worker knows, at its begin and after its end."""
    row: JSON = json.loads(stack.manage("suspend", *what, "--reason", "laptop lost", "--json").stdout)["suspended"]
    wait_for_workers(stack, 2)
    try:
        yield row
    finally:
        stack.manage("resume", str(row["id"]), check=False)  # it may be over
        wait_for_workers(stack, 2)


def listed(stack: RunningStack, tenant: str) -> int:
    """How many folders the portal was asked for in a Team Portal."""
    return [(entry["tenant"], entry["name"]) for entry in stack.portal.log()].count((tenant, "list"))


def in_both_eras(stack: RunningStack, act: Callable[[Wire], None]) -> None:
    for version in ERAS:
        with Wire(stack, version) as wire:
            act(wire)


CALLERS = {
    "everything": "",
    "client": "cli_lost",
    "subject": "usr_alice",
    "organization": "org_acme",
    "session": "ses_lost",
    "token": "tkn_lost",
}


@pytest.mark.attack(40)
@pytest.mark.parametrize("level", CALLERS)
def test_a_suspended_caller_is_told_so_in_the_result_and_sees_no_tool(stack: RunningStack, level: str) -> None:
    alice = stack.token("alice", client_id="cli_lost", sid="ses_lost", jti="tkn_lost")
    others = {"organization": {"oid": "org_else"}, "subject": {"sub": "usr_else"}}
    bob = stack.token("bob", **others.get(level, {}))

    def goes_on(wire: Wire) -> None:
        assert wire.good("list_portals", alice)

    def stopped(wire: Wire) -> None:
        for tool, arguments in (("who_am_i", {}), ("list_portals", {}), ("list_dir", {"path": "/"})):
            found = wire.bad(tool, alice, **arguments)
            assert (found["code"], found["reason"]) == ("suspended", "suspended")
        assert found["suspended_until"] is None
        assert found["message"].startswith("An operator has suspended ")
        assert "No end is set: do not retry" in found["message"]
        assert "laptop" not in json.dumps(found)
        assert wire.bad("browse_team_portal", alice, tenant="acme")["code"] == "suspended"  # no scope would help
        assert wire.list(alice) == []
        if level != "everything":
            assert wire.good("list_portals", bob)
            assert wire.list(bob)

    in_both_eras(stack, goes_on)
    with suspended(stack, level, *filter(None, [CALLERS[level]])):
        in_both_eras(stack, stopped)
    in_both_eras(stack, goes_on)


def test_a_suspended_portal_is_named_to_its_users_and_left_out_of_what_is_offered(stack: RunningStack) -> None:
    alice = stack.token("alice")

    def stopped(wire: Wire) -> None:
        for named in ({"portal": "hq"}, {}):  # the default portal, and no other in its place
            found = wire.bad("who_am_i", alice, **named)
            assert found["code"] == "suspended"
            assert "portal 'hq'" in found["message"]
        assert wire.good("who_am_i", alice, portal="acme-files")["tenant"] == "acme"
        assert [portal["name"] for portal in wire.good("list_portals", alice)["portals"]] == ["acme-files"]
        assert "ctera_portal_list_dir" not in wire.list(alice)  # Readers work in global administration alone
        assert wire.bad("list_dir", alice, path="/")["code"] == "suspended"

    with suspended(stack, "portal", "hq"):
        in_both_eras(stack, stopped)


def test_who_may_not_use_a_portal_learns_nothing_of_its_suspension(stack: RunningStack) -> None:
    mallory = stack.token("mallory")
    only_hq = stack.token("alice", scope="hq:read", scopes=["hq:read"])

    def answers(wire: Wire, portal: str) -> list[Any]:
        refused = wire.call("list_dir", mallory, path="/", portal=portal)
        error = refused.json()["error"]
        del error["data"]["decision"]
        elsewhere = wire.bad("list_dir", only_hq, path="/", portal=portal)
        return [refused.status_code, error, elsewhere["code"], elsewhere["message"].replace(portal, "?")]

    def compare(wire: Wire) -> None:
        assert answers(wire, "acme-files")[2:] == answers(wire, "nowhere")[2:]
        assert answers(wire, "acme-files")[2] == "not_found"
        seen.append(answers(wire, "acme-files"))

    seen: list[Any] = []
    in_both_eras(stack, compare)
    with suspended(stack, "portal", "acme-files"):
        in_both_eras(stack, compare)
    assert seen[:2] == seen[2:]
    assert seen[0][0] == 403


def test_a_suspended_tool_is_hidden_and_the_others_go_on(stack: RunningStack) -> None:
    bob = stack.token("bob")

    def stopped(wire: Wire) -> None:
        assert "this tool" in wire.bad("who_am_i", bob)["message"]
        assert "ctera_portal_who_am_i" not in wire.list(bob)
        assert wire.good("list_dir", bob, path="/")

    with suspended(stack, "tool", "who_am_i"):
        in_both_eras(stack, stopped)


def test_without_writes_looking_goes_on(stack: RunningStack) -> None:
    bob = stack.token("bob")
    reading = [name for name, spec in CATALOGUE.items() if spec.read_only]

    def stopped(wire: Wire) -> None:
        assert sorted(wire.list(bob)) == sorted(reading)
        assert wire.good("list_dir", bob, path="/")

    with suspended(stack, "writes"):
        in_both_eras(stack, stopped)


def test_the_evidence_names_the_suspension(wire: Wire) -> None:
    with suspended(wire.stack, "subject", "usr_told") as row:  # of alice's many refusals here some are only counted
        refused = wire.bad("who_am_i", wire.stack.token("alice", sub="usr_told"))
    event = audit_of(wire.stack, refused["decision"])
    assert event == [("call", "denied", "suspended", "suspended", f"suspension {row['id']}", "usr_told")]


def test_the_time_at_which_it_ends_is_told_and_kept(wire: Wire) -> None:
    alice = wire.stack.token("alice")
    with suspended(wire.stack, "subject", "usr_alice", "--until", "12s") as row:
        end = datetime.fromisoformat(row["until"])
        refused = wire.bad("list_portals", alice)
        assert refused["suspended_until"] == row["until"]
        assert f"It ends at {end:%Y-%m-%d %H:%M:%S} UTC" in refused["message"]
        while (asked := time.time()) < end.timestamp() + 5:
            if not wire.result("list_portals", alice)["isError"]:
                break
            assert asked < end.timestamp() + 1
        assert time.time() >= end.timestamp()
        assert wire.list(alice)


def test_a_call_that_waits_for_a_session_is_stopped_before_it_reaches_the_portal(wire: Wire) -> None:
    stack = wire.stack
    tenant = {"2026-07-28": "globex", "2025-11-25": "007"}[wire.version]  # nobody was there before
    bob = stack.token("bob")
    stack.portal.control(hold="login")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(wire.bad, "list_dir", bob, path="/", tenant=tenant)
        stack.portal.wait_held("login")
        with suspended(stack, "subject", "usr_bob"):
            assert not waiting.done()
            stack.portal.control(release="login")
            refused = waiting.result(30)
    assert refused["code"] == "suspended"
    assert listed(stack, tenant) == 0
    assert audit_of(stack, refused["decision"])[0][1:4] == ("denied", "suspended", "suspended")
    assert wire.good("list_dir", bob, path="/", tenant=tenant)
    assert listed(stack, tenant) == 1


def test_what_a_call_was_reading_when_the_stop_came_is_not_handed_out(wire: Wire) -> None:
    stack, bob = wire.stack, wire.stack.token("bob")
    assert wire.good("list_dir", bob, path="/My Files", portal="acme-files")
    stack.portal.control(hold="fetchResources")
    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(wire.bad, "list_dir", bob, path="/My Files", portal="acme-files")
        stack.portal.wait_held("fetchResources")
        with suspended(stack, "portal", "acme-files"):
            stack.portal.control(release="fetchResources")
            refused = reading.result(30)
    assert refused["code"] == "suspended"
    assert "Docs" not in json.dumps(refused)


def test_both_workers_stop_and_go_on_within_a_second(stack: RunningStack, late: Heartbeat) -> None:
    alice = stack.token("alice")
    seen: list[tuple[float, float, bool]] = []  # when it was asked, when it was answered, whether it was refused
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            with Wire(stack, ERAS[0]) as wire:  # a new connection each time, to whichever worker takes it
                asked = time.time()
                refused = wire.result("list_portals", alice)["isError"]
                seen.append((asked, time.time(), refused))

    def until_asked(times: int, moment: float) -> None:
        """Wait until it was asked so often after that moment."""
        deadline = time.monotonic() + 60
        while sum(asked > moment for asked, *_ in seen) < times:
            assert time.monotonic() < deadline
            done.wait(0.05)

    with ThreadPoolExecutor(2) as pool:
        askers = [pool.submit(ask) for _ in range(2)]
        with closing(_Switch(done)):
            until_asked(10, 0)
            stopped = json.loads(stack.manage("suspend", "--reason", "drill", "--json").stdout)["suspended"]
            began = datetime.fromisoformat(stopped["created_at"]).timestamp()
            until_asked(30, began + 1.5 + late.latest)
            resumed = json.loads(stack.manage("resume", "everything", "--json").stdout)["resumed"][0]
            ended = datetime.fromisoformat(resumed["ended_at"]).timestamp()
            until_asked(30, ended + 1.5 + late.latest)
            grace = 1 + late.latest
    for asker in askers:
        asker.result()
    assert [refused for _, answered, refused in seen if answered < began][-5:] == [False] * 5
    stopped_for = [refused for asked, answered, refused in seen if began + grace <= asked and answered < ended]
    assert all(stopped_for)
    assert len(stopped_for) > 20
    after = [refused for asked, _, refused in seen if asked >= ended + grace]
    assert not any(after)
    assert len(after) > 20
    wait_for_workers(stack, 2)


class _Switch:
    def __init__(self, event: threading.Event) -> None:
        self.close = event.set
