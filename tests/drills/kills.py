"""Proof by fault: workers are killed with SIGKILL at random moments under load of reads and writes."""

from __future__ import annotations

import os
import signal

from tests.drills.judging import judge
from tests.drills.load import CALLERS, pressed
from tests.drills.scene import WORKERS, Outcome, Scene, figure, until
from tests.protocol.processes import workers

LEAST_KILLS = 2
SECONDS_A_KILL = 4.0


def kill_workers(scene: Scene) -> Outcome:
    """Every answered call has its event, every change at the portal its intent; the chains hold; workers come back."""
    kills = max(LEAST_KILLS, round(scene.seconds / SECONDS_A_KILL))
    server = scene.stack.server.pid
    with pressed(scene) as load:
        for number in range(1, kills + 1):
            enough = len(load.answered) + scene.random.randint(5, 40)
            until(lambda enough=enough: len(load.answered) >= enough, what="load")  # type: ignore[misc]
            until(lambda: len(workers(server)) == WORKERS, what="a new worker")
            os.kill(scene.random.choice(sorted(workers(server))), signal.SIGKILL)
            scene.say(f"{number} of {kills} workers killed, {len(load.answered)} calls answered")
        until(lambda: len(workers(server)) == WORKERS, what="a new worker")
        after = len(load.answered)
        until(lambda: len(load.answered) >= after + 40, what="load after the last kill")
    until(lambda: figure(scene, "ctera_mcp_workers") == WORKERS, what="the figure of all workers")
    assert set(load.codes()) <= {"ok", "not_found"}, load.codes()
    judge(scene, load)
    allowed = kills * CALLERS
    assert len(load.lost) <= allowed, f"{len(load.lost)} calls were lost, {allowed} at most were under way"
    return Outcome(
        f"{kills} workers killed (SIGKILL) under {CALLERS} callers", len(load.answered), allowed, len(load.lost)
    )
