"""Runs the parts of a check side by side for a bounded time; a part that takes too long is told, and left behind."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from django.db import DatabaseError, connection

from oauth import diagnosis
from oauth.diagnosis import Finding

Part = Callable[[], Iterable[Finding]]
LATE_REMEDY = "Allow more time with --timeout, or look at this part alone."


def side_by_side(parts: Mapping[str, Part], within: float, done: Callable[[str], None]) -> list[Finding]:
    """The findings of all parts, in their order, within so many seconds; `done` hears of each part as it ends."""
    ended: queue.Queue[tuple[str, list[Finding]]] = queue.Queue()
    for name, part in parts.items():
        threading.Thread(target=_run, args=(name, part, ended), name=name, daemon=True).start()
    found: dict[str, list[Finding]] = {}
    deadline = time.monotonic() + within
    while len(found) < len(parts):
        try:
            name, findings = ended.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[name] = findings
        done(name)
    late = {name: [diagnosis.bad(name, f"not done within {within:g} s", LATE_REMEDY)] for name in parts}
    return [finding for name in parts for finding in found.get(name, late[name])]


def _run(name: str, part: Part, ended: queue.Queue[tuple[str, list[Finding]]]) -> None:
    findings = [diagnosis.bad(name, "ended with an error", "Report the lines above: this is a fault of this command.")]
    try:
        findings = list(part())
    except DatabaseError as error:
        text = f"the database failed ({type(error).__name__})"
        findings = [diagnosis.bad(name, text, "Check DATABASE_URL, and that the database runs and has room.")]
    finally:
        connection.close()
        ended.put((name, findings))
