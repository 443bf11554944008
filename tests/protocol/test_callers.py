"""Two callers on one portal: each works as its own account, and the portal's own log names them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.callers import Callers, start_callers


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    with start_callers(tmp_path_factory.mktemp("callers")) as found:
        yield found


@pytest.fixture
def callers(running: Callers) -> Iterator[Callers]:
    """The running product; trouble at the portal ends with the test."""
    running.stack.portal.control(clear=True)
    yield running
    running.stack.portal.control(clear=True)


def listed(callers: Callers, token: str, path: str = "/My Files", portal: str = "corp") -> set[str]:
    found = callers.wire.good("list_dir", token, path=path, portal=portal)
    return {entry["name"] for entry in found["entries"]}


def test_each_caller_sees_what_the_portal_shows_to_their_own_account(callers: Callers) -> None:
    alice = listed(callers, callers.token("alice", account="alice"))
    bob = listed(callers, callers.token("bob"))
    assert "Names" in alice
    assert "bob.txt" in bob
    assert not alice & {"bob.txt", "Private"}


def test_who_am_i_names_the_callers_account_and_team_portal(callers: Callers) -> None:
    found = callers.wire.good("who_am_i", callers.token("alice", account="alice"), portal="corp")
    assert (found["account"], found["tenant"], found["role"]) == ("alice", "acme", "EndUser")


def test_the_portals_own_log_names_the_caller_and_never_the_profiles_account(callers: Callers) -> None:
    before = len(callers.entries(name="list"))
    listed(callers, callers.token("alice", account="alice"))
    listed(callers, callers.token("bob"))
    looks = callers.entries(name="list")[before:]
    assert [(each["account"], each["tenant"], each["realm"]) for each in looks] == [
        ("alice", "acme", "user"),
        ("bob", "acme", "user"),
    ]


def test_the_profiles_session_serves_for_tickets_and_nothing_else(callers: Callers) -> None:
    listed(callers, callers.token("bob"))
    names = {str(each["name"]) for each in callers.entries(account="svc-mcp")}
    assert "ticket" in names
    assert names <= {"login", "currentSession", "currentPortal", "version", "rolesSettings", "ticket", "logout"}


def test_a_pooled_session_of_one_is_never_used_for_the_other(callers: Callers) -> None:
    for _ in range(5):
        assert "Names" in listed(callers, callers.token("alice", account="alice"))
        assert "bob.txt" in listed(callers, callers.token("bob"))
    sessions = {(each["session"], each["account"]) for each in callers.entries(realm="user") if each["account"]}
    assert {"alice", "bob"} <= {account for _, account in sessions}
    assert len({session for session, _ in sessions}) == len(sessions)


def test_one_name_in_two_team_portals_is_two_accounts(callers: Callers) -> None:
    acme = listed(callers, callers.token(account="alice", tenant="acme"), portal="many")
    globex = listed(callers, callers.token(account="alice", tenant="globex"), portal="many")
    assert "Names" in acme
    assert "alice.txt" in globex
    assert "Names" not in globex


def test_the_claim_of_the_account_and_the_table_are_exact(callers: Callers) -> None:
    found = callers.wire.good("who_am_i", callers.token("bob", account="alice"), portal="corp")
    assert found["account"] == "bob"  # the table stands before the claim
    refused = callers.wire.bad("who_am_i", callers.token("bob", sub="usr_bobby"), portal="corp")
    assert refused["reason"] == "no_account"


def test_a_caller_is_told_their_portal_as_one_team_portal(callers: Callers) -> None:
    found = callers.wire.good("list_portals", callers.token(account="alice", tenant="globex"))
    views = {each["name"]: (each["type"], each["tenant"]) for each in found["portals"]}
    assert (views["corp"], views["many"]) == (("user", "acme"), ("user", "globex"))


def test_naming_another_team_portal_is_refused_before_the_portal_is_asked(callers: Callers) -> None:
    before = len(callers.stack.portal.log())
    token = callers.token(account="alice", tenant="globex")
    refused = callers.wire.bad("list_dir", token, path="/", portal="many", tenant="acme")
    assert refused["code"] == "invalid_argument"
    assert len(callers.stack.portal.log()) == before


@pytest.mark.parametrize(
    ("claims", "portal", "reason"),
    [
        ({}, "corp", "no_account"),
        ({"account": ""}, "corp", "unusable_claim"),
        ({"account": "a" * 256}, "corp", "unusable_claim"),
        ({"account": ["alice"]}, "corp", "unusable_claim"),
        ({"account": "alice\u202e"}, "corp", "unusable_claim"),
        ({"account": "alice"}, "many", "no_tenant"),
        ({"account": "alice", "tenant": "127.0.0.1"}, "many", "unusable_claim"),
        ({"account": "alice", "tenant": "evil.example.com/"}, "many", "unusable_claim"),
        ({"account": "alice", "tenant": "acme@evil"}, "many", "unusable_claim"),
        ({"account": "alice", "client_id": "usr_alice"}, "corp", "machine_caller"),
        ({"account": "alice", "client_id": None}, "corp", "machine_caller"),
        ({"account": "alice", "sub": "m2m_7", "client_id": "m2m_8"}, "corp", "machine_caller"),
    ],
    ids=str,
)
def test_who_has_no_account_is_refused_and_nothing_reaches_the_portal(
    callers: Callers, claims: dict[str, object], portal: str, reason: str
) -> None:
    before = len(callers.stack.portal.log())
    refused = callers.wire.bad("list_dir", callers.token("alice", **claims), path="/", portal=portal)
    assert (refused["code"], refused["reason"]) == ("policy_denied", reason)
    assert "operator" in refused["message"] or "sign in" in refused["message"]
    assert len(callers.stack.portal.log()) == before


def test_a_machine_that_the_table_names_is_still_no_person(callers: Callers) -> None:
    refused = callers.wire.bad("who_am_i", callers.token("bob", client_id="usr_bob"), portal="corp")
    assert refused["reason"] == "machine_caller"


def test_policy_decides_before_identity(callers: Callers) -> None:
    answer = callers.wire.call("list_dir", callers.token("mallory", account="alice"), path="/", portal="corp")
    assert answer.status_code == 403
    assert answer.json()["error"]["data"]["reason"] == "missing_scope"


def test_the_audit_event_carries_the_account_that_did_the_work(callers: Callers) -> None:
    script = (
        "from oauth.models import AuditEvent as E; "
        "print(list(E.objects.order_by('-id').values_list('portal', 'tenant', 'account', 'outcome', 'reason')[:3]))"
    )
    callers.wire.good("who_am_i", callers.token(account="alice"), portal="corp")
    callers.wire.good("who_am_i", callers.token("bob"), portal="hq")
    callers.wire.bad("who_am_i", callers.token("alice"), portal="corp")
    events = callers.stack.manage("shell", "-v", "0", "-c", script).stdout.strip()
    assert events == str(
        [
            ("corp", "acme", "", "denied", "no_account"),
            ("hq", "-", "svc-mcp", "ok", ""),
            ("corp", "acme", "alice", "ok", ""),
        ]
    )
