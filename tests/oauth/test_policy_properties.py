"""What must hold for every policy, shown on small random worlds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oauth.policy import Allowed, Call, Denied, DenyReason, decide, permits
from oauth.principal import Principal
from tests.oauth.worlds import AT, SCOPES, policies, principals, rules, snapshot, some_call
from tools.spec import PathRole


@given(policies, principals, some_call)
def test_without_an_allow_everything_is_denied(rows: list[dict[str, Any]], who: Principal, call: Call) -> None:
    assert not decide(snapshot([row for row in rows if row["effect"] == "deny"]), who, call)


@given(policies, rules("allow"), principals, some_call)
def test_a_further_allow_never_takes_away(
    rows: list[dict[str, Any]], more: dict[str, Any], who: Principal, call: Call
) -> None:
    before, after = (decide(snapshot(each), who, call) for each in (rows, [*rows, more]))
    if isinstance(before, Allowed):
        assert isinstance(after, Allowed)
        assert generosity(after) >= generosity(before)


def generosity(allowed: Allowed) -> float:
    return float("inf") if allowed.calls_per_minute is None else allowed.calls_per_minute


@given(policies, principals, some_call)
def test_asking_without_reasons_decides_the_same(rows: list[dict[str, Any]], who: Principal, call: Call) -> None:
    assert permits(snapshot(rows), who, call) == bool(decide(snapshot(rows), who, call))


@given(policies, rules("deny"), principals, some_call)
def test_a_further_deny_never_gives(
    rows: list[dict[str, Any]], more: dict[str, Any], who: Principal, call: Call
) -> None:
    if decide(snapshot([*rows, more]), who, call):
        assert decide(snapshot(rows), who, call)


@given(policies, principals, st.sampled_from(SCOPES), some_call)
def test_a_further_scope_takes_away_only_where_a_deny_names_it(
    rows: list[dict[str, Any]], who: Principal, scope: str, call: Call
) -> None:
    rows = [row for row in rows if row["effect"] == "allow" or scope not in row["scopes"]]
    if decide(snapshot(rows), who, call):
        assert decide(snapshot(rows), replace(who, scopes=who.scopes | {scope}), call)


@given(policies, st.randoms(), principals, some_call)
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]], random: Any, who: Principal, call: Call) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert decide(snapshot(rows), who, call) == decide(snapshot(shuffled), who, call)


@given(policies, principals, some_call)
def test_the_scopes_of_a_refusal_suffice(rows: list[dict[str, Any]], who: Principal, call: Call) -> None:
    world = snapshot(rows)
    refused = decide(world, who, call)
    if isinstance(refused, Denied) and refused.required_scopes:
        assert decide(world, replace(who, scopes=who.scopes | set(refused.required_scopes)), call)
        assert refused.reason is DenyReason.MISSING_SCOPE


def test_a_decision_is_falsy_exactly_when_it_denies() -> None:
    assert not Denied(DenyReason.NO_POLICY)
    allow = {"name": "n", "effect": "allow", "scopes": ["a"], "tools": ["*"]}
    who = Principal("iss", "ann", "client", "", frozenset({"a"}), 9999)
    assert decide(snapshot([allow]), who, Call("list_portals", None, None, (), AT))


def test_a_deny_on_a_folder_stops_deleting_above_it_but_not_beside_it() -> None:
    allow = {"name": "all", "effect": "allow", "scopes": ["a"], "tools": ["*"]}
    deny = {"name": "HR is private", "effect": "deny", "tools": ["*"], "paths": ["/Company/HR/**"]}
    who = Principal("iss", "ann", "client", "", frozenset({"a"}), 9999)
    world = snapshot([allow, deny])

    def may(path: str) -> bool:
        return bool(decide(world, who, Call("delete", "hq", "-", ((PathRole.SUBTREE, path),), AT)))

    assert [may(path) for path in ("/Company", "/Company/HR", "/company/hr. /x", "/")] == [False] * 4
    assert may("/Company/HRX")
    assert may("/Company/Sales")


def test_a_deny_of_reading_reaches_every_tool_that_takes_the_path_as_source() -> None:
    allow = {"name": "all", "effect": "allow", "scopes": ["a"], "tools": ["*"]}
    deny = {"name": "no reading", "effect": "deny", "tools": ["ctera_portal_read_file"], "paths": ["/HR/**"]}
    who = Principal("iss", "ann", "client", "", frozenset({"a"}), 9999)
    world = snapshot([allow, deny])
    source = ((PathRole.SUBTREE, "/HR/x"), (PathRole.PARENT, "/Docs"))
    target = ((PathRole.SUBTREE, "/Docs/x"), (PathRole.PARENT, "/HR"))
    assert not decide(world, who, Call("copy", "hq", "-", source, AT))
    assert decide(world, who, Call("copy", "hq", "-", target, AT))
