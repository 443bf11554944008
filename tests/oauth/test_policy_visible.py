"""What is listed is what some arguments allow; what is challenged suffices and is the least: by brute force."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import lru_cache

from hypothesis import given, settings

from oauth.policy import Call, Denied, PolicySnapshot, callable_somewhere, decide, permits, visible
from oauth.portals import open_portals
from oauth.principal import Principal
from tests.oauth.worlds import (
    AT,
    BEYOND,
    CATALOGUE,
    PATHS,
    TENANTS,
    Row,
    calls,
    examples,
    policies,
    principals,
    snapshot,
    some_call,
)

FEW_PATHS = ("/", "/HR", "/HR/x", "/Docs", "/Docs/x", "/x", *BEYOND[:5], "/Hx", "/other/other/other")
"""Enough for two arguments at once: every glob has an instance here that each deny lets through if it lets any."""


@lru_cache
def every_call(tool: str) -> tuple[Call, ...]:
    spec = CATALOGUE[tool]
    paths = FEW_PATHS if len(spec.paths) > 1 else (*PATHS, *BEYOND, "/other/other/other", "/HR/other/other")
    tenants = (
        (*TENANTS, "ACME", "aa-zz", "zz") if len(spec.paths) < 2 else ("acme", "ACME", "-", "aa-zz", "zz", "globex")
    )
    return tuple(calls(spec, paths, tenants))


def some_allowed(world: PolicySnapshot, who: Principal, tool: str, portal: str | None = None) -> bool:
    """Whether any complete call is allowed, asked one by one."""
    tried = (call for call in every_call(tool) if portal is None or call.portal == portal)
    return any(permits(world, who, call) for call in tried)


@settings(max_examples=examples(0.6), deadline=None)
@given(policies, principals)
def test_what_is_visible_is_what_some_arguments_allow(rows: list[Row], who: Principal) -> None:
    world = snapshot(rows)
    assert visible(world, who, AT) == {name for name in CATALOGUE if some_allowed(world, who, name)}


@settings(max_examples=examples(0.3), deadline=None)
@given(policies, principals)
def test_open_portals_are_those_where_something_can_be_called(rows: list[Row], who: Principal) -> None:
    world = snapshot(rows)
    placed = [name for name, spec in CATALOGUE.items() if spec.needs_place]
    expected = [
        portal for portal in ("hq", "team", "off") if any(some_allowed(world, who, name, portal) for name in placed)
    ]
    assert list(open_portals(world, who, AT)) == expected


@given(policies, principals, some_call)
def test_a_call_that_leaves_something_open_is_allowed_if_a_complete_one_is(
    rows: list[Row], who: Principal, call: Call
) -> None:
    world = snapshot(rows)
    if decide(world, who, call):
        for portal, tenant, paths in itertools.product((call.portal, None), (call.tenant, None), (call.paths, ())):
            assert decide(world, who, Call(call.tool, portal, tenant, paths, call.at))


@given(policies, principals, some_call)
def test_challenged_scopes_suffice_and_none_of_fewer_would(rows: list[Row], who: Principal, call: Call) -> None:
    """They are all the scopes of one allow; none that would do misses fewer; where one would do, one is told."""
    world = snapshot(rows)
    refused = decide(world, who, call)
    if not isinstance(refused, Denied):
        return
    granted = world.granted(who.scopes)

    def opens(scopes: frozenset[str]) -> bool:
        return permits(world, replace(who, scopes=who.scopes | scopes), call)

    demands = {frozenset(row["scopes"]) for row in rows if row["effect"] == "allow"}
    would_do = [len(scopes - granted) for scopes in demands if opens(scopes) and asks_for(world, who, call, scopes)]
    told = frozenset(refused.required_scopes)
    if told:
        assert opens(told)
        assert told in demands
        assert len(told - granted) == min(would_do)
        for scope in told - granted if demands == {told} else ():
            rest = told - {scope}
            assert not opens(rest) or scope in world.granted(who.scopes | rest)
    else:
        assert would_do == []


def asks_for(world: PolicySnapshot, who: Principal, call: Call, scopes: frozenset[str]) -> bool:
    """Whether the allow that would open the call is one that demands exactly these scopes."""
    question = world.question(replace(who, scopes=who.scopes | scopes), call)
    return any(rule.scopes == scopes and rule.failed_on(question) is None for rule in world.allows[call.tool])


@settings(max_examples=examples(0.3), deadline=None)
@given(policies, principals)
def test_the_scopes_told_for_a_hidden_tool_make_it_visible(rows: list[Row], who: Principal) -> None:
    world = snapshot(rows)
    for name in set(CATALOGUE) - visible(world, who, AT):
        refused = callable_somewhere(world, who, name, AT)
        assert isinstance(refused, Denied)
        richer = replace(who, scopes=who.scopes | set(refused.required_scopes))
        assert (name in visible(world, richer, AT)) == bool(refused.required_scopes)
