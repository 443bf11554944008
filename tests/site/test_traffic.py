"""Every request is counted once, under labels out of closed sets whatever its sender writes."""

from __future__ import annotations

from typing import Any

import pytest

from ctera_mcp_site.reading import TOKEN_FAULTS
from ctera_mcp_site.traffic import Traffic
from oauth import bearer
from oauth.trail import Trail, begin, in_hand

MODERN = (b"mcp-protocol-version", b"2026-07-28")
LIST_DIR = "ctera_portal_list_dir"


def counted(trail: Trail, message: Any = None, *headers: tuple[bytes, bytes]) -> Traffic:
    traffic = Traffic()
    scope = {"method": "POST", "headers": list(headers)}
    traffic.finish(scope if message is None else {**scope, "message": message}, trail)
    return traffic


@pytest.mark.parametrize(
    ("trail", "message", "labels"),
    [
        (Trail(), None, ("none", "none", "turned_away", "older")),
        (Trail(), {"method": "tools/list"}, ("tools/list", "none", "answered", "older")),
        (Trail(), {"method": "junk\n/secret"}, ("other", "none", "answered", "older")),
        (Trail(), {"method": ["tools/list"]}, ("other", "none", "answered", "older")),
        (Trail(), {}, ("other", "none", "answered", "older")),
        (Trail(), {"method": "tools/call"}, ("tools/call", "unknown", "rejected", "older")),
        (Trail(tool=LIST_DIR), {"method": "tools/call"}, ("tools/call", LIST_DIR, "abandoned", "older")),
        (Trail(tool=LIST_DIR, outcome="ok"), {"method": "tools/call"}, ("tools/call", LIST_DIR, "ok", "older")),
        (Trail(tool="../etc", outcome="refused"), None, ("tools/call", "unknown", "refused", "older")),
    ],
    ids=str,
)  # fmt: skip
def test_a_request_is_counted_by_what_it_was(trail: Trail, message: Any, labels: tuple[str, ...]) -> None:
    assert counted(trail, message).requests == {labels: 1}


@pytest.mark.parametrize(
    ("version", "era"), [(b"2026-07-28", "modern"), (b"2025-11-25", "older"), (b"2026-07-28x", "older"), (b"", "older")]
)
def test_the_era_is_one_of_two(version: bytes, era: str) -> None:
    (labels,) = counted(Trail(), {"method": "ping"}, (b"mcp-protocol-version", version)).requests
    assert labels[-1] == era


def test_a_denied_call_is_a_decision_and_a_refusal() -> None:
    traffic = counted(Trail(tool=LIST_DIR, effect="denied", outcome="denied", reason="no_policy"), None, MODERN)
    assert (traffic.decisions, traffic.refusals, traffic.failures) == ({"denied": 1}, {"no_policy": 1}, {})


def test_an_allowed_call_that_fails_is_a_decision_and_a_failure() -> None:
    traffic = counted(Trail(tool=LIST_DIR, effect="allowed", outcome="error", reason="timeout"), None, MODERN)
    assert (traffic.decisions, traffic.refusals, traffic.failures) == ({"allowed": 1}, {}, {"timeout": 1})


@pytest.mark.parametrize("outcome", ["ok", "begun", "partly", "dry_run"])
def test_a_change_that_was_begun_done_in_part_or_rehearsed_is_no_failure(outcome: str) -> None:
    traffic = counted(Trail(tool=LIST_DIR, effect="allowed", outcome=outcome), None, MODERN)
    assert (traffic.refusals, traffic.failures) == ({}, {})


async def test_a_request_that_breaks_off_is_in_flight_no_longer() -> None:
    traffic = Traffic()

    async def breaking(*_: Any) -> None:
        assert traffic.in_flight == 1
        in_hand().tool = LIST_DIR
        raise ConnectionError

    begin()
    with pytest.raises(ConnectionError):
        await traffic.counted(breaking)({"method": "POST", "headers": [MODERN]}, None, None)  # type: ignore[arg-type]  # unused
    assert traffic.in_flight == 0
    assert traffic.requests == {("tools/call", LIST_DIR, "abandoned", "modern"): 1}


async def test_preflights_of_browsers_are_not_counted() -> None:
    traffic = Traffic()

    async def answering(*_: Any) -> None: ...

    await traffic.counted(answering)({"method": "OPTIONS", "headers": []}, None, None)  # type: ignore[arg-type]  # unused
    assert traffic.requests == {}


def test_every_way_of_presenting_a_token_wrongly_is_counted_from_zero() -> None:
    presented = [bearer.bearer_token([(b"authorization", value)] * times, query) for value, times, query in (
        (b"Bearer a", 2, b""), (b"Bearer a, Bearer b", 1, b""), (b"Bearer a", 1, b"access_token=b"),
    )]  # fmt: skip
    reasons = {each.reason for each in presented if isinstance(each, bearer.Malformed)}
    assert len(reasons) == 3
    assert reasons <= TOKEN_FAULTS
