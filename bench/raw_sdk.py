"""The portal's own SDK, asynchronous and unmodified, under the same load: one process, told what to do by lines.

Standard input: a line of JSON with the simulated portal, then `<case> <seconds>` for each run; an answer of one line of
JSON each: the rate, the latencies in ms and the processor's µs per call.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from statistics import quantiles
from typing import Any, Final

import uvloop

from tests.simulators.portal.fixture import RunningPortal
from tests.simulators.portal.sdk import administrator

CONNECTIONS: Final = 16
HOME: Final = "Users/Alice Acme/My Files"
ENTRIES: Final = 100
FILE_BYTES: Final = 102_400

Work = Callable[[Any], Awaitable[int]]


async def list_dir(client: Any) -> int:
    """The first hundred entries of a folder; how many there were."""
    entries = []
    async for entry in client.files.listdir(f"{HOME}/Many"):
        entries.append(entry)
        if len(entries) == ENTRIES:
            break
    return len(entries)


async def read_file(client: Any) -> int:
    """The whole of a file; its bytes."""
    handle = await client.files.handle(f"{HOME}/Docs/report.pdf", None)
    return len(await handle.read())


CASES: Final[dict[str, tuple[Work, int]]] = {"list_dir": (list_dir, ENTRIES), "read_file": (read_file, FILE_BYTES)}


async def load(client: Any, case: str, seconds: float) -> dict[str, float]:
    """Sixteen callers on one session for some seconds; raises when any answer is not whole."""
    work, wanted = CASES[case]
    taken: list[float] = []
    begun, spent = time.perf_counter(), time.process_time()

    async def caller() -> None:
        while (at := time.perf_counter()) - begun < seconds:
            if await work(client) != wanted:
                raise RuntimeError(f"{case}: not the whole answer")
            taken.append(time.perf_counter() - at)

    await asyncio.gather(*(caller() for _ in range(CONNECTIONS)))
    wall, spent = time.perf_counter() - begun, time.process_time() - spent
    hundredths = quantiles(taken, n=100)
    return {
        "rate": len(taken) / wall,
        "p50": hundredths[49] * 1000,
        "p99": hundredths[98] * 1000,
        "cpu": spent / len(taken) * 1e6,
    }


async def serve() -> None:
    """Log in once, then run what the lines say until they end."""
    portal = RunningPortal(**json.loads(sys.stdin.readline()))
    async with administrator(portal, "acme") as client:
        print(json.dumps("ready"), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            case, seconds = line.split()
            print(json.dumps(await load(client, case, float(seconds))), flush=True)


if __name__ == "__main__":
    uvloop.run(serve())
