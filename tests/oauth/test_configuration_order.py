"""In whatever order a file says it: implications turn, defaults move, names give way, openings are told."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from oauth.configuration import Outcome, apply_text, export
from oauth.models import Policy, Scope
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db
HQ = "{name: hq, host: h, username: u, password: portal-secret, default: true}"


def bring(text: str, **options: Any) -> Outcome:
    return apply_text("version: 1\n" + text, "c.yaml", **options)


def test_a_chain_of_implications_can_be_turned_round_in_any_order() -> None:
    entries = ("{name: a, implies: [b]}", "{name: b, implies: [c]}", "{name: c, implies: []}")
    turned = ("{name: c, implies: [b]}", "{name: b, implies: [a]}", "{name: a, implies: []}")
    for order in permutations(range(3)):
        bring(f"scopes: [{', '.join(entries[place] for place in order)}]")
        bring(f"scopes: [{', '.join(turned[place] for place in order)}]")
        assert dict(Scope.objects.filter(name__in="abc").values_list("name", "implies")) == {
            "a": [],
            "b": ["a"],
            "c": ["b"],
        }


def test_a_scope_that_the_file_does_not_name_may_lie_between_two_that_it_turns() -> None:
    bring("scopes: [{name: a, implies: [b]}, {name: b}, {name: m, implies: [a]}]")
    bring("scopes: [{name: b, implies: [m]}, {name: a, implies: []}]")
    assert Scope.objects.get(name="b").implies == ["m"]


def test_a_chain_of_a_thousand_scopes_is_applied() -> None:
    chain = [f"{{name: s{number}, implies: [s{number + 1}]}}" for number in range(150)]
    assert len(bring(f"scopes: [{', '.join([*chain, '{name: s150}'])}]").differences) == 151


@pytest.mark.parametrize("order", ["a, b", "b, a"])
def test_the_default_mark_moves_in_either_order(order: str) -> None:
    bring("portals: [{name: a, host: h, username: u, default: true}, {name: b, host: h, username: u}]")
    entries = {"a": "{name: a, default: false}", "b": "{name: b, default: true}"}
    outcome = bring(f"portals: [{', '.join(entries[name] for name in order.split(', '))}]")
    assert list(PortalProfile.objects.filter(default=True).values_list("name", flat=True)) == ["b"]
    assert outcome.diff == "~ portal a\n    default: true -> false\n~ portal b\n    default: false -> true\n"


def test_another_name_is_another_row_and_prune_removes_the_old_one_even_if_policies_named_it() -> None:
    bring(f"portals: [{HQ}]\nscopes: [{{name: old}}]")
    bring('policies: [{name: P, effect: allow, scopes: [old], toolsets: [read], portals: ["hq"]}]')
    outcome = bring(
        f"portals: [{HQ.replace('hq', 'head')}]\nscopes: [{{name: new}}]\n"
        'policies: [{name: P, effect: allow, scopes: [new], toolsets: [read], portals: ["head"]}]',
        prune=True,
    )
    assert [portal["name"] for portal in export()["portals"]] == ["head"]
    assert '~ policy P\n    scopes: - "old", + "new"\n    portals: - "hq", + "head"\n' in outcome.diff
    assert "- portal hq\n" in outcome.diff
    assert "+ portal head\n" in outcome.diff


def test_sections_and_entries_in_another_order_make_the_same() -> None:
    portals = f"portals: [{HQ}, {{name: b, host: h, username: u}}]\n"
    scopes = "scopes: [{name: y, implies: [x]}, {name: x}]\n"
    policies = "policies: [{name: Q, effect: deny, tools: ['*'], paths: ['/HR/**']}]\n"
    bring(portals + scopes + policies, prune=True)
    made = export()
    assert bring(policies + scopes + portals, prune=True).diff == ""
    assert export() == made


@pytest.mark.parametrize(
    "narrower",
    [
        "policies: [{name: No HR, paths: ['/HR/**']}]",
        "policies: [{name: No HR, enabled: false}]",
        "policies: []",
    ],
    ids=["narrowed", "disabled", "pruned"],
)
def test_a_deny_that_stops_less_is_told_before_it_happens(narrower: str) -> None:
    bring("policies: [{name: No HR, effect: deny, tools: ['*'], paths: ['/HR/**', '/Legal/**']}]", prune=True)
    told = "No HR: lets through what it stopped until now."
    assert told in bring(narrower, prune=True, keep=False).notes
    assert Policy.objects.get().enabled
    assert told not in bring("policies: [{name: No HR, description: x}]", prune=True, keep=False).notes
