"""A flood of refusals becomes a number: stored up to a budget for each principal and minute, then counted."""

from __future__ import annotations

from dataclasses import replace

from oauth.principal import Principal
from oauth.refusal_budget import RefusalBudget, Verdict

ALICE = Principal("https://acme.scalekit.test", "usr_alice", "m2m_1", "org", frozenset(), 2_000_000_000)
BOB = replace(ALICE, subject="usr_bob")


def taken(budget: RefusalBudget, count: int, now: float, principal: Principal = ALICE) -> list[Verdict]:
    return [budget.take(principal, f"D-{number}", "no_policy", now) for number in range(count)]


def test_the_first_are_stored_the_last_of_them_says_so_and_the_rest_is_counted() -> None:
    budget = RefusalBudget(stored=3)
    assert taken(budget, 5, 0.0) == [Verdict.STORE] * 2 + [Verdict.STORE_AND_SAY] + [Verdict.COUNT] * 2
    assert budget.due(59.9) == []
    (tally,) = budget.due(60.0)
    assert (tally.principal, tally.counted, dict(tally.by)) == (ALICE, 2, {"no_policy": 2})
    assert (tally.first, tally.last) == ("D-3", "D-4")
    assert budget.due(1e9) == []
    assert budget.is_idle


def test_the_next_window_stores_again() -> None:
    budget = RefusalBudget(stored=1)
    taken(budget, 2, 0.0)
    assert taken(budget, 1, 60.0) == [Verdict.STORE_AND_SAY]
    assert [tally.counted for tally in budget.due(60.0)] == [1]


def test_one_principals_flood_costs_no_other_its_rows() -> None:
    budget = RefusalBudget(stored=2)
    taken(budget, 100, 0.0)
    assert taken(budget, 1, 0.0, BOB) == [Verdict.STORE]


def test_memory_is_bounded_and_what_was_counted_is_not_lost() -> None:
    budget = RefusalBudget(stored=1, most=10)
    for number in range(50):
        taken(budget, 2, 0.0, replace(ALICE, subject=f"usr_{number}"))
    assert len(budget._tallies) <= 10
    assert sum(tally.counted for tally in budget.due(float("inf"))) == 50


def test_a_tally_that_could_not_be_stored_comes_again() -> None:
    budget = RefusalBudget(stored=1)
    taken(budget, 2, 0.0)
    (tally,) = budget.due(60.0)
    budget.give_back(tally)
    assert budget.due(60.0) == [tally]
