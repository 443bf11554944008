"""`make drills`: every drill under load for a while, on both databases, and a table of what came of them.

Exit 0 when every drill came out as designed, else 1. The same seed chooses the same workers and moments, as far as the
machine lets it. PostgreSQL is the one that TEST_POSTGRES_URL names; without it, `--database postgres` is refused.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from typing import Final

from tests.drills.catalogue import BOTH, DRILLS, Drill
from tests.drills.scene import Outcome, Scene, open_scene

SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    drill: str
    database: str
    outcome: Outcome
    seconds: float
    fault: str = ""


def say(text: str) -> None:
    """Progress."""
    print(f"… {text}", flush=True)


def carried_out(scene: Scene, drill: Drill) -> Line:
    """Run one drill; what it finds is told at once and once more in the table."""
    say(f"{drill.name} on {scene.kind}")
    began = time.monotonic()
    try:
        outcome, fault = drill.run(scene), ""
    except Exception as error:  # noqa: BLE001 - whatever stops a drill is its verdict, and the others still run
        fault = f"{type(error).__name__}: {error}".splitlines()[0]
        outcome = Outcome(drill.run.__doc__ or "", 0)
        say(fault)
    seconds = time.monotonic() - began
    say(f"{drill.name} on {scene.kind}: {'FAULT' if fault else outcome.did}, {outcome.calls} calls, {seconds:.0f} s")
    return Line(drill.name, scene.kind, outcome, seconds, fault)


def on_one(kind: str, chosen: Sequence[Drill], seconds: float, seed: int) -> list[Line]:
    """Every chosen drill that shows something on this database, one after the other."""
    drills = [drill for drill in chosen if kind in drill.databases]
    if not drills:
        return []
    with (
        tempfile.TemporaryDirectory(prefix="drills-") as directory,
        open_scene(kind, Path(directory), say=say, seconds=seconds, seed=seed) as scene,
    ):
        return [carried_out(scene, drill) for drill in drills]


def show(lines: Sequence[Line]) -> None:
    """Print the table, then what was wrong."""
    print("drill                database   calls may fail failed seconds  verdict  what was done")
    for line in lines:
        done = line.outcome
        verdict = "FAULT" if line.fault else "good"
        print(
            f"{line.drill:<20} {line.database:<9} {done.calls:>6} {done.allowed:>8} {done.failed:>6} "
            f"{line.seconds:>7.1f}  {verdict:<7}  {done.did.splitlines()[0]}"
        )
    for line in lines:
        if line.fault:
            print(f"FAULT {line.drill} on {line.database}: {line.fault}")


def main() -> int:
    """Choose, run, show."""
    parser = argparse.ArgumentParser(prog="make drills", description=__doc__)
    parser.add_argument("--drill", choices=[drill.name for drill in DRILLS], action="append", help="only this one")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each drill presses (default 20)")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**32))
    parser.add_argument("--database", choices=BOTH, help="only this database")
    options = parser.parse_args()
    has_postgres = bool(os.environ.get("TEST_POSTGRES_URL"))
    if options.database == "postgres" and not has_postgres:
        parser.error("TEST_POSTGRES_URL is not set")
    if not has_postgres:
        say("TEST_POSTGRES_URL is not set: SQLite only")
    kinds = [options.database] if options.database else [kind for kind in BOTH if kind == "sqlite" or has_postgres]
    chosen = [drill for drill in DRILLS if not options.drill or drill.name in options.drill]
    print(f"seed {options.seed}, {options.seconds:g} s a drill, on {' and '.join(kinds)}", flush=True)
    lines = [line for kind in kinds for line in on_one(kind, chosen, options.seconds, options.seed)]
    show(lines)
    return 1 if not lines or any(line.fault for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
