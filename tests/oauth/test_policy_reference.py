"""The indexed decision is the one that the slow reference comes to, in every world that chance finds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from oauth import candidates
from oauth.policy import Allowed, Call, DenyReason, decide
from oauth.principal import Principal
from tests.oauth.reference import decided
from tests.oauth.worlds import CATALOGUE, Row, any_rule, calls, examples, policies, principals, snapshot, some_call


def told(rows: list[Row], who: Principal, call: Call) -> tuple[str, str, int | None]:
    found = decide(snapshot(rows), who, call)
    if isinstance(found, Allowed):
        return "allowed", found.policy, found.calls_per_minute
    if found.reason is DenyReason.DENIED_BY_POLICY:
        return "denied", found.policy or "", None
    return "none", "", None


@settings(max_examples=examples(1.5))
@given(policies, principals, some_call)
def test_a_decision_is_the_one_that_the_design_describes(rows: list[Row], who: Principal, call: Call) -> None:
    assert told(rows, who, call) == decided(rows, who, call)


@settings(max_examples=examples(0.3), deadline=None)
@given(st.lists(any_rule, min_size=15, max_size=60), principals, st.data())
def test_so_it_is_where_there_are_enough_policies_to_file(rows: list[Row], who: Principal, data: st.DataObject) -> None:
    world = snapshot(rows)
    for _ in range(10):
        call = data.draw(some_call)
        question = world.question(who, call)
        candidate = {rule.name for rule in world.allowing.of(question, question.granted)}
        matching = {rule.name for rule in world.allows[call.tool] if rule.failed_on(question) is None}
        assert matching <= candidate
        assert told(rows, who, call) == decided(rows, who, call)


@settings(max_examples=examples(0.2), deadline=None)
@given(st.lists(any_rule, min_size=10, max_size=40), principals)
def test_filing_every_rule_hides_none(rows: list[Row], who: Principal) -> None:
    """With single rules filed as deep as it goes, every rule that matches is still among the candidates."""
    few, candidates.FEW = candidates.FEW, 0  # type: ignore[misc]  # a crowd would need more rules than chance draws
    try:
        world = snapshot(rows)
    finally:
        candidates.FEW = few  # type: ignore[misc]
    for name in ("copy", "delete", "who_am_i", "list_portals", "ctera_portal_read_file"):
        for call in calls(CATALOGUE[name])[::7]:
            question = world.question(who, call)
            for effect, rules in ((world.allowing, world.allows), (world.denying, world.denies)):
                held = who.scopes if effect.denies else question.granted
                found = {rule.name for rule in effect.of(question, held)}
                assert {rule.name for rule in rules[name] if rule.failed_on(question) is None} <= found
                assert found <= {rule.name for rule in rules[name]}
                assert {rule.name for rule in effect.each_of(question, held)} == found


def test_a_decision_looks_only_at_policies_that_could_match() -> None:
    """A thousand policies about others are not touched."""
    others = [
        {"name": f"p{number}", "effect": "allow", "scopes": ["a"], "tools": ["*"], "subjects": [f"u{number}"]}
        for number in range(1000)
    ]
    others += [
        {"name": f"d{number}", "effect": "deny", "tools": ["*"], "paths": [f"/Closed/{number}/**"]}
        for number in range(1000)
    ]
    mine = {"name": "mine", "effect": "allow", "scopes": ["a"], "tools": ["*"], "subjects": ["ann"]}
    world = snapshot([*others, mine])
    who = Principal("iss", "ann", "client", "org", frozenset({"a"}), 9999)
    question = world.question(who, calls(CATALOGUE["delete"])[5])
    assert [rule.name for rule in world.allowing.of(question, question.granted)] == ["mine"]
    assert world.denying.of(question, who.scopes) == []
    below = next(call for call in calls(CATALOGUE["delete"], ("/closed/7./x",)) if call.portal == "hq")
    assert [rule.name for rule in world.denying.of(world.question(who, below), who.scopes)] == ["d7"]
