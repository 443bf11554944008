"""Signing keys over HTTP when they rotate or cannot be had; the server's bounds are short here (`impatient.py`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.protocol.attacks import impatient
from tests.protocol.attacks.door import ERAS, Answer, Door
from tests.protocol.attacks.forge import Forge
from tests.simulators.scalekit.trouble import TROUBLE
from tests.simulators.stack import RunningStack, start_server, start_stack

ENOUGH_SECONDS = 20
SERVE = ("-m", impatient.__name__)
MODES = [*TROUBLE, "silent"]


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A server with short bounds."""
    with start_stack(tmp_path_factory.mktemp("hasty"), serve=SERVE, LOG_LEVEL="DEBUG") as running:
        yield running


@pytest.fixture
def gate(hasty: RunningStack) -> Iterator[Door]:
    """Its door; the environment is well again afterwards."""
    yield Door(hasty)
    hasty.scalekit.control(keys_mode="good", keys_seconds=0)


def until(what: Callable[[], bool]) -> None:
    """Poll a condition."""
    deadline = time.monotonic() + ENOUGH_SECONDS
    while not what():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def trouble(gate: Door, mode: str) -> None:
    """Make `/keys` useless in one way."""
    silent = mode == "silent"
    gate.stack.scalekit.control(keys_mode="good" if silent else mode, keys_seconds=3 if silent else 0)


def statuses(gate: Door, token: str) -> set[int]:
    return {gate.knock(f"Bearer {token}", era=era).status for era in ERAS}


def is_outage(answer: Answer) -> None:
    """503: come back; nothing that makes a client throw its token away."""
    assert answer.status == 503
    assert int(answer.values("retry-after")[0]) >= 1
    assert answer.values("www-authenticate") == []
    assert b"invalid_token" not in answer.body
    assert answer.json()["error"] == "temporarily_unavailable"


@pytest.mark.attack(37)
@pytest.mark.parametrize("mode", MODES)
def test_without_keys_the_caller_keeps_the_token_and_comes_back(
    tmp_path_factory: pytest.TempPathFactory, cold: Door, mode: str
) -> None:
    forge = Forge.of(cold.stack.scalekit, cold.stack.url)
    token = forge.token()
    before = cold.traces()
    trouble(cold, mode)
    until(lambda: cold.knock(f"Bearer {token}").status == 503 and cold.traces().fetches > before.fetches)
    for era in ERAS:
        is_outage(cold.knock(f"Bearer {token}", era=era))
    cold.is_unasked(cold.knock())
    cold.is_invalid(cold.knock("Bearer a.b.c"))
    assert cold.stack.scalekit.control(followed=True)["followed"] == 0
    logged = cold.stack.log_file.read_text()
    assert token not in logged
    assert "Traceback" not in logged


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """The door of a server that never had a key, since Scalekit was away when it began."""
    directory = tmp_path_factory.mktemp("cold")
    with start_stack(directory) as running:
        running.scalekit.control(keys_mode="down")
        environment = {**running.environment, "LOG_LEVEL": "DEBUG"}
        running.server.terminate()
        running.server.wait(30)
        running.log_file.unlink()
        with start_server(environment, directory, SERVE, "/healthz") as (server, log_file):
            found = Door(replace(running, environment=environment, server=server, log_file=log_file))
            is_outage(found.knock(f"Bearer {running.token('alice')}"))
            yield found
            running.scalekit.control(keys_mode="good", keys_seconds=0)
            token = running.token("alice")
            until(lambda: found.knock(f"Bearer {token}").status == 200)


@pytest.mark.attack(37)
def test_an_outage_is_not_asked_about_more_than_the_cooldown_allows(cold: Door) -> None:
    trouble(cold, "down")
    token = cold.stack.token("alice")
    before, began = cold.traces(), time.monotonic()
    for _ in range(60):
        is_outage(cold.knock(f"Bearer {token}"))
    after = cold.traces()
    allowed = 1 + (time.monotonic() - began) / impatient.COOLDOWN_SECONDS
    assert after.fetches - before.fetches <= allowed


@pytest.mark.attack(38)
@pytest.mark.parametrize("mode", MODES)
def test_known_keys_outlive_an_outage_and_unknown_ones_stay_unknown(gate: Door, mode: str) -> None:
    forge = Forge.of(gate.stack.scalekit, gate.stack.url)
    warm = forge.token()
    until(lambda: statuses(gate, warm) == {200})
    trouble(gate, mode)
    before = gate.traces().fetches
    until(lambda: statuses(gate, forge.token()) == {200} and gate.traces().fetches > before)
    assert statuses(gate, warm) == {200}
    gate.is_invalid(gate.knock(f"Bearer {forge.with_header(kid='snk_unknown')}"))
    assert gate.stack.scalekit.control(followed=True)["followed"] == 0


@pytest.mark.attack(35)
def test_a_new_key_beside_the_old_one_is_found_within_the_cooldown(gate: Door) -> None:
    old = Forge.of(gate.stack.scalekit, gate.stack.url)
    until(lambda: statuses(gate, old.token()) == {200})
    gate.stack.scalekit.control(rotate="overlap")
    new = Forge.of(gate.stack.scalekit, gate.stack.url)
    assert new.kid != old.kid
    began = time.monotonic()
    until(lambda: statuses(gate, new.token()) == {200})
    assert time.monotonic() - began < 30 * impatient.COOLDOWN_SECONDS
    assert statuses(gate, old.token()) == {200}


@pytest.mark.attack(35)
def test_a_key_that_replaces_the_old_one_ends_what_the_old_one_signed(gate: Door) -> None:
    old = Forge.of(gate.stack.scalekit, gate.stack.url)
    cached = old.token()
    until(lambda: statuses(gate, cached) == {200})
    gate.stack.scalekit.control(rotate="alone")
    new = Forge.of(gate.stack.scalekit, gate.stack.url)
    until(lambda: statuses(gate, new.token()) == {200})
    assert statuses(gate, cached) == {401}
    gate.is_invalid(gate.knock(f"Bearer {old.token()}"))


@pytest.mark.attack(35)
def test_a_key_that_is_withdrawn_stops_working_without_any_new_one(gate: Door) -> None:
    gate.stack.scalekit.control(rotate="overlap")
    gone = Forge.of(gate.stack.scalekit, gate.stack.url)
    cached = gone.token()
    until(lambda: statuses(gate, cached) == {200})
    gate.stack.scalekit.control(withdraw=gone.kid)
    began = time.monotonic()
    until(lambda: statuses(gate, cached) == {401} and statuses(gate, gone.token()) == {401})
    assert time.monotonic() - began < 5 * impatient.TTL_SECONDS
    assert statuses(gate, gate.stack.token("alice")) == {200}
