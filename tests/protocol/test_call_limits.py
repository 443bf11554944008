"""Calls over a policy's calls per minute are refused with the seconds to wait, told to the model and to evidence."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.protocol.evidence import events
from tests.protocol.from_outside import wait_for_workers
from tests.protocol.wire import Wire
from tests.simulators.editor import Editor, start_editor
from tests.simulators.redis_server import RunningRedis, start_redis
from tests.simulators.stack import RunningStack, start_stack

SCOPE = "limited:read"


def limit_calls(editor: Editor) -> None:
    """A policy of three calls a minute for whoever holds the scope."""
    editor.scope(SCOPE)
    tools = ["ctera_portal_list_portals", "ctera_portal_list_dir"]
    editor.policy("Three a minute", scopes=[SCOPE], tools=tools, tenants=["-"], calls_per_minute=3)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One worker that counts in memory."""
    with start_stack(tmp_path_factory.mktemp("limits")) as running:
        with start_editor(running.environment) as editor:
            limit_calls(editor)
        wait_for_workers(running, 1)
        yield running


@pytest.fixture
def subject() -> str:
    """Somebody who has not called yet."""
    return f"usr_{uuid.uuid4().hex}"


def token(stack: RunningStack, subject: str, *scopes: str, client: str = "cli_1") -> str:
    granted = sorted({SCOPE, *scopes})
    return stack.token("mallory", sub=subject, client_id=client, scopes=granted, scope=" ".join(granted))


def test_a_call_over_the_limit_is_told_how_long_to_wait(wire: Wire, subject: str) -> None:
    caller = token(wire.stack, subject)
    for _ in range(3):
        assert wire.good("list_portals", caller)
    result = wire.result("list_portals", caller)
    told = result["structuredContent"]
    assert result["isError"] is True
    assert told["code"] == "rate_limited"
    assert isinstance(told["retry_after"], int)
    assert 1 <= told["retry_after"] <= 60
    said = f"You have used up your calls for this minute. Wait {told['retry_after']} seconds, then try again."
    assert said in result["content"][0]["text"]
    assert told["decision"].startswith("D-")


def test_a_refusal_over_the_limit_is_evidence_with_its_policy(wire: Wire, subject: str) -> None:
    caller = token(wire.stack, subject)
    for _ in range(4):
        wire.call("list_portals", caller)
    recorded = events(wire.stack, subject, "outcome", "code", "reason", "policy")
    assert recorded == [
        *[("ok", "", "", "Three a minute")] * 3,
        ("denied", "rate_limited", "over_limit", "Three a minute"),
    ]


def test_people_and_clients_are_counted_apart(wire: Wire, subject: str) -> None:
    for _ in range(4):
        wire.call("list_portals", token(wire.stack, subject))
    assert wire.bad("list_portals", token(wire.stack, subject))["code"] == "rate_limited"
    assert wire.good("list_portals", token(wire.stack, subject, client="cli_2"))
    assert wire.good("list_portals", token(wire.stack, f"{subject}2"))


def test_calls_that_policy_refuses_are_not_counted(wire: Wire, subject: str) -> None:
    caller = token(wire.stack, subject)
    for _ in range(5):
        assert wire.bad("list_dir", caller, path="/", tenant="acme")["code"] == "policy_denied"
    assert wire.good("list_portals", caller)


def test_what_another_policy_allows_without_a_limit_is_not_counted(wire: Wire, subject: str) -> None:
    caller = token(wire.stack, subject, "ctera:read")
    for _ in range(5):
        assert wire.good("who_am_i", caller)


@pytest.fixture(scope="module")
def redis() -> Iterator[RunningRedis]:
    with start_redis() as running:
        yield running


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory, redis: RunningRedis) -> Iterator[RunningStack]:
    """Two workers that count in Redis."""
    directory = tmp_path_factory.mktemp("redis")
    with start_stack(directory, WORKERS="2", RATE_LIMIT_STORAGE=redis.url) as running:
        with start_editor(running.environment) as editor:
            limit_calls(editor)
        wait_for_workers(running, 2)
        yield running


@pytest.mark.redis
def test_with_redis_two_workers_let_exactly_the_limit_through(together: RunningStack, subject: str) -> None:
    caller = token(together, subject)
    good = 0
    for _ in range(20):  # each on a connection of its own, which either worker takes
        with Wire(together, "2026-07-28") as wire:
            good += not wire.result("list_portals", caller)["isError"]
    assert good <= 3
    if ("limit_unknown",) not in events(together, subject, "reason"):  # Redis answered in time, whoever asked
        assert good == 3


@pytest.mark.redis
def test_without_redis_limited_calls_are_refused_and_others_are_not(
    together: RunningStack, redis: RunningRedis, subject: str
) -> None:
    with Wire(together, "2026-07-28") as wire:
        redis.stop()
        refused = wire.bad("list_portals", token(together, subject))
        assert refused["code"] == "rate_limited"
        assert refused["retry_after"] == 5
        assert events(together, subject, "outcome", "reason") == [("denied", "limit_unknown")]
        assert wire.good("who_am_i", together.token("alice"))
        redis.start()
        assert wire.good("list_portals", token(together, subject))
