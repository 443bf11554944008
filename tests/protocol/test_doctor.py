"""`check_scalekit` finds what was broken on purpose, says what to do, and keeps nothing of a pasted token."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulators.stack import RunningStack


@pytest.fixture
def broken(stack: RunningStack) -> Iterator[RunningStack]:
    yield stack
    stack.scalekit.control(keys_mode="good")


def examined(stack: RunningStack, *arguments: str, stdin: str | None = None, exit_code: int = 0) -> dict[str, Any]:
    done = stack.manage("check_scalekit", "--json", *arguments, stdin=stdin, check=False)
    assert done.returncode == exit_code, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def state_of(answer: dict[str, Any], check: str, part: str = "checks") -> str:
    return str(next(finding["state"] for finding in answer[part] if finding["check"] == check))


def test_a_good_environment_passes_every_check(stack: RunningStack) -> None:
    answer = examined(stack)
    assert answer["state"] == "ok", answer
    assert len(answer["checks"]) >= 15


def test_check_scalekit_prints_a_table(stack: RunningStack) -> None:
    told = stack.manage("check_scalekit").stdout
    assert "ok    PKCE" in told
    assert "ok    challenge" in told


@pytest.mark.parametrize("mode", ["down", "html", "empty", "oversized", "redirect"])
def test_keys_that_cannot_be_had_fail_with_a_remedy(broken: RunningStack, mode: str) -> None:
    broken.scalekit.control(keys_mode=mode)
    answer = examined(broken, exit_code=1)
    assert state_of(answer, "signing keys") == "failed"
    assert all(finding["remedy"] for finding in answer["checks"] if finding["state"] == "failed")


def test_a_good_token_is_ticked_and_its_claims_are_told(stack: RunningStack) -> None:
    answer = examined(stack, "--token", stdin=stack.token("alice") + "\n")
    assert {finding["state"] for finding in answer["token"]} == {"ok"}
    assert answer["claims"]["sub"] == "usr_alice"


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "expired": ({"exp": int(time.time()) - 3600}, "expiry"),
    "for another server": ({"aud": ["res_9"]}, "audience"),
    "of another environment": ({"iss": "https://other.example"}, "issuer"),
    "an id token": ({"at_hash": "x"}, "kind"),
    "without a subject": ({"sub": ""}, "subject"),
    "from the future": ({"nbf": int(time.time()) + 3600}, "not before"),
    "for too long": ({"exp": int(time.time()) + 10**6}, "lifetime"),
}


@pytest.mark.parametrize(("claims", "check"), BAD.values(), ids=BAD.keys())
def test_a_bad_token_is_crossed_where_it_is_bad(stack: RunningStack, claims: dict[str, Any], check: str) -> None:
    answer = examined(stack, "--token", stdin=stack.token("alice", **claims) + "\n", exit_code=1)
    assert state_of(answer, check, "token") == "failed"
    assert state_of(answer, "signature", "token") == "ok"
    assert state_of(answer, "the door", "token") == "failed"


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        (lambda token: "nonsense", "form"),
        (lambda token: token[:-6] + "AAAAAA", "signature"),
        (lambda token: "", "form"),
    ],
    ids=["nonsense", "changed", "nothing"],
)
def test_what_is_no_token_of_ours_stops_there(stack: RunningStack, spoil: Any, check: str) -> None:
    answer = examined(stack, "--token", stdin=spoil(stack.token("alice")) + "\n", exit_code=1)
    assert state_of(answer, check, "token") == "failed"
    assert answer["claims"] == {}


def test_nothing_of_the_token_is_kept(stack: RunningStack) -> None:
    token = stack.token("alice")
    done = stack.manage("check_scalekit", "--token", stdin=token + "\n")
    assert token not in done.stdout + done.stderr
    assert token.split(".")[2] not in done.stdout + done.stderr + stack.log_file.read_text()
