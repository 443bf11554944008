"""What a key set may hold, and how long a worker keeps it: unit tests of what HTTP tests cannot wait for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth.keys import MAX_STALE_SECONDS, MOST_KEYS, TTL_SECONDS, KeysUnavailable, SigningKeys, usable_keys
from oauth.keys import _BadAnswer as BadAnswer
from tests.oauth.test_keys import Clock, kid
from tests.protocol.attacks.junk import Junk, new_key, public
from tests.simulators.scalekit.fixture import RunningScalekit, start_scalekit

KEY = new_key()


@pytest.fixture
def scalekit() -> Iterator[RunningScalekit]:
    with start_scalekit("http://localhost:1/mcp") as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def keys(scalekit: RunningScalekit, clock: Clock) -> AsyncIterator[SigningKeys]:
    found = SigningKeys(f"{scalekit.url}/keys", clock=clock)
    yield found
    await found.close()


def test_junk_is_skipped_and_the_good_key_kept() -> None:
    body = json.dumps({"keys": [*Junk.new().published, public(KEY, "good")]}).encode()
    assert usable_keys(body).keys() == {"good"}


def test_an_id_that_names_two_keys_names_none_but_one_key_named_twice_is_kept() -> None:
    twice = [public(KEY, "same"), public(KEY, "same"), public(KEY, "torn"), public(new_key(), "torn")]
    assert usable_keys(json.dumps({"keys": twice}).encode()).keys() == {"same"}


def test_a_private_key_in_the_set_is_not_trusted() -> None:
    with pytest.raises(BadAnswer):
        usable_keys(json.dumps({"keys": [public(KEY, "leaked", d="AQAB")]}).encode())


def test_only_the_first_hundred_keys_are_looked_at() -> None:
    many = [{"kty": "oct", "kid": "x"}] * MOST_KEYS
    with pytest.raises(BadAnswer):
        usable_keys(json.dumps({"keys": [*many, public(KEY, "late")]}).encode())


JWK_VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
    st.lists(st.text(max_size=4), max_size=3),
    st.sampled_from(["RSA", "EC", "sig", "enc", "RS256", "AQAB", "AA", "A" * 400, "=", *public(KEY, "x").values()]),
)  # fmt: skip
MEMBERS = st.sampled_from(["kty", "kid", "use", "alg", "n", "e", "d", "p", "key_ops", "x5c", "oth", "x"])


@settings(max_examples=300, deadline=None)
@given(st.lists(st.dictionaries(MEMBERS, JWK_VALUES) | JWK_VALUES, max_size=4), st.dictionaries(MEMBERS, JWK_VALUES))
def test_whatever_stands_beside_it_the_good_key_is_found(junk: list[Any], changes: dict[str, Any]) -> None:
    spoilt = {**public(new_key(1024), "spoilt"), **changes} if len(junk) < 2 else changes
    keys = usable_keys(json.dumps({"keys": [*junk, spoilt, public(KEY, "the good one")]}).encode())
    assert "the good one" in keys


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | JWK_VALUES.map(lambda value: json.dumps({"keys": value}).encode()))
def test_any_answer_is_a_key_set_or_a_bad_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        usable_keys(body)


@pytest.mark.attack(37)
@pytest.mark.parametrize("mode", ["compressed", "trickle", "error", "deep"])
async def test_an_answer_that_costs_too_much_is_dropped(
    scalekit: RunningScalekit, keys: SigningKeys, mode: str
) -> None:
    scalekit.control(keys_mode=mode)
    with pytest.raises(KeysUnavailable):
        await keys.find("snk_0")
    assert keys.status().failures == 1
    assert keys.status().last_error


@pytest.mark.attack(35)
async def test_after_a_quiet_night_the_first_to_come_learns_of_a_withdrawn_key(
    scalekit: RunningScalekit, keys: SigningKeys, clock: Clock
) -> None:
    gone = kid(scalekit)
    assert await keys.find(gone) is not None
    kid(scalekit, "alone")
    clock.now += 8 * 3600
    assert keys.peek(gone) is None
    assert await keys.find(gone) is None


@pytest.mark.attack(38)
async def test_after_a_quiet_night_an_outage_delays_one_caller_and_stops_none(
    scalekit: RunningScalekit, keys: SigningKeys, clock: Clock
) -> None:
    known = kid(scalekit)
    await keys.find(known)
    scalekit.control(keys_mode="down")
    clock.now += 8 * 3600
    assert await keys.find(known) is not None
    assert keys.peek(known) is not None
    assert scalekit.key_fetches() == 2


@pytest.mark.attack(38)
async def test_keys_are_not_trusted_for_longer_than_a_day_without_confirmation(
    scalekit: RunningScalekit, keys: SigningKeys, clock: Clock
) -> None:
    known = kid(scalekit)
    await keys.find(known)
    scalekit.control(keys_mode="down")
    clock.now += MAX_STALE_SECONDS + 1
    with pytest.raises(KeysUnavailable):
        await keys.find(known)


@pytest.mark.attack(36)
async def test_a_known_key_does_not_wait_for_a_refresh(
    scalekit: RunningScalekit, keys: SigningKeys, clock: Clock
) -> None:
    known = kid(scalekit)
    await keys.find(known)
    scalekit.control(keys_seconds=3)
    clock.now += TTL_SECONDS + 1
    flood = asyncio.gather(*(keys.find(f"snk_{number}") for number in range(1000)))
    await asyncio.sleep(0)
    assert keys.peek(known) is not None
    assert await keys.find(known) is not None
    assert not flood.done()
    assert set(await flood) == {None}
    assert scalekit.key_fetches() == 2


async def test_age_and_failures_are_told_as_figures(scalekit: RunningScalekit, keys: SigningKeys, clock: Clock) -> None:
    assert keys.status().age is None
    await keys.find("snk_0")
    clock.now += 40
    status = keys.status()
    assert (status.age, status.keys, status.fetches, status.failures, status.last_error) == (40, 1, 1, 0, "")
    scalekit.control(keys_mode="html")
    await keys.find("snk_1")
    status = keys.status()
    assert (status.fetches, status.failures, status.last_error) == (2, 1, "the answer is not JSON")
    assert status.age == 40
    scalekit.control(keys_mode="good")
    clock.now += 31
    await keys.find("snk_2")
    assert (keys.status().age, keys.status().failures, keys.status().last_error) == (0, 1, "")
