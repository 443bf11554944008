"""`manage.py check_isolation` asks many sessions at once who they are, and tells where an answer was another's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.protocol.callers import Callers, start_callers

READING = {"login", "sso", "ticket", "currentSession", "currentPortal", "version", "rolesSettings", "browse", "logout"}
CAROL = ("--caller", "many/globex/carol")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    with start_callers(tmp_path_factory.mktemp("mixed")) as found:
        yield found


@pytest.fixture
def callers(running: Callers) -> Callers:
    running.stack.portal.reset()
    return running


def checked(callers: Callers, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = callers.run("check_isolation", *arguments, "--json")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def swapped(callers: Callers, name: str, body: str, account: str, passing: int) -> None:
    """From some answer on, the portal (or what stands before it) answers this account as another or from elsewhere."""
    if passing:
        callers.fault(name, "delay", account=account, times=passing)
    callers.fault(name, "reply", body=body, account=account, times=1000)


BOB = '<obj class="PortalSession"><att id="username"><val>bob</val></att><att id="role"><val>EndUser</val></att></obj>'


def test_all_profiles_are_asked_in_turns_and_nothing_is_changed(callers: Callers) -> None:
    done = callers.run("check_isolation", *CAROL, "--caller", "many/acme/alice", "--calls", "60")
    assert done.returncode == 0, done.stdout + done.stderr
    words = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert words[0].startswith("ok acme-files acme alice")
    for place in ("corp acme bob", "hq - svc-mcp", "hq acme svc-mcp", "hq globex svc-mcp", "many globex carol"):
        assert any(line.startswith(f"ok {place} ") for line in words), place
    assert "calls at 9 places" in words[-1]
    assert callers.stack.portal.stats()["open_sessions"] == 0
    assert {str(each["name"]) for each in callers.entries()} <= READING | {"tenants"}
    assert "secret" not in done.stdout + done.stderr


def test_answers_are_interleaved_over_sessions_that_are_open_together(callers: Callers) -> None:
    code, found = checked(callers, "--calls", "90")
    assert (code, found["ok"], found["calls"] >= 90) == (0, True, True)
    asked = [each["session"] for each in callers.entries(name="currentSession")]
    assert sum(one != other for one, other in pairwise(asked)) > 20
    assert callers.stack.portal.stats()["max_open_sessions"] == 1 + len(found["places"])  # one gives out tickets


@pytest.mark.parametrize(
    ("name", "body", "answered"),
    [("currentSession", BOB, "bob in acme"), ("currentPortal", "<val>globex</val>", "alice in globex")],
)
def test_a_portal_that_answers_as_another_later_on_is_told(
    callers: Callers, name: str, body: str, answered: str
) -> None:
    swapped(callers, name, body, "alice", passing=3)
    done = callers.run("check_isolation", "--profile", "acme-files", "--profile", "corp", "--calls", "20")
    assert done.returncode == 1
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[0].startswith("FAIL acme-files acme alice")
    assert f"answered as {answered}" in lines
    assert "Disable profile acme-files now." in done.stdout
    assert any(line.startswith("ok corp acme bob") for line in lines)


def test_a_portal_that_hands_out_anothers_session_at_once_is_told(callers: Callers) -> None:
    swapped(callers, "currentSession", BOB, "carol", passing=0)
    code, found = checked(callers, "--profile", "many", "--profile", "hq", *CAROL)
    places = {(each["profile"], each["tenant"]): each for each in found["places"]}
    assert code == 1
    assert "another account than 'carol'" in places["many", "globex"]["remedy"]
    assert places["many", "globex"]["right"] == 0
    assert places["hq", "acme"]["ok"]


def test_a_service_profile_that_is_somebody_else_is_told(callers: Callers) -> None:
    callers.fault("currentSession", "reply", body=BOB, account="alice", times=1000)
    code, found = checked(callers, "--profile", "acme-files", "--calls", "8")
    assert (code, found["places"][0]["right"]) == (1, 0)
    assert found["places"][0]["wrong"] == ["bob in acme"] * 3


def test_a_portal_that_is_down_is_told_with_its_remedy_and_asked_no_further(callers: Callers) -> None:
    callers.fault("login", "drop_before", times=1000)
    code, found = checked(callers, "--profile", "hq", "--profile", "corp", "--calls", "100")
    assert code == 1
    assert {each["profile"] for each in found["places"]} == {"hq", "corp"}
    for each in found["places"]:
        assert each["right"] == 0
        assert "cannot be reached" in each["remedy"]
    assert len(callers.entries(name="login")) < 40


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--profile", "nowhere"), "there are: acme-files, corp, hq, many"),
        (("--profile", "many"), "--caller many/TEAM PORTAL/ACCOUNT"),
        (("--caller", "many/carol"), "PROFILE/TEAM PORTAL/ACCOUNT"),
        (("--caller", "many/evil.example.com/carol"), "PROFILE/TEAM PORTAL/ACCOUNT"),
        (("--caller", "hq/acme/alice"), "no profile in this check that works as its callers"),
        (("--caller", "corp/globex/alice"), "has the Team Portal acme"),
        (("--calls", "0"), "from 1 to 10000"),
    ],
)
def test_what_cannot_be_checked_is_misuse(callers: Callers, arguments: tuple[str, ...], says: str) -> None:
    done = callers.run("check_isolation", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert callers.stack.portal.log() == []
