"""Deployments: workers are replaced under load, a server takes over from another, and a server that ends drains."""

from __future__ import annotations

import json
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.drills.judging import judge
from tests.drills.load import CALLERS, Load, pressed
from tests.drills.scene import PLACE, ROOT, WORKERS, Outcome, Scene, answers, code_of, own_server, until
from tests.drills.ways import way_to
from tests.protocol.processes import workers

ENOUGH: Final = 20
DRAINS: Final = 20.0 + 15.0 + 5.0
"""Seconds in which a server must have ended: for calls, for sessions, and for the rest on a busy machine."""
HELD: Final = 3


def deploy_reload(scene: Scene) -> Outcome:
    """SIGHUP replaces worker after worker: no call fails but those under way on a connection that was being closed."""
    server, rounds = scene.stack.server.pid, max(1, round(scene.seconds / 20))
    with pressed(scene) as load:
        until(lambda: len(load.answered) >= ENOUGH, what="load")
        for _ in range(rounds):
            before = workers(server)
            scene.stack.server.send_signal(signal.SIGHUP)
            until(lambda before=before: len(workers(server) - before) == WORKERS and not workers(server) & before,  # type: ignore[misc]
                  120, what="new workers")  # fmt: skip
        after = len(load.answered)
        until(lambda: len(load.answered) >= after + ENOUGH, what="load on the new workers")
    allowed = rounds * WORKERS * CALLERS
    _is_smooth(load, allowed)
    judge(scene, load)
    return Outcome(f"{rounds * WORKERS} workers replaced by SIGHUP", len(load.answered), allowed, len(load.lost))


def _is_smooth(load: Load, allowed: int) -> None:
    assert set(load.codes()) <= {"ok", "not_found"}, load.codes()
    assert not any(lost.refused for lost in load.lost), "nobody listened for a moment"
    assert len(load.lost) <= allowed, f"{len(load.lost)} calls were lost: {load.lost[:3]}"


def deploy_takeover(scene: Scene) -> Outcome:
    """Behind a balancer a new server takes over: new connections lead to it, then the old one is asked to end."""
    with own_server(scene) as old, way_to(old.stack.port) as front:
        address = f"http://localhost:{front.port}/mcp"
        with pressed(old, where=lambda: address) as load, own_server(scene) as new:
            until(lambda: len(load.answered) >= ENOUGH, what="load")
            front.lead(new.stack.port, reset=False)
            old.stack.server.terminate()
            old.stack.server.wait(DRAINS)
            after = len(load.answered)
            until(lambda: len(load.answered) >= after + ENOUGH, what="load on the new server")
            load.stop()
            until(lambda: load.is_idle, what="the end of the last calls")
    _is_smooth(load, CALLERS)
    judge(scene, load)
    return Outcome("a new server took over behind a balancer", len(load.answered), CALLERS, len(load.lost))


def drain(scene: Scene) -> Outcome:
    """SIGTERM: changes under way are carried out and answered in full, nothing new is taken, every stream is closed."""
    portal, paths = scene.stack.portal, [f"{ROOT}/{scene.name('held')}" for _ in range(HELD)]
    with own_server(scene) as own, ThreadPoolExecutor(HELD) as callers:
        subject = scene.name("draining")
        token = own.token(subject)
        portal.control(hold="mkdir")
        held = [callers.submit(answers, own, token, "create_directory", path=path, **PLACE) for path in paths]
        portal.wait_held("mkdir", HELD, 30)
        began = time.monotonic()
        own.stack.server.terminate()
        until(lambda: "Shutting down" in own.log() or "exiting" in own.log(), what="a line about the end")
        portal.control(release="mkdir")
        codes = [code_of(each.result(60)) for each in held]
        own.stack.server.wait(DRAINS)
        seconds = time.monotonic() - began
    assert codes == ["ok"] * HELD, codes
    assert own.stack.server.returncode == 0 or own.stack.server.returncode == -signal.SIGTERM
    rows = scene.query(f"SELECT outcome, stream FROM oauth_auditevent WHERE subject = 'usr_{subject}'")
    assert sorted(row[0] for row in rows) == ["intent"] * HELD + ["ok"] * HELD, rows
    _are_closed(scene, {str(row[1]) for row in rows})
    return Outcome(f"SIGTERM with {HELD} changes under way; ended after {seconds:.1f} s", HELD)


def _are_closed(scene: Scene, streams: set[str]) -> None:
    """The server signed the end of each of its streams."""
    found = json.loads(scene.aside.manage("verify_audit", "--json").stdout)["streams"]
    closed = {stream["name"] for stream in found if stream["closed"]}
    assert streams <= closed, f"without a signed end: {streams - closed}"


def drain_stuck(scene: Scene) -> Outcome:
    """SIGTERM while a portal never answers: the server ends within its bound, and the change is recorded as unknown."""
    document = {"version": 1, "portals": [{"name": "hq", "read_timeout": 120, "total_timeout": 120}]}
    quick = {"version": 1, "portals": [{"name": "hq", "read_timeout": 3, "total_timeout": 4}]}
    scene.stack.manage("import_config", "-", stdin=json.dumps(document))
    portal, subject = scene.stack.portal, scene.name("stuck")
    try:
        with own_server(scene) as own, ThreadPoolExecutor(1) as gone:
            portal.control(hold="mkdir")
            gone.submit(answers, own, own.token(subject), "create_directory", path=f"{ROOT}/{subject}", **PLACE)
            portal.wait_held("mkdir", 1, 30)
            began = time.monotonic()
            own.stack.server.terminate()
            own.stack.server.wait(DRAINS)
            seconds = time.monotonic() - began
    finally:
        portal.control(clear=True)
        scene.stack.manage("import_config", "-", stdin=json.dumps(quick))
    rows = scene.query(f"SELECT outcome, stream FROM oauth_auditevent WHERE subject = 'usr_{subject}' ORDER BY id")
    assert [row[0] for row in rows] == ["intent", "unknown"], rows
    _are_closed(scene, {str(row[1]) for row in rows})
    return Outcome(f"SIGTERM while the portal hangs; ended after {seconds:.1f} s", 1, 1, 1)
