"""The portal is slow, away, with another certificate, with another password, or asks for a pause."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from tests.drills.judging import folders_made, judge
from tests.drills.load import WRITE, Load, pressed
from tests.drills.scene import PLACE, QUICK, ROOT, Outcome, Scene, answers, code_of, figure, readiness, until
from tests.simulators.portal.fixture import start_portal

ENOUGH: Final = 12
ACCOUNT: Final = "admin/svc-mcp"
WAIT_SECONDS: Final = 7
RIGHT, OTHER = "svc-secret", "another-secret-41"


def press(scene: Scene, codes: set[str], trouble: Callable[[Load], Iterator[None]]) -> Load:
    """Calls before, within and after a trouble at the portal; within it they end by these codes only."""
    faults = figure(scene, "ctera_mcp_portal_faults_total", portal="hq")
    with pressed(scene) as load:
        until(lambda: load.codes()["ok"] >= ENOUGH, what="load")
        with contextmanager(trouble)(load):
            until(lambda: sum(load.codes()[code] for code in codes) >= ENOUGH, 90, what=f"calls that end as {codes}")
            assert readiness(scene)[0] == 200, "a portal's trouble must not take the server out of service"
        good = load.codes()["ok"]
        until(lambda: load.codes()["ok"] >= good + ENOUGH, what="service after the trouble")
    assert set(load.codes()) <= codes | {"ok", "not_found", "outcome_unknown"}, load.codes()
    assert not load.lost, load.lost[:3]
    assert figure(scene, "ctera_mcp_portal_faults_total", portal="hq") > faults
    judge(scene, load)
    return load


def outcome_of(did: str, load: Load, *codes: str) -> Outcome:
    """What is told of a drill in which calls ended by these codes."""
    told = ", ".join(f"{load.codes()[code]} {code}" for code in (*codes, "outcome_unknown") if load.codes()[code])
    return Outcome(f"{did}; {told}", len(load.answered))


def portal_slow(scene: Scene) -> Outcome:
    """No call takes longer than the profile allows; a change whose answer is late is `unknown` to caller and audit."""

    def trouble(_: Load) -> Iterator[None]:
        scene.stack.portal.control(hold="list|mkdir")
        yield
        scene.stack.portal.control(release="list|mkdir")

    load = press(scene, {"timeout", "outcome_unknown"}, trouble)
    assert load.codes()["outcome_unknown"], "no change was under way"
    assert load.slowest < QUICK["total_timeout"] + 10, f"a call took {load.slowest:.1f} s"
    return outcome_of("every answer held back", load, "timeout")


def portal_down(scene: Scene) -> Outcome:
    """Nobody listens at the portal's address."""

    def trouble(load: Load) -> Iterator[None]:
        scene.portal_way.close()
        try:
            said = message(scene)
            assert "'hq' cannot be reached" in said, said
            yield
            made = set(folders_made(scene, load))
        finally:
            scene.portal_way.open()
        unavailable = {call.path for call in load.answered if call.tool == WRITE and call.code == "portal_unavailable"}
        assert not made & unavailable, "a change was made that was answered as not sent"

    return outcome_of("portal stopped", press(scene, {"portal_unavailable"}, trouble), "portal_unavailable")


def message(scene: Scene) -> str:
    """What a caller is told now who reads."""
    content = answers(scene, scene.token("reader"))
    assert code_of(content) != "ok", content
    return str(content["message"])


def portal_certificate(scene: Scene) -> Outcome:
    """Somebody else answers at the portal's address, with a certificate of another authority: nothing is sent there."""
    with start_portal() as stranger:

        def trouble(_: Load) -> Iterator[None]:
            portal = scene.portal_way.lead(stranger.https_port)
            try:
                said = message(scene)
                assert "certificate of portal 'hq' cannot be verified" in said, said
                yield
                assert stranger.log() == [], "something was sent to a stranger"
            finally:
                scene.portal_way.lead(portal)

        load = press(scene, {"portal_unavailable"}, trouble)
    return outcome_of("another certificate", load, "portal_unavailable")


def portal_password(scene: Scene) -> Outcome:
    """The account's password has expired: told, not tried for every call; a new one in the profile works at once."""
    portal, passwords = scene.stack.portal, iter((OTHER, RIGHT))

    def trouble(_: Load) -> Iterator[None]:
        before, failures = _failed_logins(scene), figure(scene, "ctera_mcp_portal_login_failures_total", portal="hq")
        word = next(passwords)
        portal.control(password={"account": ACCOUNT, "password": word}, expire=ACCOUNT)
        yield
        said = message(scene)
        assert "refused the credentials" in said, said
        assert _failed_logins(scene) - before <= 2 * 3, "a wrong password was tried too often: the account gets locked"
        assert figure(scene, "ctera_mcp_portal_login_failures_total", portal="hq") > failures
        _enter(scene, word)

    load = press(scene, {"portal_login_failed"}, trouble)
    portal.control(password={"account": ACCOUNT, "password": RIGHT}, expire=ACCOUNT)
    _enter(scene, RIGHT)
    until(partial(_works, scene), what="the first password again")
    for word in (RIGHT, OTHER):
        assert word not in scene.log()
    return outcome_of("password changed at the portal, then in the profile", load, "portal_login_failed")


def _failed_logins(scene: Scene) -> int:
    return int(str(scene.stack.portal.stats()["failed_logins"]))


def _enter(scene: Scene, password: str) -> None:
    document = {"version": 1, "portals": [{"name": "hq", "password": password}]}
    scene.aside.manage("import_config", "-", stdin=json.dumps(document))


def _works(scene: Scene) -> bool:
    return all(code_of(answers(scene, scene.token("reader"))) == "ok" for _ in range(4))


def portal_pause(scene: Scene) -> Outcome:
    """The portal asks for a pause by 429 and by 503: the caller is told how long, and nothing is repeated."""
    loads = []
    for status in (429, 503):
        fault: dict[str, Any] = {"match": "list|mkdir", "kind": "status", "status": status, "times": 10_000}

        def trouble(load: Load, status: int = status, fault: dict[str, Any] = fault) -> Iterator[None]:
            scene.stack.portal.control(fault={**fault, "retry_after": WAIT_SECONDS})
            said = message(scene)
            assert f"status {status}" in said, said
            assert f"wait {WAIT_SECONDS} seconds" in said, said
            yield
            scene.stack.portal.control(clear=True)

        loads.append(press(scene, {"portal_unavailable"}, trouble))
        asked = folders_made(scene, loads[-1])
        assert len(asked) == len(set(asked)), "a change was sent twice"
    done = outcome_of("429 and 503 with Retry-After", loads[0], "portal_unavailable")
    return Outcome(done.did, sum(len(load.answered) for load in loads))


def portal_unknown(scene: Scene) -> Outcome:
    """A change that the portal makes without answering is told as unknown, recorded so, and not repeated."""
    path, token = f"{ROOT}/{scene.name('unknown')}", scene.token("unknown")
    began = time.monotonic()
    scene.stack.portal.control(fault={"match": "mkdir", "kind": "drop_after"})
    content = answers(scene, token, "create_directory", path=path, **PLACE)
    assert code_of(content) == "outcome_unknown", content
    entries = [entry for entry in scene.stack.portal.log() if str(entry["path"]).endswith(path.rpartition("/")[2])]
    assert [entry["name"] for entry in entries].count("mkdir") == 1
    rows = scene.query("SELECT outcome FROM oauth_auditevent WHERE subject = 'usr_unknown' ORDER BY id")
    assert [row[0] for row in rows] == ["intent", "unknown"]
    return Outcome(f"answer lost after the change; told in {time.monotonic() - began:.1f} s", 1)
