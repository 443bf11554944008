"""Holds what callers were told and what the portal did against the audit; knows nothing of how the product works."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from tests.drills.load import WRITE, Called, Load, digest
from tests.drills.scene import PLACE, ROOT, Scene, until

Row = tuple[str, str, str]
"""Kind, outcome and argument digest of one event."""
UNRECORDED = "audit_unavailable"
TURNED_AWAY = frozenset({UNRECORDED, "http-503", "http-401"})
"""What leaves no event, and for that nothing at the portal either."""


def faults_of(answered: Sequence[Called], written: Iterable[str], rows: Iterable[Row]) -> list[str]:
    """What is wrong: `written` are the paths of the folders that the portal made, `rows` the events of the callers."""
    seen = set(rows)
    made = set(written)
    found = [f"{call.tool} of {call.path} was answered {call.code} without an event" for call in answered
             if not _is_recorded(call, seen)]  # fmt: skip
    found += [
        f"{call.path} was made though the call was refused ({call.code})"
        for call in answered
        if call.tool == WRITE and call.path in made and call.code in TURNED_AWAY
    ]
    found += [
        f"{call.path} was answered ok, and the portal was never asked"
        for call in answered
        if call.tool == WRITE and call.code == "ok" and call.path not in made
    ]
    found += [
        f"{path} was made by the portal without an intent"
        for path in sorted(made)
        if ("intent", "intent", digest({"path": path, **PLACE})) not in seen
    ]
    return found


def _is_recorded(call: Called, seen: set[Row]) -> bool:
    if call.code in TURNED_AWAY:
        return True
    outcomes = {"ok": ("ok",), "outcome_unknown": ("unknown",)}.get(call.code, ("error", "refused", "denied"))
    if any(("call", outcome, call.digest) in seen for outcome in outcomes):
        return True
    return call.code == "outcome_unknown" and ("intent", "intent", call.digest) in seen


def folders_made(scene: Scene, load: Load) -> list[str]:
    """The folders of these callers that the portal's own log says were asked for, whatever it answered."""
    entries = [entry for entry in scene.stack.portal.log() if entry["name"] == "mkdir"]
    paths = [f"{ROOT}/{str(entry['path']).rpartition('/')[2]}" for entry in entries]
    return [path for path in paths if path.startswith(f"{ROOT}/{load.name}-")]


def events_of(scene: Scene, load: Load) -> list[Row]:
    """The events of these callers."""
    sql = f"SELECT kind, outcome, argument_digest FROM oauth_auditevent WHERE subject = '{load.subject}'"
    return [(str(kind), str(outcome), str(found)) for kind, outcome, found in scene.query(sql)]


def judge(scene: Scene, load: Load) -> None:
    """Raise `AssertionError` naming what is wrong between the callers' answers, the portal's log and the audit."""
    made = folders_made(scene, load)
    faults = faults_of(load.answered, made, events_of(scene, load))
    half = [lost for lost in load.lost if lost.half]
    assert not half, f"half an answer: {half[:3]}"
    assert not faults, f"{len(faults)} faults: " + "; ".join(faults[:5])
    verified(scene)


def verified(scene: Scene) -> dict[str, Any]:
    """What `verify_audit` finds, which must be nothing."""
    found: dict[str, Any] = {}

    def tried() -> bool:
        done = scene.aside.manage("verify_audit", "--json", check=False)
        if done.returncode == 2:  # no checkpoint was signed yet
            return False
        found.update(json.loads(done.stdout))
        assert done.returncode == 0, f"the chains do not verify: {done.stdout[:2000]}"
        return True

    until(tried, what="the first checkpoint")
    return found
