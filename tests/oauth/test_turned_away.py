"""The door of tokens counts whom it turns away by reason, and a stop leaves no refusal untold."""

from __future__ import annotations

from typing import Any, cast

import pytest

from oauth.keys import KeysUnavailable
from oauth.middleware import BearerTokenMiddleware
from oauth.refusal_log import LINES, RefusalLog, TurnedAway
from oauth.tokens import InvalidToken, TokenFault, TokenVerifier

BEARER = [(b"authorization", b"Bearer a.b.c")]


class Verifier:
    """Lets nobody in, for one reason."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def cached(self, token: str) -> None: ...

    async def verify(self, token: str) -> None:
        raise self.fault


@pytest.mark.parametrize(
    ("fault", "status", "reason", "line"),
    [
        (KeysUnavailable(1.0), 503, "keys_unavailable", "signing keys cannot be had; answered 503"),
        (InvalidToken(TokenFault.EXPIRED), 401, "expired", "expired"),
    ],
)
async def test_what_is_unsaid_of_either_kind_is_told_at_the_stop(
    fault: Exception, status: int, reason: str, line: str
) -> None:
    written: list[str] = []

    def log() -> RefusalLog:
        return RefusalLog(write=lambda text, *values: written.append(text % values), later=lambda *_: None)

    turned_away = TurnedAway(refusals=log(), outages=log())
    door = BearerTokenMiddleware(
        cast("Any", None),
        verifier=cast("TokenVerifier", Verifier(fault)),
        metadata_url="m",
        scopes=list,
        turned_away=turned_away,
    )
    statuses: list[int] = []

    async def send(event: Any) -> None:
        statuses.extend([event["status"]] if "status" in event else [])

    for _ in range(LINES + 3):
        await door({"type": "http", "headers": BEARER}, cast("Any", None), send)
    turned_away.close()
    assert statuses == [status] * (LINES + 3)
    assert turned_away.faults == {reason: LINES + 3}
    assert written == [f"refused a token: {line}"] * LINES + [f"refused 3 more tokens within a minute: {line}"]
