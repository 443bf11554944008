"""A pasted token is verified as the door does it, in a loop of its own; refusals tell an operator why."""

from __future__ import annotations

import logging
import time

import pytest

from oauth.pasted import KEYS_LACK, SENTENCES, TokenRefused, principal_of
from oauth.tokens import TokenFault
from tests.simulators.scalekit.fixture import RunningScalekit


def reason(token: str) -> str:
    with pytest.raises(TokenRefused) as refused:
        principal_of(token)
    assert token not in str(refused.value)
    return str(refused.value)


def test_a_good_token_names_its_caller(scalekit: RunningScalekit) -> None:
    principal = principal_of(scalekit.mint("alice"))
    assert (principal.subject, principal.organization) == ("usr_alice", "org_acme")
    assert principal.scopes == {"ctera:read", "user:read"}


def test_a_token_that_the_door_refuses_is_refused_with_the_reason(scalekit: RunningScalekit) -> None:
    now = int(time.time())
    assert "has expired" in reason(scalekit.mint("alice", iat=now - 7200, exp=now - 3600))
    assert "audience lacks" in reason(scalekit.mint("alice", aud=["res_2002"]))
    good = scalekit.mint("alice")
    assert "signature is wrong" in reason(good[:-8] + ("A" * 8 if not good.endswith("A" * 8) else "B" * 8))
    assert "not an access token" in reason("made up")


def test_every_reason_of_the_door_has_a_sentence() -> None:
    assert set(SENTENCES) == set(TokenFault)


def test_without_keys_it_says_that_nobody_can_tell(settings: object) -> None:
    settings.SCALEKIT_ENVIRONMENT_URL = "http://127.0.0.1:9"  # type: ignore[attr-defined]  # pytest-django's wrapper
    header_of_a_token = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsifQ.e30.c2ln"
    assert reason(header_of_a_token) == KEYS_LACK


def test_the_token_reaches_no_log(scalekit: RunningScalekit, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token = scalekit.mint("alice", exp=int(time.time()) - 60, iat=int(time.time()) - 120)
    reason(token)
    principal_of(scalekit.mint("alice"))
    assert token.split(".")[1] not in caplog.text
