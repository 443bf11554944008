"""`make fuzz`: random requests to a running server over several connections, and what came of them.

Exit 0 when nothing was answered by 5xx, no token opened that should not (or the other way round), and nothing took too
long; else 1. The server, its database and both simulators are started for the run.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from typing import Final

from tests.fuzz.making import Made, Maker
from tests.protocol.attacks.forge import Forge
from tests.simulators.stack import RunningStack, start_stack

GARBAGE: Final = 0.01
SLOWEST_SECONDS: Final = 30.0
SHOWN: Final = 20
HEAD: Final = (
    b"host: localhost\r\ncontent-type: application/json\r\naccept: application/json, text/event-stream\r\n"
    b"mcp-protocol-version: 2025-11-25\r\n"
)


@dataclass(slots=True)
class Figures:
    """What came of a run."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    sent: int = 0

    def note(self, kind: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self.statuses[kind, status] += 1
        self.sent += 1
        self.slowest = max(self.slowest, seconds)
        if status >= 500:
            self.faults.append(f"{kind}: status {status}")
        if seconds > SLOWEST_SECONDS:
            self.faults.append(f"{kind}: {seconds:.1f} s")

    def judge(self, made: Made, status: int) -> None:
        """Compare one answer with what it may be."""
        if made.opens is not None and (status == 200) is not made.opens:
            self.faults.append(
                f"{made.kind}: status {status}, but opens={made.opens}: {made.authorization!r} {made.query!r}"
            )


def written(made: Made) -> bytes:
    """A request as bytes."""
    replaced = {name for name, _ in made.more}
    lines = [line for line in HEAD.split(b"\r\n") if line and line.partition(b":")[0] not in replaced]
    lines += [b"%b: %b" % pair for pair in made.more]
    lines += [b"authorization: " + value for value in made.authorization]
    lines += [b"content-length: %d" % len(made.body)]
    target = b"/mcp" + (b"?" + made.query if made.query else b"")
    return b"POST " + target + b" HTTP/1.1\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + made.body


class Connection:
    """A kept connection that is opened again when the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def exchange(self, request: bytes, *, to_the_end: bool = False) -> int:
        """Send one request; the answer's status, 0 when the server closed without one."""
        if self._writer is None or self._writer.is_closing():
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        assert self._reader is not None
        try:
            self._writer.write(request)
            if to_the_end:
                self._writer.write_eof()
            status, keep = await self._answer(self._reader)
        except (ConnectionError, asyncio.IncompleteReadError):
            status, keep = 0, False
        if not keep or to_the_end:
            await self.close()
        return status

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bool]:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        lines = dict(line.partition(b": ")[::2] for line in head.split(b"\r\n")[1:] if line)
        if b"chunked" in lines.get(b"transfer-encoding", b""):
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        elif b"content-length" in lines:
            await reader.readexactly(int(lines[b"content-length"]))
        else:
            await reader.read()
            return status, False
        return status, lines.get(b"connection") != b"close"

    async def close(self) -> None:
        """Close; the next exchange opens another."""
        if self._writer is not None:
            self._writer.close()
            with suppress(ConnectionError):
                await self._writer.wait_closed()
        self._writer = None


async def run(stack: RunningStack, maker: Maker, requests: int, connections: int) -> Figures:
    """Send that many requests over that many connections."""
    figures = Figures()
    started = 0

    async def one_connection() -> None:
        nonlocal started
        connection = Connection(stack.port)
        while started < requests:
            started += 1
            began = time.monotonic()
            if maker.rng.random() < GARBAGE:
                status = await connection.exchange(maker.garbage(), to_the_end=True)
                figures.note("garbage", status, time.monotonic() - began)
                continue
            made = maker.next()
            status = await connection.exchange(written(made))
            figures.note(made.kind, status, time.monotonic() - began)
            figures.judge(made, status)
            if started % 20_000 == 0:
                print(f"… {started} requests, {len(figures.faults)} faults", flush=True)
        await connection.close()

    await asyncio.gather(*(one_connection() for _ in range(connections)))
    return figures


def show(figures: Figures, seconds: float, fetches: int) -> None:
    """Print the figures."""
    for (kind, status), count in sorted(figures.statuses.items()):
        print(f"  {kind:<8} {status or 'closed':>6} {count:>9}")
    wrong = sum(count for (_, status), count in figures.statuses.items() if status >= 500)
    print(
        f"{figures.sent} requests in {seconds:.0f} s ({figures.sent / seconds:.0f}/s), slowest {figures.slowest:.2f} s"
    )
    print(f"5xx: {wrong}; faults: {len(figures.faults)}; key fetches: {fetches}")
    for fault in figures.faults[:SHOWN]:
        print(f"FAULT {fault}")


def main() -> int:
    """Start everything, run, judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(2**32))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as directory:
        print(f"… Starting the server (seed {options.seed})", flush=True)
        with start_stack(Path(directory), LOG_LEVEL="INFO") as stack:
            forge = Forge.of(stack.scalekit, stack.url)
            began = time.monotonic()
            figures = asyncio.run(run(stack, Maker(forge, options.seed), options.requests, options.connections))
            seconds = time.monotonic() - began
            log = stack.log_file.read_text(errors="replace")
            if "Traceback" in log:
                figures.faults.append("a traceback in the server's log")
                print("Traceback" + log.split("Traceback", 1)[1][:3000], file=sys.stderr)
            show(figures, seconds, stack.scalekit.key_fetches())
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
