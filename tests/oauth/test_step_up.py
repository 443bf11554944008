"""Within reach is what a further scope opens, and nothing that no scope opens."""

from __future__ import annotations

from typing import Any

import pytest

from oauth.access import AccessBook
from oauth.policy import PolicySnapshot, Rule, callable_somewhere
from oauth.principal import Principal
from oauth.step_up import within_reach
from tools.catalogue import CATALOGUE
from tools.profile import Profile

AT = 1000.0
LIST, WHO = "ctera_portal_list_portals", "ctera_portal_who_am_i"
HQ = Profile("hq", 1, "h", 443, True, True, "admin", "u", "s")


def snapshot(*rules: dict[str, Any]) -> PolicySnapshot:
    return PolicySnapshot.build(
        revision=1,
        rules=[Rule.build(name=f"rule {number}", **rule) for number, rule in enumerate(rules)],
        scopes={"a": frozenset(), "b": frozenset({"a"})},
        profiles={"hq": HQ},
        catalogue=CATALOGUE,
    )


def who(*scopes: str) -> Principal:
    return Principal("i", "usr_1", "cli_1", "org_1", frozenset(scopes), 0)


ALLOW = {"effect": "allow", "scopes": ["a"], "tools": [LIST]}


def test_a_tool_that_a_scope_opens_is_within_reach_until_the_scope_is_there() -> None:
    world = snapshot(ALLOW)
    assert within_reach(world, who(), AT) == {LIST}
    assert within_reach(world, who("a"), AT) == set()
    assert within_reach(world, who("b"), AT) == set()


@pytest.mark.parametrize(
    "more",
    [
        {"subjects": ["usr_2"]},
        {"clients": ["cli_2"]},
        {"organizations": ["org_2"]},
        {"valid_until": AT},
        {"valid_from": AT + 1},
        {"enabled": False},
        {"scopes": ["no row of this name"]},
    ],
)
def test_what_more_than_a_scope_stands_in_the_way_of_is_out_of_reach(more: dict[str, Any]) -> None:
    assert within_reach(snapshot({**ALLOW, **more}), who(), AT) == set()


def test_what_a_deny_closes_is_out_of_reach() -> None:
    deny = {"effect": "deny", "tools": [LIST], "subjects": ["usr_1"]}
    assert within_reach(snapshot(ALLOW, deny), who(), AT) == set()


def test_a_book_lists_what_is_within_reach_only_when_told_to() -> None:
    world = snapshot(ALLOW, {"effect": "allow", "scopes": ["b"], "tools": [WHO]})
    assert AccessBook(world).listed(who("a"), AT) == {LIST}
    assert AccessBook(world, lists_step_up=True).listed(who("a"), AT) == {LIST, WHO}
    assert AccessBook(world, lists_step_up=True).visible(who("a"), AT) == {LIST}


def test_a_book_forgets_what_was_within_reach_at_the_edge() -> None:
    book = AccessBook(snapshot({**ALLOW, "valid_until": AT + 5}), lists_step_up=True)
    assert book.listed(who(), AT) == {LIST}
    assert book.listed(who(), AT + 5) == set()


def test_listing_what_is_within_reach_opens_nothing() -> None:
    assert not callable_somewhere(snapshot(ALLOW), who(), LIST, AT)
