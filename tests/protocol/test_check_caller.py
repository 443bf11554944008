"""`manage.py check_caller` goes the whole way of one caller at a real portal and names the step that fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.protocol.callers import Callers, start_callers

ALICE = ("check_caller", "corp", "--subject", "usr_alice", "--claim", "portal_account=alice")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    with start_callers(tmp_path_factory.mktemp("check")) as found:
        yield found


@pytest.fixture
def callers(running: Callers) -> Callers:
    running.stack.portal.reset()
    return running


def tried(callers: Callers, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = callers.run(*arguments, "--json")
    return done.returncode, json.loads(done.stdout)


def test_a_caller_who_gets_in_is_told_step_by_step_and_nothing_stays_open(callers: Callers) -> None:
    done = callers.run(*ALICE)
    assert done.returncode == 0, done.stderr
    words = " ".join(done.stdout.split())
    for says in (
        "account alice (claim portal_account)",
        "Team Portal acme (fixed)",
        "login as the caller alice in acme, EndUser: verified",
        "root folder My Files",
    ):
        assert says in words
    assert callers.stack.portal.stats()["open_sessions"] == 0
    assert "svc-secret" not in done.stdout + done.stderr
    assert "ticket-" not in done.stdout + done.stderr


def test_an_entry_of_the_table_is_named_as_the_source(callers: Callers) -> None:
    code, found = tried(callers, "check_caller", "corp", "--subject", "usr_bob")
    assert (code, found["ok"]) == (0, True)
    assert found["steps"][0] == {"check": "account", "ok": True, "found": "bob (table of accounts)", "remedy": ""}


TROUBLE: dict[str, tuple[dict[str, object], str, str]] = {
    "wrong password": ({"match": "login", "kind": "status", "status": 403}, "profile's login", "the right password"),
    "no right to mint": ({"match": "ticket", "kind": "status", "status": 403}, "ticket", "may not let callers in"),
    "no account": ({"match": "ticket", "kind": "status", "status": 404}, "ticket", "has no account 'alice'"),
    "no single sign-on": ({"match": "sso", "kind": "status", "status": 403}, "login as the caller", "did not let"),
    "elsewhere": (
        {"match": "currentPortal", "kind": "reply", "body": "<val>globex</val>", "account": "alice", "times": 9},
        "login as the caller",
        "another Team Portal",
    ),
    "no files": ({"match": "list", "kind": "status", "status": 503}, "root folder", "HTTP status 503"),
}


@pytest.mark.parametrize(("fault", "step", "says"), TROUBLE.values(), ids=TROUBLE.keys())
def test_the_step_that_fails_is_named_with_its_remedy(
    callers: Callers, fault: dict[str, object], step: str, says: str
) -> None:
    callers.stack.portal.control(fault=fault)
    code, found = tried(callers, *ALICE)
    last = found["steps"][-1]
    assert (code, found["ok"], last["check"], last["ok"]) == (1, False, step, False)
    assert says in last["remedy"]
    assert callers.stack.portal.stats()["open_sessions"] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere", "--subject", "usr_1"), "there are: acme-files, corp, hq, many"),
        (("hq", "--subject", "usr_1"), "works with its own account"),
        (("corp", "--subject", "usr_1", "--claim", "portal_account"), "name=value"),
        (("corp", "--subject", "usr_1", "--claim", "email=a"), "does not look at claim email"),
    ],
)
def test_what_cannot_be_tried_is_misuse(callers: Callers, arguments: tuple[str, ...], says: str) -> None:
    done = callers.run("check_caller", *arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert callers.stack.portal.log() == []


def test_a_program_is_nobody_here_too(callers: Callers) -> None:
    code, found = tried(callers, "check_caller", "corp", "--subject", "m2m_1", "--claim", "portal_account=alice")
    assert (code, found["steps"][0]["found"]) == (1, "machine_caller")


def test_what_is_exported_comes_back_as_it_was(callers: Callers) -> None:
    exported = callers.stack.manage("export_config").stdout
    assert "usr_bob: bob" in exported
    again = callers.stack.manage("import_config", "-", "--check", stdin=exported)
    assert again.stdout == "Nothing to change.\n"
    wanted = {"name": "corp", "accounts": {"usr_bob": "robert", "usr_carol": "carol"}}
    text = json.dumps({"version": 1, "portals": [wanted]})
    told = callers.stack.manage("import_config", "-", "--dry-run", stdin=text).stdout
    assert told == '~ portal corp\n    accounts: - "usr_bob: bob", + "usr_bob: robert", + "usr_carol: carol"\n'


def sign_in(client: httpx2.Client, callers: Callers) -> None:
    script = (
        "from django.contrib.auth.models import User as U; U.objects.create_superuser('olga', password='olga-pass')"
    )
    callers.stack.manage("shell", "-v", "0", "-c", script)
    client.get("/admin/login/")
    values = {"username": "olga", "password": "olga-pass", "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    assert "Log out" in client.post("/admin/login/", data={**values, "next": "/admin/"}).text


def test_the_page_tries_a_caller_in_the_running_server(callers: Callers) -> None:
    script = "from tools.models import PortalProfile as P; print(P.objects.get(name='corp').pk)"
    key = callers.stack.manage("shell", "-v", "0", "-c", script).stdout.strip()
    with httpx2.Client(base_url=callers.stack.base, timeout=60, trust_env=False, follow_redirects=True) as client:
        sign_in(client, callers)
        page = f"/admin/tools/portalprofile/{key}/try/"
        assert "As whom" in client.get(page).text
        values = {"subject": "usr_alice", "claims": "portal_account=alice"}
        told = client.post(page, data={**values, "csrfmiddlewaretoken": client.cookies["csrftoken"]}).text
    assert "It works" in told
    assert "alice in acme, EndUser: verified" in told
    assert "My Files" in told
    assert callers.stack.portal.stats()["open_sessions"] == 0
    assert {each["account"] for each in callers.entries(name="list")} == {"alice"}
