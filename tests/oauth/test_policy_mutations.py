"""Of all changes to one policy only removing, narrowing, disabling or expiring a deny lets more through."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oauth.policy import Allowed, Call, decide, permits
from oauth.principal import Principal
from tests.oauth.worlds import AT, Row, policies, principals, rules, snapshot, some_call


def narrowings(row: Row) -> list[Row]:
    """The same policy matching less: each list with an entry less or exact, each time shorter, not at all."""
    found: list[Row] = [{**row, "enabled": False}, {**row, "valid_until": AT}, {**row, "valid_from": AT + 1}]
    for field in ("subjects", "clients", "organizations", "tools", "toolsets", "portals", "tenants", "paths"):
        entries: list[str] = row[field]
        found += [{**row, field: [one for one in entries if one != entry]} for entry in entries]
    found += [{**row, "scopes": sorted({*row["scopes"], scope})} for scope in ("a", "b", "c")]
    found += [{**row, "subjects": ["ann"]}] if "*" in row["subjects"] or "a*" in row["subjects"] else []
    found += [{**row, "portals": ["hq"]}, {**row, "tools": ["delete"]}] if "*" in row["portals"] + row["tools"] else []
    found += [{**row, "paths": ["/Docs/**"]}, {**row, "paths": ["/HR/**"]}] if "/**" in row["paths"] else []
    if row["effect"] == "deny":
        found.append({**row, "except_subjects": [*row["except_subjects"], "bob"]})
    return [one for one in found if _is_narrower(one, row)]


def _is_narrower(one: Row, row: Row) -> bool:
    """Tools can only narrow from `*`, since a list that never had the entry is another policy."""
    return all("*" in row[field] or set(one[field]) <= set(row[field]) for field in ("tools", "portals", "toolsets"))


narrowed_allows = rules("allow").flatmap(lambda row: st.tuples(st.just(row), st.sampled_from(narrowings(row))))
narrowed_denies = rules("deny").flatmap(lambda row: st.tuples(st.just(row), st.sampled_from(narrowings(row))))


@given(policies, narrowed_allows, principals, some_call)
def test_narrowing_disabling_expiring_or_removing_an_allow_never_lets_more_through(
    rows: list[Row], change: tuple[Row, Row], who: Principal, call: Call
) -> None:
    wide, narrow = change
    for after in ([*rows, narrow], rows):
        if permits(snapshot(after), who, call):
            assert permits(snapshot([*rows, wide]), who, call)


@given(policies, narrowed_denies, principals, some_call)
def test_widening_enabling_prolonging_or_adding_a_deny_never_lets_more_through(
    rows: list[Row], change: tuple[Row, Row], who: Principal, call: Call
) -> None:
    wide, narrow = change
    if permits(snapshot([*rows, wide]), who, call):
        assert permits(snapshot([*rows, narrow]), who, call)
        assert permits(snapshot(rows), who, call)


@given(policies, rules("allow"), st.sampled_from([None, 1, 30, 1000]), principals, some_call)
def test_a_limit_changes_how_much_and_never_whether(
    rows: list[Row], row: Row, limit: int | None, who: Principal, call: Call
) -> None:
    before, after = snapshot([*rows, row]), snapshot([*rows, {**row, "calls_per_minute": limit}])
    assert permits(before, who, call) == permits(after, who, call)


@given(policies, rules("allow"), principals, some_call)
def test_a_further_allow_never_lowers_a_limit(rows: list[Row], more: Row, who: Principal, call: Call) -> None:
    before, after = decide(snapshot(rows), who, call), decide(snapshot([*rows, more]), who, call)
    if isinstance(before, Allowed) and before.calls_per_minute is None:
        assert isinstance(after, Allowed)
        assert after.calls_per_minute is None


def limits(*rows: tuple[str, int | None]) -> Any:
    allow = {"effect": "allow", "scopes": ["a"], "tools": ["*"]}
    who = Principal("iss", "ann", "client", "org", frozenset({"a"}), 9999)
    world = snapshot([{**allow, "name": name, "calls_per_minute": limit} for name, limit in rows])
    found = decide(world, who, Call("who_am_i", "hq", "-", (), AT))
    assert isinstance(found, Allowed)
    return found.policy, found.calls_per_minute


def test_of_allows_that_cover_a_call_the_most_generous_decides() -> None:
    assert limits(("a", 5), ("b", 60), ("c", 7)) == ("b", 60)
    assert limits(("a", 5), ("b", None), ("c", 7)) == ("b", None)
    assert limits(("b", 5), ("a", 5)) == ("a", 5)
    assert limits(("z", None), ("y", None), ("a", 1000)) == ("y", None)


def test_a_policy_begins_at_its_first_moment_and_ends_before_its_last() -> None:
    allow = {"name": "n", "effect": "allow", "scopes": ["a"], "tools": ["*"], "valid_from": 10.0, "valid_until": 20.0}
    who = Principal("iss", "ann", "client", "org", frozenset({"a"}), 9999)
    world = snapshot([allow])
    times = (9.999, 10.0, 19.999, 20.0)
    assert [permits(world, who, Call("who_am_i", "hq", "-", (), at)) for at in times] == [False, True, True, False]
    assert [world.next_edge(at) for at in (0.0, 10.0, 19.0)] == [10.0, 20.0, 20.0]
    assert world.next_edge(20.0) == float("inf")
