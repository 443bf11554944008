"""What lint says of a policy, one finding after the other, and what it does not say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oauth.coverage import World
from oauth.findings import Finding, Severity
from oauth.lint import lint_all, lint_policy
from oauth.policy import Rule
from tests.oauth.lint_worlds import ALL_PROFILES, AT, HQ, TEAM, snapshot
from tools.profile import Profile
from tools.spec import PREFIX

READ = {"name": "Readers", "effect": "allow", "scopes": ["a"], "toolsets": ["read"]}
ALL = {"name": "All", "effect": "allow", "scopes": ["a"], "tools": ["*"]}
NO_HR = {"name": "No HR", "effect": "deny", "tools": ["*"], "paths": ["/HR/**"]}
NEVER = {"name": "No", "effect": "deny", "tools": ["*"], "subjects": ["ann"]}


def said(
    policy: dict[str, Any], *others: dict[str, Any], known: dict[str, Profile] = ALL_PROFILES
) -> dict[str, Finding]:
    world = World.of(snapshot(others, known), AT)
    found = {finding.code: finding for finding in lint_policy(world, Rule.build(**policy))}
    assert all(finding.policy == policy["name"] for finding in found.values())
    return found


@pytest.mark.parametrize(
    ("policy", "code", "field", "words"),
    [
        ({**READ, "valid_until": 900.0}, "L001", "valid_until", "1970-01-01 00:15 UTC"),
        ({**READ, "scopes": ["a", "x:y"]}, "L002", "scopes", "no scope is called x:y"),
        ({**READ, "toolsets": ["share"]}, "L003", "tools", "has none of its tools"),
        ({**READ, "tools": [f"{PREFIX}gone"], "toolsets": []}, "L003", "tools", "has none of its tools"),
        ({**READ, "toolsets": ["write"], "portals": ["off", "gone"]}, "L004", "portals", "there and enabled"),
        ({**READ, "toolsets": ["write"], "portals": ["team"], "tenants": ["globex"]}, "L005", "tenants", "Acme"),
        ({**NEVER, "tools": [f"{PREFIX}who_am_i"], "paths": ["/HR/**"]}, "L006", "paths", "take no path"),
        ({**NEVER, "tools": [f"{PREFIX}list_portals"], "portals": ["hq"]}, "L006", "portals", "work at no portal"),
        ({**NEVER, "except_subjects": ["ann"]}, "L007", "except_subjects", "everyone whom subjects name"),
    ],
)
def test_a_policy_that_can_never_match_is_asked_about_at_its_field(
    policy: dict[str, Any], code: str, field: str, words: str
) -> None:
    finding = said(policy)[code]
    assert (finding.severity, finding.field) == (Severity.CONFIRM, field)
    assert words in finding.message


def test_on_all_portals_foreign_tenants_are_a_warning_since_portals_may_come() -> None:
    finding = said({**READ, "toolsets": ["write"], "tenants": ["-"]}, known={"team": TEAM})["L005"]
    assert finding.severity is Severity.WARNING
    assert "L005" not in said({**READ, "tenants": ["-"]}, known={})


def test_an_allow_that_is_left_with_tools_of_no_portal_is_warned_about() -> None:
    gone = said({**READ, "portals": ["eu"]})["L008"]
    assert (gone.severity, gone.field) == (Severity.WARNING, "portals")
    assert "only list_portals can match" in gone.message
    assert said({**READ, "portals": ["team"], "tenants": ["-"]})["L008"].field == "tenants"
    assert "L008" not in said({**READ, "portals": ["hq", "eu"]})


def test_a_deny_that_waits_for_its_portal_is_only_told_that_there_is_none() -> None:
    found = said({**NEVER, "portals": ["eu"], "scopes": ["x:y"]})
    assert {code for code, one in found.items() if one.severity is Severity.CONFIRM} == set()
    world = World.of(snapshot([{**NEVER, "portals": ["eu"], "scopes": ["x:y"]}]), AT)
    assert [finding.message for finding in lint_all(world) if finding.code == "L030"] == [
        "no portal is called eu; until one is, the policy denies all the same.",
        "no scope is called x:y; until one is, the policy denies all the same.",
    ]


def test_names_of_tools_and_portals_that_are_not_there_are_told() -> None:
    finding = said({**READ, "portals": ["hq", "eu"]})["L030"]
    assert finding.message == "no portal is called eu; until one is, it matches nothing by that name."
    assert "no tool" in said({**READ, "tools": [f"{PREFIX}gone"]})["L030"].message


def test_an_allow_that_denies_stop_whole_is_asked_about_with_their_names() -> None:
    where = [{**NO_HR, "name": f"No {portal}", "portals": [portal], "paths": ["/**"]} for portal in ("hq", "team")]
    finding = said({**READ, "toolsets": [], "tools": [f"{PREFIX}who_am_i"]}, *where)["L010"]
    assert finding.severity is Severity.CONFIRM
    assert "No hq and No team denies all" in finding.message
    assert "L010" not in said({**READ, "toolsets": [], "tools": [f"{PREFIX}who_am_i"]}, where[0])


@pytest.mark.parametrize(
    ("allow", "deny"),
    [
        ({"paths": ["/HR/**", "/x"]}, {"paths": ["/HR/**"]}),
        (
            {"paths": ["/H*/**"]},
            {"paths": ["/H*/**"]},
        ),  # a name may begin with one letter and fold to begin with another
        ({}, {"except_subjects": ["ann"], "subjects": ["*"], "paths": ["/**"]}),
        ({}, {"valid_until": 2000.0, "paths": ["/**"]}),
        ({}, {"scopes": ["b"], "paths": ["/**"]}),
        ({"scopes": ["b"]}, {"scopes": ["b"], "paths": ["/**"]}),  # a grants b and is not called b
    ],
)
def test_an_allow_that_something_gets_through_is_not_said_to_be_shadowed(
    allow: dict[str, Any], deny: dict[str, Any]
) -> None:
    tool = {"toolsets": [], "tools": [f"{PREFIX}read_file"]}
    assert "L010" not in said({**READ, **tool, **allow}, {**NO_HR, **deny})


def test_optional_paths_of_a_tool_are_closed_only_together() -> None:
    maybe = {**READ, "toolsets": [], "tools": [f"{PREFIX}maybe"]}
    reading = {**NO_HR, "tools": [f"{PREFIX}read_file"], "paths": ["/**"]}
    assert "L010" not in said(maybe, reading)  # a call with its target alone gets through
    assert "L010" in said(maybe, {**NO_HR, "paths": ["/**"]})


def test_a_deny_that_leaves_an_allow_nothing_is_warned_about() -> None:
    finding = said({**NO_HR, "paths": ["/**"], "clients": ["*"], "portals": ["*"], "toolsets": ["read"]}, READ)["L011"]
    assert "stops all that Readers allows" in finding.message


def test_a_redundant_allow_and_a_twin_are_told() -> None:
    finding = said({**READ, "subjects": ["ann"]}, READ | {"name": "Wide"})["L012"]
    assert (finding.severity, finding.message.split(":")[0]) == (Severity.INFO, "Wide allows all of this already")
    assert "L012" not in said({**READ, "calls_per_minute": None}, READ | {"name": "Wide", "calls_per_minute": 5})
    twins = lint_all(World.of(snapshot([READ, READ | {"name": "Zwilling", "tenants": ["*"]}]), AT))
    assert [(finding.code, finding.policy) for finding in twins] == [("L013", "Zwilling")]


def test_what_leaves_nobody_any_access_is_asked_about() -> None:
    stop = {**NO_HR, "paths": ["/**"], "clients": ["*"], "name": "Stop"}
    assert said(stop, ALL)["L020"].severity is Severity.CONFIRM
    assert "L020" in said({**ALL, "enabled": False}, ALL)
    assert "L020" not in said({**stop, "subjects": ["bob"]}, ALL)
    assert "L020" not in said(stop)  # nobody had any before
    assert [finding.code for finding in lint_all(World.of(snapshot([]), AT))] == ["L020"]


def test_team_portals_that_no_portal_has_are_told() -> None:
    passed = said({**ALL, "portals": ["hq", "team"], "tenants": ["globex"]})["L032"]
    assert "portal team is the Team Portal Acme alone" in passed.message
    foreign = said({**ALL, "portals": ["team"], "tenants": ["Acme", "globex"]})["L032"]
    assert "globex: no portal that it is about has this Team Portal" in foreign.message
    assert "L032" not in said({**ALL, "portals": ["team"], "tenants": ["A*"]})


def test_places_that_a_tool_does_not_have_are_told() -> None:
    who = {**READ, "toolsets": [], "tools": [f"{PREFIX}who_am_i"], "paths": ["/Docs/**"]}
    assert said(who)["L033"].severity is Severity.WARNING
    mixed = said({**who, "toolsets": ["read"]})["L033"]
    assert (mixed.severity, "list_portals and who_am_i" in mixed.message) == (Severity.INFO, True)
    deny = said({**NO_HR, "tools": [f"{PREFIX}who_am_i", f"{PREFIX}read_file"]})["L033"]
    assert "does not stop who_am_i" in deny.message
    assert "L033" not in said(NO_HR)


def test_an_exception_for_somebody_it_is_not_about_is_useless() -> None:
    assert "do not name bob" in said({**NEVER, "subjects": ["a*"], "except_subjects": ["abe", "bob"]})["L034"].message


def test_a_deny_by_scope_warns_of_tokens_without_it_unless_every_allow_needs_it() -> None:
    by_scope = {"name": "No b", "effect": "deny", "tools": ["*"], "scopes": ["b"]}
    assert "escapes this by asking for a token without b" in said(by_scope, ALL)["L040"].message
    by_a = {**by_scope, "scopes": ["a"]}
    assert "L040" not in said(by_a, ALL)
    assert "L040" in said(by_a, ALL, {**ALL, "name": "Also", "scopes": ["c"]})


def test_a_closed_folder_is_said_to_have_another_address_where_there_are_shares() -> None:
    assert said(NO_HR)["L041"].severity is Severity.INFO
    assert "L041" not in said(NO_HR, known={"hq": HQ})
    assert "L041" in said(NO_HR, known={"hq": replace(HQ, identity="caller")})
    assert "L041" not in said({**NO_HR, "paths": ["/HR/**", "/Shared With Me/**"]})


def test_a_disabled_policy_is_left_alone_and_so_is_a_sound_one() -> None:
    assert said({**READ, "valid_until": 900.0, "enabled": False}) == {}
    assert said(READ, known={"hq": HQ}) == {}
