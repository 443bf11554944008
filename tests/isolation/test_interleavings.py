"""The short form of `make isolation`: thousands of calls of many accounts over two workers, and trouble beside them."""

from __future__ import annotations

from pathlib import Path
from random import SystemRandom

import pytest

from tests.isolation.making import Maker
from tests.isolation.people import ASKERS, OWNERS
from tests.isolation.running import run, start

CALLS = 2_000


@pytest.mark.timeout(300)
def test_nobody_gets_what_is_anothers_whatever_comes_between(tmp_path: Path) -> None:
    seed = SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    with start(tmp_path, 2, print) as callers:
        done = run(callers, seed, CALLS, print)
    assert done.judge.faults == []
    assert done.calls >= CALLS
    assert done.judge.told_by_log > CALLS / 20
    assert done.trouble.total() >= 10
    assert len(done.judge.answered) == len({(each.portal, each.owner.tenant, each.account) for each in ASKERS})


def test_one_seed_makes_the_same_calls() -> None:
    first, second, other = Maker(7), Maker(7), Maker(8)
    calls = [first.next() for _ in range(200)]
    assert calls == [second.next() for _ in range(200)]
    assert calls != [other.next() for _ in range(200)]
    assert {made.asker for made in calls} == set(ASKERS)


def test_what_an_owner_has_is_like_nobody_elses() -> None:
    assert len({owner.label for owner in OWNERS}) == len(OWNERS)
    assert len({len(owner.text) for owner in OWNERS}) == len(OWNERS)
