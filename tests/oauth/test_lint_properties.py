"""What lint claims of every call holds for every call of a small world, tried one by one."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings

from oauth.coverage import Budget, Passage, Search, covers
from oauth.lint import empties, lint_all
from oauth.policy import Rule
from tests.oauth.lint_worlds import allowed, denies, matched, policies, profiles, rules, world
from tools.profile import Profile

SEARCH = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NEVER = {"L001", "L002", "L003", "L004", "L005", "L006", "L007"}


def none(found: Any) -> bool:
    return next(found, None) is None


@SEARCH
@given(rules("allow"), denies, profiles)
def test_through_an_allow_that_is_said_to_be_shadowed_nothing_is_allowed(
    allow: dict[str, Any], against: list[dict[str, Any]], known: dict[str, Profile]
) -> None:
    here = world([allow, *against], known)
    if Search(here, Rule.build(**allow), here.denies, Budget()).run() is Passage.CLOSED:
        assert none(allowed([allow, *against], known))


@SEARCH
@given(rules("allow"), rules("deny"), rules("deny"))
def test_two_denies_that_are_said_to_stop_all_of_an_allow_do(
    allow: dict[str, Any], one: dict[str, Any], other: dict[str, Any]
) -> None:
    """Denies of the same people and tools, which together may close what neither closes alone."""
    shared = ("scopes", "clients", "organizations", "tools", "toolsets", "valid_from", "valid_until", "portals")
    wide = {**allow, "portals": ["*"], "tools": ["*"], "valid_until": None}
    against = [{**each, **{field: one[field] for field in shared}} for each in (one, other)]
    here = world([wide, *against])
    if Search(here, Rule.build(**wide), here.denies, Budget()).run() is Passage.CLOSED:
        assert none(allowed([wide, *against]))


@SEARCH
@given(policies, profiles)
def test_a_policy_that_is_said_never_to_match_matches_nothing(
    rows: list[dict[str, Any]], known: dict[str, Profile]
) -> None:
    dead = {finding.policy for finding in lint_all(world(rows, known)) if finding.code in NEVER}
    for row in rows:
        if row["name"] in dead:
            whom, what = matched(row, known)
            assert not whom or not what


@SEARCH
@given(rules("allow"), rules("allow"), profiles)
def test_an_allow_that_is_said_to_be_covered_adds_nothing(
    one: dict[str, Any], other: dict[str, Any], known: dict[str, Profile]
) -> None:
    here = world([one, other], known)
    wide, narrow = Rule.build(**one), Rule.build(**other)
    if here.lives(wide) and here.lives(narrow) and covers(here, wide, narrow):
        (whom, what), (whom_too, what_too) = matched(other, known), matched(one, known)
        assert not what or whom <= whom_too
        assert not whom or what <= what_too


@SEARCH
@given(policies, rules("deny"), profiles)
def test_a_change_that_is_said_to_empty_the_access_of_everyone_does(
    rows: list[dict[str, Any]], deny: dict[str, Any], known: dict[str, Profile]
) -> None:
    wide = {**deny, "scopes": [], "subjects": ["*"], "except_subjects": [], "tools": ["*"], "paths": ["/**"]}
    before = world(rows, known)
    if any(empties(before, before.changed(added=[Rule.build(**wide)]))):
        assert none(allowed([*rows, wide], known))
