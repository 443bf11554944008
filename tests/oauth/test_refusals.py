"""A refusal tells a model what to do next, and no more than `EXPLAIN_TO_CALLER` says."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ctera_mcp_site import answers
from oauth.ids import decision_id, request_id
from oauth.policy import Call, Denied, DenyReason, decide
from oauth.principal import Principal
from oauth.refusals import WHOLE_TOOL, Candour, told, what_is_closed
from oauth.suspensions import Level, Stop
from tests.oauth.worlds import AT, snapshot
from tools.spec import PathRole

LACKS = Denied(DenyReason.MISSING_SCOPE, None, ("ctera:admin", "ctera:read"))
CLOSED = Denied(DenyReason.DENIED_BY_POLICY, "HR is private")
NOTHING = Denied(DenyReason.NO_POLICY)
SUSPENDED = Denied.by(Stop(7, Level.PORTAL, "hq"))
DECISION = "D-ABCDEFGHIJKLMNOP"
ANN = Principal("iss", "ann", "client", "", frozenset({"a"}), 9999)
ALLOW: dict[str, Any] = {"name": "all", "effect": "allow", "scopes": ["a"], "tools": ["*"], "portals": ["hq"]}
READ = "ctera_portal_read_file"


def everything_that_leaves(denied: Denied, candour: str, what: str = "This path") -> str:
    """The tool result and the 403 body, as bytes on the wire would hold them."""
    said = told(denied, candour, what)
    return (
        json.dumps(answers.denied_result(said, DECISION).as_result()) + answers.refusal_body(7, said, DECISION).decode()
    )


@pytest.mark.parametrize("denied", [LACKS, CLOSED, NOTHING], ids=lambda denied: denied.reason.value)
def test_with_id_every_refusal_looks_the_same(denied: Denied) -> None:
    assert everything_that_leaves(denied, Candour.ID) == everything_that_leaves(NOTHING, Candour.ID)
    result = answers.denied_result(told(denied, Candour.ID), DECISION).as_result()
    assert result["structuredContent"].keys() == {"code", "message", "decision"}
    assert result["structuredContent"]["code"] == "policy_denied"
    data = json.loads(answers.refusal_body(7, told(denied, Candour.ID), DECISION))["error"]["data"]
    assert data == {"decision": DECISION}


def test_with_reason_no_policy_is_named() -> None:
    said = everything_that_leaves(CLOSED, Candour.REASON)
    assert str(CLOSED.policy) not in said
    assert CLOSED.reason.value in said
    assert json.loads(answers.refusal_body(7, told(CLOSED, Candour.REASON), DECISION))["error"]["data"].keys() == {
        "decision", "reason", "required_scopes",
    }  # fmt: skip


def test_with_policy_the_policy_that_decided_is_named_in_words_and_in_data() -> None:
    result = answers.denied_result(told(CLOSED, Candour.POLICY, "This path"), DECISION).as_result()
    assert "This path is closed to you by policy 'HR is private'." in result["content"][0]["text"]
    assert result["structuredContent"]["policy"] == "HR is private"


@pytest.mark.parametrize("candour", [Candour.REASON, Candour.POLICY])
def test_a_missing_scope_is_told_with_the_scopes_to_ask_for(candour: str) -> None:
    said = told(LACKS, candour, WHOLE_TOOL)
    assert said.message.startswith("This tool needs a scope that your token lacks.")
    assert "ask for the scopes: ctera:admin ctera:read" in said.message
    assert said.members["required_scopes"] == ["ctera:admin", "ctera:read"]


def test_a_suspension_has_its_own_code_and_asks_to_wait() -> None:
    said = told(SUSPENDED, Candour.REASON)
    assert (said.code, said.members["reason"]) == ("suspended", "suspended")
    assert "do not retry" in said.message
    assert SUSPENDED.decided_by not in everything_that_leaves(SUSPENDED, Candour.POLICY)


@pytest.mark.parametrize(
    ("what", "step"),
    [
        ("This path", "work on another path"),
        ("This Team Portal", "name another Team Portal"),
        ("This portal", "ctera_portal_list_portals"),
        (WHOLE_TOOL, "Do not retry; ask the user to contact an operator"),
        ("This", "Do not retry; ask the user to contact an operator"),
    ],
)
def test_what_to_do_next_follows_from_what_is_closed(what: str, step: str) -> None:
    assert step in told(CLOSED, Candour.REASON, what).message
    assert step in told(NOTHING, Candour.REASON, what).message


@pytest.mark.parametrize(
    ("narrower", "what"),
    [
        ({"paths": ["/HR/**"]}, "This path"),
        ({"tenants": ["acme"]}, "This Team Portal"),
        ({"portals": ["hq"]}, "This portal"),
        ({"scopes": ["a"]}, "This"),
        ({"paths": ["/HR/**"], "tenants": ["acme"]}, "This path"),
    ],
    ids=str,
)
def test_a_deny_closes_its_narrowest_dimension(narrower: dict[str, Any], what: str) -> None:
    world = snapshot([ALLOW, {"name": "no", "effect": "deny", "tools": ["*"], **narrower}])
    call = Call(READ, "hq", "acme", ((PathRole.SOURCE, "/HR/x"),), AT)
    denied = decide(world, ANN, call)
    assert isinstance(denied, Denied)
    assert what_is_closed(world, denied, call) == what


@pytest.mark.parametrize(
    ("narrower", "what"),
    [
        ({"paths": ["/Docs/**"]}, "This path"),
        ({"tenants": ["globex"]}, "This Team Portal"),
        ({"portals": ["team"]}, "This portal"),
        ({"subjects": ["bob"]}, "This"),
    ],
    ids=str,
)
def test_without_a_deny_the_closest_allow_tells_what_is_closed(narrower: dict[str, Any], what: str) -> None:
    world = snapshot([{**ALLOW, **narrower}, {**ALLOW, "name": "others", "scopes": ["c"], "paths": ["/x"]}])
    call = Call(READ, "hq", "acme", ((PathRole.SOURCE, "/HR/x"),), AT)
    denied = decide(world, ANN, call)
    assert isinstance(denied, Denied)
    assert what_is_closed(world, denied, call) == what


def test_decision_ids_hold_at_least_60_random_bits_in_base32() -> None:
    ids = {decision_id(request_id()) for _ in range(200)}
    assert len(ids) == 200
    for each in ids:
        body = each.removeprefix("D-")
        assert each.startswith("D-")
        assert len(body) * 5 >= 60
        assert set(body) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
