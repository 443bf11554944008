"""Small random worlds for property tests: few names, so that policies and calls meet often."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from oauth.policy import Call, PolicySnapshot, Rule
from oauth.principal import Principal
from tools.profile import Profile
from tools.spec import DerivedPath, PathArgument, PathRole, Toolset, ToolSpec

SCOPES = ("a", "b", "c")
PORTALS = ("hq", "team", "off")
TENANTS = ("-", "acme", "globex", "else")
NAMES = ("HR", "hr.", "Docs", "x")
PATHS = ("/", *(f"/{one}" for one in NAMES), *(f"/{one}/{two}" for one in NAMES for two in ("HR", "x")))
BEYOND = ("/other", "/other/x", "/other/HR", "/HR/other/deep", "/Docs/other", "/Docs/other/deep", "/Hx", "/Hx/y")
"""What no policy names: witnesses for the stars of an allow."""
AT = 1000.0
IMPLIES = {"a": frozenset({"b"}), "b": frozenset[str](), "c": frozenset[str]()}
Row = dict[str, Any]


def examples(share: float) -> int:
    """A share of what the profile asks for, for tests that cost more than most."""
    return max(10, int(settings().max_examples * share))


async def _nothing(call: Any) -> dict[str, Any]:
    return {}


def tool(name: str, toolset: Toolset, *roles: PathRole, place: bool = True, derives: bool = False) -> ToolSpec:
    """A tool that takes one path per role; with `derives` the first is put into the second."""
    paths = tuple(PathArgument(f"path{number}", role) for number, role in enumerate(roles))
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    derived = (DerivedPath(PathRole.ARRIVAL, "path1", "path0"),) if derives else ()
    return ToolSpec(
        name, toolset, name, name, schema, schema, _nothing, paths=paths, derived=derived, needs_place=place
    )


CATALOGUE = {
    spec.name: spec
    for spec in (
        tool("ctera_portal_read_file", Toolset.READ, PathRole.SOURCE),
        tool("list_portals", Toolset.READ, place=False),
        tool("who_am_i", Toolset.READ),
        tool("make", Toolset.WRITE, PathRole.TARGET),
        tool("delete", Toolset.WRITE, PathRole.SUBTREE),
        tool("copy", Toolset.WRITE, PathRole.SUBTREE, PathRole.PARENT),
    )
}
HQ = Profile("hq", 1, "h", 443, True, True, "admin", "u", "s")
TEAM = replace(HQ, name="team", scope="user", tenant="acme")
PROFILES = {
    "hq": HQ,
    "team": TEAM,
    "off": replace(HQ, name="off", enabled=False),
}


def some(values: tuple[str, ...], least: int = 1) -> st.SearchStrategy[list[str]]:
    """One or two of the values."""
    return st.lists(st.sampled_from(values), min_size=least, max_size=2, unique=True)


def rules(effect: str) -> st.SearchStrategy[Row]:
    """Plain values of a policy of one effect."""
    deny = effect == "deny"
    return st.fixed_dictionaries(
        {
            "name": st.uuids().map(str),
            "effect": st.just(effect),
            "scopes": some(SCOPES, 0 if deny else 1),
            "subjects": st.sampled_from([["*"], ["ann"], ["a*"], ["bob"], ["ann", "b*"]]),
            "clients": st.sampled_from([["*"], ["client"], ["x"]]),
            "organizations": st.sampled_from([["*"], ["org"]]),
            "except_subjects": st.sampled_from([[], ["ann"]]) if deny else st.just([]),
            "tools": some((*CATALOGUE, "*"), 0),
            "toolsets": some(("read", "write"), 0),
            "portals": some((*PORTALS, "*", "gone")),
            "tenants": some((*TENANTS[:3], "*", "a*", "ACME")),
            "paths": some(("/**", "/HR/**", "/HR", "/*", "/Docs/**", "/*/x", "/H*/**", "/")),
            "valid_from": st.sampled_from([None, None, 500.0, 1000.0, 1500.0]),
            "valid_until": st.sampled_from([None, None, 900.0, 1000.0, 2000.0]),
            "calls_per_minute": st.just(None) if deny else st.sampled_from([None, 5, 60]),
            "enabled": st.sampled_from([True, True, True, False]),
        }
    )


any_rule = st.one_of(rules("allow"), rules("deny"))
policies = st.lists(any_rule, max_size=6)
principals = st.builds(
    lambda scopes, subject, organization: Principal("iss", subject, "client", organization, frozenset(scopes), 9999),
    some(SCOPES, 0),
    st.sampled_from(["ann", "bob"]),
    st.sampled_from(["org", ""]),
)


def snapshot(rows: Sequence[Row]) -> PolicySnapshot:
    """A world of these policies."""
    return PolicySnapshot.build(
        revision=1,
        rules=[Rule.build(**row) for row in rows],
        scopes=IMPLIES,
        profiles=PROFILES,
        catalogue=CATALOGUE,
    )


def calls(spec: ToolSpec, paths: tuple[str, ...] = PATHS, tenants: tuple[str, ...] = TENANTS) -> list[Call]:
    """Every complete call of a tool in the small world."""
    places: Sequence[tuple[str | None, str | None]] = [(None, None)]
    if spec.needs_place:
        places = [("hq", tenant) for tenant in tenants]
        places += [("team", "acme"), ("team", "globex"), ("off", "-"), ("gone", "acme")]
    choices = itertools.product(paths, repeat=len(spec.paths))
    named = [tuple(zip((one.role for one in spec.paths), choice, strict=True)) for choice in choices]
    return [Call(spec.name, portal, tenant, path, AT) for (portal, tenant), path in itertools.product(places, named)]


some_call = st.sampled_from(sorted(CATALOGUE)).flatmap(lambda name: st.sampled_from(calls(CATALOGUE[name])))
