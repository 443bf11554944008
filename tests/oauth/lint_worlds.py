"""Small worlds for lint: every caller, place and path of them can be tried, so that what lint claims can be checked."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from oauth.coverage import World
from oauth.policy import Call, PolicySnapshot, Rule, decide
from oauth.principal import Principal
from tools.profile import Profile
from tools.spec import PREFIX, PathArgument, PathRole, Toolset, ToolSpec

AT = 1000.0
TIMES = (AT, 2500.0)
IMPLIES = {"a": frozenset({"b"}), "b": frozenset[str](), "c": frozenset[str]()}
PATHS = ("/", "/HR", "/hr. ", "/HR/x", "/HR/x/y", "/H\u0331R", "/Docs", "/Docs/x", "/x/HR", "/z/z/z/z")
FEW_PATHS = ("/", "/HR/x", "/Docs")
TENANTS = ("-", "acme", "ACME", "globex", "zz")


async def _nothing(call: Any) -> dict[str, Any]:
    return {}


def tool(name: str, toolset: Toolset, *roles: PathRole, place: bool = True, required: bool = True) -> ToolSpec:
    """A tool that takes one path per role."""
    paths = tuple(PathArgument(f"path{number}", role) for number, role in enumerate(roles))
    names = [one.name for one in paths]
    schema: dict[str, Any] = {"properties": {name: {} for name in names}, "required": names if required else []}
    return ToolSpec(f"{PREFIX}{name}", toolset, name, name, schema, {}, _nothing, paths=paths, needs_place=place)


CATALOGUE = {
    spec.name: spec
    for spec in (
        tool("read_file", Toolset.READ, PathRole.SOURCE),
        tool("list_portals", Toolset.READ, place=False),
        tool("who_am_i", Toolset.READ),
        tool("delete_items", Toolset.WRITE, PathRole.SUBTREE),
        tool("copy_item", Toolset.WRITE, PathRole.SUBTREE, PathRole.PARENT),
        tool("maybe", Toolset.WRITE, PathRole.SOURCE, PathRole.TARGET, required=False),
    )
}
HQ = Profile("hq", 1, "h", 443, True, True, "admin", "u", "s")
TEAM = replace(HQ, name="team", scope="user", tenant="Acme")
OFF = replace(HQ, name="off", enabled=False)
ALL_PROFILES = {profile.name: profile for profile in (HQ, TEAM, OFF)}


def some(values: Iterable[str], least: int = 1) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(sorted(values)), min_size=least, max_size=2, unique=True)


def rules(effect: str) -> st.SearchStrategy[dict[str, Any]]:
    """Plain values of a policy; more often wide than narrow, so that policies cover each other."""
    claims = [["*"]] * 3
    return st.fixed_dictionaries(
        {
            "name": st.uuids().map(str),
            "effect": st.just(effect),
            "scopes": some("abc", 1) if effect == "allow" else st.sampled_from([[], [], ["b"], ["c"], ["b", "c"]]),
            "subjects": st.sampled_from([*claims, ["ann"], ["a*"], ["a*", "bob"]]),
            "clients": st.sampled_from([*claims, ["web"], ["w*"]]),
            "organizations": st.sampled_from([*claims, ["org"]]),
            "except_subjects": st.sampled_from([[], [], ["ann"], ["ann", "abe"]]) if effect == "deny" else st.just([]),
            "tools": st.one_of(st.just(["*"]), some((*CATALOGUE, "*", f"{PREFIX}gone"), 0)),
            "toolsets": some(("read", "write", "share"), 0),
            "portals": st.one_of(st.just(["*"]), some(("hq", "team", "off", "*", "gone"))),
            "tenants": st.one_of(st.just(["*"]), some(("-", "Acme", "globex", "*", "a*", "acme"))),
            "paths": st.one_of(st.just(["/**"]), some(("/**", "/HR/**", "/HR", "/*", "/Docs/**", "/*/x", "/H*/**"))),
            "valid_from": st.sampled_from([None, None, 500.0, 1500.0]),
            "valid_until": st.sampled_from([None, None, None, 900.0, 2000.0, 3000.0]),
        }
    )


denies = st.lists(rules("deny"), max_size=4)
policies = st.lists(st.one_of(rules("allow"), rules("deny")), max_size=5)
profiles = st.sampled_from([ALL_PROFILES, {"hq": HQ}, {"team": TEAM}, {"off": OFF}, {}])


def snapshot(rows: Iterable[dict[str, Any]], known: dict[str, Profile] = ALL_PROFILES) -> PolicySnapshot:
    return PolicySnapshot.build(
        revision=1, rules=[Rule.build(**row) for row in rows], scopes=IMPLIES, profiles=known, catalogue=CATALOGUE
    )


def world(rows: Iterable[dict[str, Any]], known: dict[str, Profile] = ALL_PROFILES) -> World:
    return World.of(snapshot(rows, known), AT)


def calls(known: dict[str, Profile]) -> Iterator[Call]:
    """Every complete call to the portals of a small world, and some of optional paths only."""
    for spec in CATALOGUE.values():
        places: list[tuple[str | None, str | None]] = [(None, None)]
        if spec.needs_place:
            places = [
                (profile.name, tenant)
                for profile in known.values()
                if profile.enabled
                for tenant in (TENANTS if profile.scope == "admin" else (profile.tenant,))
            ]
        roles = [one.role for one in spec.paths]
        tried = PATHS if len(roles) < 2 else FEW_PATHS
        given = [tuple(zip(roles, paths, strict=True)) for paths in itertools.product(tried, repeat=len(roles))]
        if roles and not spec.input_schema["required"]:
            given += [((role, path),) for role in roles for path in FEW_PATHS]
        for (portal, tenant), paths, at in itertools.product(places, given, TIMES):
            yield Call(spec.name, portal, tenant, paths, at)


def callers() -> Iterator[Principal]:
    """Callers of a small world, with every set of scopes."""
    sets = [frozenset(one) for size in range(1, 4) for one in itertools.combinations("abc", size)]
    for subject, (client, organization), scopes in itertools.product(
        ("ann", "abe", "bob"), (("web", "org"), ("cli", ""), ("web", "")), sets
    ):
        yield Principal("iss", subject, client, organization, scopes, 9999)


def matched(row: dict[str, Any], known: dict[str, Profile] = ALL_PROFILES) -> tuple[set[Principal], set[Call]]:
    """Whom and which calls one policy is about, of all that can be tried: it matches each of these by each of those."""
    alone = snapshot([row], known)
    (rule,) = alone.rules
    anybody, some_call = next(callers()), Call(f"{PREFIX}list_portals", None, None, (), AT)
    whom = {who for who in callers() if rule.failed_on_who(alone.question(who, some_call)) is None}
    what = {
        call
        for call in calls(known)
        if rule.concerns(CATALOGUE[call.tool], CATALOGUE)
        and rule.failed_on_when(call.at) is None
        and rule.failed_on_where(alone.question(anybody, call)) is None
    }
    return whom, what


def allowed(rows: list[dict[str, Any]], known: dict[str, Profile] = ALL_PROFILES) -> Iterator[tuple[Principal, Call]]:
    """Who may call what, of all that can be tried; `decide` is asked wherever some allow and no deny matches."""
    tried = snapshot(rows, known)
    live = [row for row in rows if row.get("enabled", True)]
    allows, denies = ([matched(row, known) for row in live if row["effect"] == effect] for effect in ("allow", "deny"))
    for whom, what in allows:
        for who in whom:
            stopped: set[Call] = set().union(*(closed for stopping, closed in denies if who in stopping))
            yield from ((who, call) for call in what - stopped if decide(tried, who, call))
