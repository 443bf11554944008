"""What goes wrong on the way to a caller's own session: each is told with its remedy, and nobody else's is used."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from tests.protocol.callers import JSON, Callers, profiles, start_callers


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    with start_callers(tmp_path_factory.mktemp("trouble")) as found:
        yield found


@pytest.fixture
def callers(running: Callers) -> Callers:
    """A portal as at its start and a profile of a new revision, so that no session or pause of another test is left."""
    running.stack.portal.reset()
    entry = profiles(running.stack)[0]
    running.configure({**entry, "read_timeout": round(20 + time.monotonic() % 100, 4)})
    running.wire.good("who_am_i", running.token("bob"), portal="corp")
    return running


def alices(callers: Callers) -> JSON:
    result = callers.wire.result("who_am_i", callers.token("alice", account="alice"), portal="corp")
    content: JSON = result["structuredContent"]
    return content


def user_calls(callers: Callers, account: str = "alice") -> set[object]:
    return {each["name"] for each in callers.entries(realm="user", account=account)}


def test_an_account_that_the_portal_does_not_have_is_told_and_not_asked_for_again_at_once(callers: Callers) -> None:
    token = callers.token("alice", account="nobody")
    first = callers.wire.bad("who_am_i", token, portal="corp")
    tickets = len(callers.entries(name="ticket"))
    again = callers.wire.bad("who_am_i", token, portal="corp")
    assert (first["code"], again["message"]) == ("portal_login_failed", first["message"])
    assert "no account 'nobody' in Team Portal 'acme'" in first["message"]
    assert len(callers.entries(name="ticket")) == tickets


def test_the_pause_of_one_account_leaves_all_others_alone(callers: Callers) -> None:
    callers.wire.bad("who_am_i", callers.token("alice", account="nobody"), portal="corp")
    assert alices(callers)["account"] == "alice"


def test_a_session_in_another_team_portal_is_not_used(callers: Callers) -> None:
    callers.fault("currentPortal", "reply", body="<val>globex</val>", account="alice", times=5)
    refused = alices(callers)
    assert refused["code"] == "portal_login_failed"
    assert "another Team Portal than 'acme'" in refused["message"]
    assert user_calls(callers) <= {"currentSession", "currentPortal", "version", "logout"}
    assert callers.entries(name="logout", account="alice")


def test_a_session_of_another_account_is_not_used(callers: Callers) -> None:
    atts = {"username": "<val>bob</val>", "domain": "", "role": "<val>EndUser</val>"}
    body = "".join(f'<att id="{name}">{value}</att>' for name, value in atts.items())
    body = f'<obj class="PortalSession">{body}</obj>'
    callers.fault("currentSession", "reply", body=body, account="alice", times=5)
    refused = alices(callers)
    assert refused["code"] == "portal_login_failed"
    assert "another account than 'alice'" in refused["message"]
    assert "list" not in user_calls(callers)


def test_a_refused_ticket_is_had_anew_once(callers: Callers) -> None:
    callers.fault("sso", "status", status=403)
    assert alices(callers)["account"] == "alice"


def test_a_ticket_that_came_too_late_is_had_anew(callers: Callers) -> None:
    portal, answers = callers.stack.portal, []
    portal.control(hold="sso")
    asking = threading.Thread(target=lambda: answers.append(alices(callers)))
    asking.start()
    portal.wait_held("sso")
    assert portal.control(expire_tickets=True)["tickets"] == 1
    portal.control(release="sso")
    asking.join(20)
    assert [each.get("account") for each in answers] == ["alice"]


def test_single_sign_on_that_is_refused_for_good_is_told(callers: Callers) -> None:
    callers.fault("sso", "status", status=403, times=2)
    refused = alices(callers)
    assert refused["code"] == "portal_login_failed"
    assert "did not let your account in" in refused["message"]


def test_an_address_that_is_no_portal_is_told(callers: Callers) -> None:
    callers.fault("sso", "status", status=404)
    assert alices(callers)["code"] == "portal_unavailable"


def test_a_profile_account_that_may_not_mint_is_told(callers: Callers) -> None:
    callers.fault("ticket", "status", status=403)
    refused = alices(callers)
    assert refused["code"] == "portal_login_failed"
    assert "may not let callers in" in refused["message"]


def test_a_portal_that_gives_out_nonsense_for_a_ticket_is_told(callers: Callers) -> None:
    callers.fault("ticket", "html")
    assert alices(callers)["code"] == "portal_unavailable"


def test_a_session_that_expires_in_the_middle_is_opened_anew_as_the_same_account(callers: Callers) -> None:
    alices(callers)
    assert callers.stack.portal.control(expire="acme/alice")["expired"] == 1
    assert alices(callers)["account"] == "alice"
    assert len(callers.entries(name="sso")) == 3  # bob's, and two of alice


def test_an_expired_session_of_the_profile_is_opened_anew_too(callers: Callers) -> None:
    callers.stack.portal.control(expire="svc-mcp")
    assert alices(callers)["account"] == "alice"


def test_an_account_that_is_revoked_at_the_portal_gets_no_further(callers: Callers) -> None:
    assert alices(callers)["account"] == "alice"
    callers.stack.portal.control(revoke="acme/alice")
    refused = alices(callers)
    assert refused["code"] == "portal_login_failed"
    assert "no account 'alice'" in refused["message"]


def test_an_entry_that_is_taken_out_of_the_table_is_felt_by_the_next_call(callers: Callers) -> None:
    entry = profiles(callers.stack)[0]
    callers.configure({"name": entry["name"], "accounts": {}})
    refused = callers.wire.bad("who_am_i", callers.token("bob"), portal="corp")
    assert refused["reason"] == "no_account"


def test_a_claim_that_the_profile_names_from_now_on_counts_for_tokens_seen_before(callers: Callers) -> None:
    token = callers.token("alice", account="alice", other_account="bob")
    assert callers.wire.good("who_am_i", token, portal="corp")["account"] == "alice"
    callers.configure({"name": "corp", "account_claim": "other_account"})
    assert callers.wire.good("who_am_i", token, portal="corp")["account"] == "bob"


def test_many_callers_share_few_sessions_by_taking_turns(callers: Callers) -> None:
    entry = profiles(callers.stack)[1]
    callers.configure({**entry, "max_sessions": 1, "read_timeout": round(20 + time.monotonic() % 100, 4)})
    people = [("alice", "acme"), ("bob", "acme"), ("carol", "globex"), ("alice", "globex"), ("dave", "2024")]
    for account, tenant in people * 2:
        found = callers.wire.good("who_am_i", callers.token(account=account, tenant=tenant), portal="many")
        assert (found["account"], found["tenant"]) == (account, tenant)
