"""Clocks that disagree: Scalekit's is off, or the server's own jumps."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import httpx2

from tests.drills.environments import knock
from tests.drills.judging import judge, verified
from tests.drills.load import pressed
from tests.drills.scene import Outcome, Scene, figure, own_server, until

LITTLE: Final = 20
MUCH: Final = 600
"""Seconds; thirty are forgiven."""
HOURS: Final = 7200
LIFETIME: Final = 3600
FAILURES: Final = "ctera_mcp_token_failures_total"


def token_at(scene: Scene, subject: str, offset: float) -> str:
    """A token of an hour, by a clock that is off by so many seconds."""
    began = int(time.time() + offset)
    return scene.token(subject, iat=began, nbf=began, exp=began + LIFETIME)


def is_invalid(answer: httpx2.Response) -> bool:
    """Whether the client is told to get another token, and not why."""
    challenge = answer.headers.get("www-authenticate", "")
    return answer.status_code == 401 and 'error="invalid_token"' in challenge and "iat" not in challenge


def clock_skew(scene: Scene) -> Outcome:
    """Scalekit's clock: a little off is forgiven, more is 401, and the operator reads which way it is off."""
    subject = scene.name("skewed")
    for offset in (-LITTLE, LITTLE, -LITTLE - LIFETIME):
        assert knock(scene, token_at(scene, subject, offset)).status_code == 200, offset
    for offset, reason in ((MUCH, "not_yet"), (-MUCH - LIFETIME, "expired")):
        before = figure(scene, FAILURES, reason=reason)
        answer = knock(scene, token_at(scene, subject, offset))
        assert is_invalid(answer), (offset, answer.status_code, answer.headers)
        until(lambda reason=reason: f"refused a token: {reason}" in scene.log(), what="a line")  # type: ignore[misc]
        until(
            lambda reason=reason, before=before: figure(scene, FAILURES, reason=reason) == before + 1,  # type: ignore[misc]
            what="a count",
        )
    ((events,),) = scene.query(f"SELECT count(*) FROM oauth_auditevent WHERE subject = 'usr_{subject}'")
    assert events == 3
    return Outcome(f"Scalekit's clock off by {LITTLE} s and by {MUCH} s", 5)


def move(file: Path, seconds: float) -> None:
    """Set the server's clock off by so many seconds, at once: half a number is none."""
    fresh = file.with_suffix(".new")
    fresh.write_text(str(seconds))
    fresh.replace(file)


def clock_jump(scene: Scene) -> Outcome:
    """The server's clock jumps by two hours and back: tokens end and live by it, calls go on, the chains hold."""
    file = scene.directory / scene.name("clock")
    move(file, 0)
    subject = scene.name("jumping")
    with own_server(scene, serve=("-m", "tests.drills.jumping", str(file)), WORKERS="1") as own:
        now = token_at(scene, subject, 0)
        assert knock(own, now).status_code == 200
        with pressed(own, 2) as load:
            until(lambda: load.codes()["ok"] >= 5, what="load")
            move(file, HOURS)
            assert is_invalid(knock(own, now)), "a token outlived its end because it had been seen before"
            assert knock(own, token_at(scene, subject, HOURS)).status_code == 200
            until(lambda: load.codes()["http-401"] >= 2, what="refused tokens")
            move(file, 0)
            good = load.codes()["ok"]
            until(lambda: load.codes()["ok"] >= good + 5, what="service after the jump back")
        assert set(load.codes()) <= {"ok", "http-401", "not_found"}, load.codes()
        assert knock(own, now).status_code == 200
    verified(scene)
    judge(scene, load)
    return Outcome("the server's clock two hours on, and back", len(load.answered) + 4)
