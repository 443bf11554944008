"""A distribution counts what it is shown by inclusive upper bounds."""

from __future__ import annotations

from tools.distribution import Distribution


def test_an_observation_counts_under_the_first_bound_that_holds_it() -> None:
    seen = Distribution((1, 5, 10))
    for value in (0, 1, 1.5, 5, 10.1, 99):
        seen.observe(value)
    assert seen.counts == [2, 2, 0, 2]
    assert seen.total == 116.6
