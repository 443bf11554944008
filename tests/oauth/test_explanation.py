"""The ladder agrees with the decision: what decided matched, what did not match says on what it failed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth.explanation import explain
from oauth.policy import Allowed, Call, Denied, DenyReason, decide
from oauth.principal import Principal
from oauth.rules import Effect
from oauth.suspensions import Level, Stop
from tests.oauth.worlds import AT, CATALOGUE, policies, principals, snapshot, some_call
from tools.spec import PathRole

ANN = Principal("iss", "ann", "client", "org", frozenset({"a"}), 9999)
READ = "ctera_portal_read_file"
ALLOW: dict[str, Any] = {"name": "all", "effect": "allow", "scopes": ["a"], "tools": ["*"]}
DENY: dict[str, Any] = {"name": "no", "effect": "deny", "tools": ["*"], "paths": ["/HR/**"]}
HR = Call(READ, "hq", "-", ((PathRole.SOURCE, "/HR/x"),), AT)
OPEN = Call(READ, None, None, (), AT)


@st.composite
def questions(draw: st.DrawFn) -> Call:
    """Complete calls, and calls that leave the place or the paths open."""
    call = draw(some_call)
    if not CATALOGUE[call.tool].needs_place:
        return call
    kept = draw(st.sampled_from([(), ("paths",), ("tenant",), ("portal", "tenant"), ("portal", "tenant", "paths")]))
    empty: dict[str, Any] = {"portal": None, "tenant": None, "paths": ()}
    return replace(call, **{name: empty[name] for name in kept})


@settings(max_examples=300, deadline=None)
@given(policies, principals, questions())
def test_the_ladder_agrees_with_the_decision(rows: list[dict[str, Any]], who: Principal, call: Call) -> None:
    world = snapshot(rows)
    found = explain(world, who, call)
    assert found.decision == decide(world, who, call)
    assert sorted(entry.policy for entry in found.trace) == sorted(row["name"] for row in rows)
    assert all(entry.matched is (entry.failed_on is None) for entry in found.trace)
    matched = {entry.policy: entry.effect for entry in found.trace if entry.matched}
    if isinstance(found.decision, Allowed):
        assert matched.pop(found.decision.policy) is Effect.ALLOW
        assert Effect.DENY not in matched.values()
    elif found.decision.reason is DenyReason.DENIED_BY_POLICY:
        assert matched[str(found.decision.policy)] is Effect.DENY
    else:
        assert Effect.ALLOW not in matched.values()


@settings(max_examples=150, deadline=None)
@given(policies, principals, questions())
def test_the_example_of_an_open_question_is_a_call_that_is_allowed(
    rows: list[dict[str, Any]], who: Principal, call: Call
) -> None:
    world = snapshot(rows)
    example = explain(world, who, call).example
    if example is not None:
        assert decide(world, who, example)
        assert call.portal in {None, example.portal}
        assert call.tenant in {None, example.tenant}
        assert call.paths in {(), example.paths}


def failed(rows: list[dict[str, Any]], call: Call = HR, who: Principal = ANN) -> dict[str, str | None]:
    return {entry.policy: entry.failed_on for entry in explain(snapshot(rows), who, call).trace}


@pytest.mark.parametrize(
    ("change", "dimension"),
    [
        ({"enabled": False}, "disabled"),
        ({"valid_from": 1500.0}, "valid_from"),
        ({"valid_until": 500.0}, "valid_until"),
        ({"scopes": ["c"]}, "scopes"),
        ({"subjects": ["bob"]}, "subjects"),
        ({"clients": ["other"]}, "clients"),
        ({"organizations": ["other"]}, "organizations"),
        ({"tools": ["who_am_i"]}, "tools"),
        ({"portals": ["team"]}, "portals"),
        ({"tenants": ["acme"]}, "tenants"),
        ({"paths": ["/Docs/**"]}, "paths"),
    ],
    ids=str,
)
def test_each_dimension_that_fails_is_named(change: dict[str, Any], dimension: str) -> None:
    assert failed([{**ALLOW, **change}]) == {"all": dimension}
    if dimension not in {"portals", "tenants", "paths"}:
        assert failed([{**ALLOW, **change}], OPEN) == {"all": dimension}


def test_a_spared_subject_fails_on_the_exception() -> None:
    assert failed([DENY | {"except_subjects": ["ann"]}]) == {"no": "except_subjects"}


def test_denies_come_before_allows_and_other_tools_last() -> None:
    rows = [ALLOW | {"name": "b"}, ALLOW | {"name": "a", "tools": ["who_am_i"]}, DENY | {"name": "z"}]
    assert [entry.policy for entry in explain(snapshot(rows), ANN, HR).trace] == ["z", "b", "a"]


def test_an_open_question_that_is_allowed_shows_where() -> None:
    found = explain(snapshot([ALLOW | {"portals": ["hq"], "tenants": ["acme"]}, DENY]), ANN, OPEN)
    assert found.example is not None
    assert (found.example.portal, found.example.tenant) == ("hq", "acme")
    assert {entry.policy: entry.failed_on for entry in found.trace} == {"no": "paths", "all": None}


def test_an_open_question_that_a_deny_closes_shows_the_allow_as_matching() -> None:
    rows = [ALLOW | {"portals": ["hq"], "paths": ["/HR/**"]}, DENY]
    assert failed(rows, OPEN) == {"no": None, "all": None}


def test_an_allow_for_a_portal_that_is_not_there_fails_on_the_portal() -> None:
    assert failed([ALLOW | {"portals": ["gone"]}], OPEN) == {"all": "portals"}


def test_an_unknown_tool_has_no_ladder() -> None:
    found = explain(snapshot([ALLOW]), ANN, Call("format_disk", None, None, (), AT))
    assert isinstance(found.decision, Denied)
    assert (found.decision.reason, found.trace) == (DenyReason.UNKNOWN_TOOL, ())


def test_a_suspension_is_the_first_rung() -> None:
    found = explain(snapshot([ALLOW, DENY]).suspended_by([Stop(7, Level.PORTAL, "hq")]), ANN, HR)
    first, *others = found.trace
    assert (first.policy, first.matched, first.failed_on) == ("suspension 7", True, None)
    assert [entry.policy for entry in others] == ["no", "all"]
