"""Scalekit is away: a worker without keys says so and recovers by itself, one with keys goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpx2

from tests.drills.judging import judge
from tests.drills.load import pressed
from tests.drills.scene import Outcome, Scene, answers, code_of, figure, own_server, readiness, until
from tests.protocol.wire import MODERN, Wire

RECOVERS: Final = 75.0
"""Seconds: without any key, a worker looks every thirty at the latest."""
ENOUGH: Final = 20


@contextmanager
def away(scene: Scene) -> Iterator[None]:
    """Scalekit answers every request for its keys with 503."""
    scene.stack.scalekit.control(keys_mode="down")
    try:
        yield
    finally:
        scene.stack.scalekit.control(keys_mode="good")


def knock(scene: Scene, token: str) -> httpx2.Response:
    """One call, whatever becomes of it."""
    with Wire(scene.stack, MODERN) as wire:
        return wire.call("list_portals", token)


def scalekit_cold(scene: Scene) -> Outcome:
    """A server starts without keys: not ready, 503 and when to come back; later ready without anybody's doing."""
    with away(scene), own_server(scene, ready="/healthz") as own:
        token = own.token("cold")
        for _ in range(4):
            answer = knock(own, token)
            assert answer.status_code == 503, answer.text
            assert 1 <= int(answer.headers["retry-after"]) <= 30
            assert "www-authenticate" not in answer.headers, "the client would throw its token away"
        status, parts = readiness(own)
        assert (status, parts["keys"], parts["database"]) == (503, False, True), parts
        assert "signing keys could not be fetched" in own.log()
        assert "signing keys cannot be had; answered 503" in own.log()
        until(lambda: figure(own, "ctera_mcp_token_failures_total", reason="keys_unavailable") >= 4, what="a count")
        assert figure(own, "ctera_mcp_signing_keys") == 0
        scene.stack.scalekit.control(keys_mode="good")
        until(lambda: all(readiness(own)[0] == 200 for _ in range(6)), RECOVERS, what="readiness without any caller")
        until(lambda: all(knock(own, token).status_code == 200 for _ in range(6)), what="answers")
    assert not scene.query("SELECT 1 FROM oauth_auditevent WHERE subject = 'usr_cold' AND outcome <> 'ok'")
    return Outcome("server started without Scalekit, which came later", 10)


def scalekit_warm(scene: Scene) -> Outcome:
    """Scalekit goes away under load: tokens by known keys are good, also new ones; the server stays ready."""
    with away(scene), pressed(scene) as load:
        until(lambda: len(load.answered) >= ENOUGH, what="load")
        assert code_of(answers(scene, scene.token(scene.name("fresh")))) == "ok"
        assert readiness(scene)[0] == 200
    assert set(load.codes()) == {"ok"}, load.codes()
    judge(scene, load)
    if scene.seconds:
        _find_new_key(scene)
    return Outcome("Scalekit away, keys known", len(load.answered) + 1)


def _find_new_key(scene: Scene) -> None:
    """A key that Scalekit began to use during its absence is refused until it can be fetched, then good."""
    with away(scene):
        scene.stack.scalekit.control(rotate="overlap")
        token = scene.token(scene.name("rotated"))
        assert knock(scene, token).status_code == 401
        assert "unknown_key" in scene.log()
    until(lambda: all(knock(scene, token).status_code == 200 for _ in range(6)), RECOVERS, what="the new key")
