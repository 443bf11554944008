"""`make isolation`: 100,000 calls and more in random interleavings, with trouble at the portal, and what came of them.

Exit 0 when no answer held another's data, none was lost or late, and the portal's own log and the audit events name
the right account for each; else 1. The same seed makes the same calls; how they interleave is the machine's choice.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import SystemRandom
from typing import Final

from tests.isolation.running import AT_ONCE, Run, run, start

SHOWN: Final = 20


def say(line: str) -> None:
    """Progress."""
    print(f"… {line}", flush=True)


def show(done: Run) -> None:
    """Print the figures."""
    judge = done.judge
    rate = done.calls / done.seconds
    print(f"{done.calls} calls in {done.seconds:.0f} s ({rate:.0f}/s), slowest {done.slowest:.2f} s")
    print(f"did what they were for: {judge.good}; failed by trouble: {judge.troubled.total()}")
    for code, count in judge.troubled.most_common():
        print(f"  {code:<20} {count:>8}")
    print(f"trouble made: {done.trouble.total()}")
    for kind, count in done.trouble.most_common():
        print(f"  {kind:<20} {count:>8}")
    print(
        f"portal's log: {judge.entries} entries, {judge.sessions} sessions, {judge.told_by_log} calls told one by one"
    )
    print(f"faults: {len(judge.faults)}")
    for fault in judge.faults[:SHOWN]:
        print(f"FAULT {fault}")


def main() -> int:
    """Start everything, run, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**32))
    options = parser.parse_args()
    began = time.monotonic()
    print(
        f"seed {options.seed}, {options.calls} calls, {options.at_once} at once, {options.workers} workers", flush=True
    )
    with tempfile.TemporaryDirectory(prefix="isolation-") as directory:
        with start(Path(directory), options.workers, say) as callers:
            say(f"Ready after {time.monotonic() - began:.0f} s")
            done = run(callers, options.seed, options.calls, say, options.at_once)
        show(done)
    return 1 if done.judge.faults else 0


if __name__ == "__main__":
    sys.exit(main())
