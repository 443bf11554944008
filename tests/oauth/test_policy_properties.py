"""What must hold for every policy, shown on small random worlds."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from oauth.policy import Call, Denied, DenyReason, PolicySnapshot, Rule, decide, visible
from oauth.principal import Principal
from tools.profile import Profile
from tools.spec import PathArgument, PathRole, Toolset, ToolSpec

SCOPES = ("a", "b", "c")
PORTALS = ("hq", "team")
TENANTS = ("-", "acme", "globex", "else")
NAMES = ("HR", "hr.", "Docs", "x")
PATHS = ("/", *(f"/{one}" for one in NAMES), *(f"/{one}/{two}" for one in NAMES for two in ("HR", "x")))
AT = 1000.0


async def _nothing(call: Any) -> dict[str, Any]:
    return {}


def tool(name: str, toolset: Toolset, *roles: PathRole, place: bool = True) -> ToolSpec:
    """A tool that takes one path per role."""
    paths = tuple(PathArgument(f"path{number}", role) for number, role in enumerate(roles))
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    return ToolSpec(name, toolset, name, name, schema, schema, _nothing, paths=paths, needs_place=place)


CATALOGUE = {
    spec.name: spec
    for spec in (
        tool("ctera_portal_read_file", Toolset.READ, PathRole.SOURCE),
        tool("list_portals", Toolset.READ, place=False),
        tool("who_am_i", Toolset.READ),
        tool("delete", Toolset.WRITE, PathRole.SUBTREE),
        tool("copy", Toolset.WRITE, PathRole.SUBTREE, PathRole.PARENT),
    )
}
HQ = Profile("hq", 1, "h", 443, True, True, "admin", "u", "s")
TEAM = replace(HQ, name="team", scope="user", tenant="acme")


def some(values: tuple[str, ...], least: int = 1) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), min_size=least, max_size=2, unique=True)


def rules(effect: str) -> st.SearchStrategy[dict[str, Any]]:
    """Plain values of a policy of one effect."""
    return st.fixed_dictionaries(
        {
            "name": st.uuids().map(str),
            "effect": st.just(effect),
            "scopes": some(SCOPES, 1 if effect == "allow" else 0),
            "subjects": st.sampled_from([["*"], ["ann"], ["a*"], ["bob"]]),
            "organizations": st.sampled_from([["*"], ["org"]]),
            "tools": some((*CATALOGUE, "*"), 0),
            "toolsets": some(("read", "write"), 0),
            "portals": some((*PORTALS, "*", "gone")),
            "tenants": some((*TENANTS[:3], "*", "a*")),
            "paths": some(("/**", "/HR/**", "/HR", "/*", "/Docs/**", "/*/x", "/H*/**")),
            "valid_from": st.sampled_from([None, 500.0, 1500.0]),
            "valid_until": st.sampled_from([None, 900.0, 2000.0]),
        }
    )


policies = st.lists(st.one_of(rules("allow"), rules("deny")), max_size=5)
principals = st.builds(
    lambda scopes, subject, organization: Principal("iss", subject, "client", organization, frozenset(scopes), 9999),
    some(SCOPES, 0),
    st.sampled_from(["ann", "bob"]),
    st.sampled_from(["org", ""]),
)
IMPLIES = {"a": frozenset({"b"}), "b": frozenset[str](), "c": frozenset[str]()}


def snapshot(rows: list[dict[str, Any]]) -> PolicySnapshot:
    return PolicySnapshot.build(
        revision=1,
        rules=[Rule.build(**row) for row in rows],
        scopes=IMPLIES,
        profiles={"hq": HQ, "team": TEAM},
        catalogue=CATALOGUE,
    )


def calls(spec: ToolSpec, paths: tuple[str, ...] = PATHS) -> list[Call]:
    """Every complete call of a tool in the small world."""
    places: Sequence[tuple[str | None, str | None]] = [(None, None)]
    if spec.needs_place:
        places = [("hq", tenant) for tenant in TENANTS] + [("team", "acme")]
    choices = itertools.product(paths, repeat=len(spec.paths))
    named = [tuple(zip((one.role for one in spec.paths), choice, strict=True)) for choice in choices]
    return [Call(spec.name, portal, tenant, path, AT) for (portal, tenant), path in itertools.product(places, named)]


some_call = st.sampled_from(sorted(CATALOGUE)).flatmap(lambda name: st.sampled_from(calls(CATALOGUE[name])))


@given(policies, principals, some_call)
def test_without_an_allow_everything_is_denied(rows: list[dict[str, Any]], who: Principal, call: Call) -> None:
    assert not decide(snapshot([row for row in rows if row["effect"] == "deny"]), who, call)


@given(policies, rules("allow"), principals, some_call)
def test_a_further_allow_never_takes_away(
    rows: list[dict[str, Any]], more: dict[str, Any], who: Principal, call: Call
) -> None:
    if decide(snapshot(rows), who, call):
        assert decide(snapshot([*rows, more]), who, call)


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


@settings(max_examples=150, deadline=None)
@given(policies, principals)
def test_what_is_visible_is_what_some_arguments_allow(rows: list[dict[str, Any]], who: Principal) -> None:
    world = snapshot(rows)
    seen = visible(world, who, AT)
    paths = (*PATHS, "/other", "/other/x", "/HR/other/deep", "/Docs/other", "/Hx", "/Hx/y")
    tenants_beyond = [Call(c.tool, c.portal, "aa-zz", c.paths, c.at) for c in calls(CATALOGUE["delete"], paths)]
    for name, spec in CATALOGUE.items():
        tried = calls(spec, paths) + (tenants_beyond if name == "delete" else [])
        if any(decide(world, who, call) for call in tried):
            assert name in seen


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
