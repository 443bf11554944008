"""Memory of a worker while it moves much: `python -m bench.memory`, and a table of `make bench`.

A tree of 100,000 entries is walked to its end by cursor; 1 GiB is downloaded and 1 GiB uploaded by one-use links. The
highest resident memory is the kernel's own figure (VmHWM), reset before each case.
"""

from __future__ import annotations

import gc
import hashlib
import http.client
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from tests.protocol.wire import MODERN, Wire
from tests.simulators.portal.large import generated
from tests.simulators.portal.world import HUGE
from tests.simulators.stack import RunningStack, start_stack

GIB: Final = 1024**3
MIB: Final = 1024**2
MOST_GROWTH: Final = 32.0
PLACE: Final = {"portal": "hq", "tenant": "acme"}
HOME: Final = "/Users/Alice Acme/My Files"
PIECE: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Figures:
    """Resident memory of the worker in MiB, and the seconds that the case took."""

    start: float
    peak: float
    end: float
    seconds: float

    @property
    def growth(self) -> float:
        """What the case needed above what the worker had."""
        return self.peak - self.start


def resident(process_id: int, name: str = "VmRSS") -> float:
    """A figure of `/proc/…/status` in MiB."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"Linux does not tell {name} of the worker")


def watched(process_id: int, work: Callable[[], None]) -> Figures:
    """Do the work and see what the process needed for it."""
    gc.collect()
    Path(f"/proc/{process_id}/clear_refs").write_text("5")  # the highest mark begins anew (proc(5))
    start, begun = resident(process_id), time.perf_counter()
    work()
    seconds = time.perf_counter() - begun
    return Figures(start, resident(process_id, "VmHWM"), resident(process_id), seconds)


class Person:
    """Whoever calls the tools and uses the links; everything that is moved is checked."""

    def __init__(self, wire: Wire, stack: RunningStack) -> None:
        self._wire = wire
        self._stack = stack
        self._token = stack.token("bob")

    def walk(self, most: int = HUGE) -> None:
        """Go through the tree until its end, or until `most` entries were seen."""
        seen, cursor = 0, dict[str, str]()
        while seen < most:
            page = self._call("walk_tree", path=f"{HOME}/Huge", limit=1000, **cursor)
            seen += len(page["entries"])
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        if seen != most:
            raise RuntimeError(f"the walk saw {seen} entries of {most}")

    def download(self, size: int) -> None:
        """Fetch a file of `size` bytes by a link, as a command line does."""
        name = f"down-{size}.bin"
        self._stack.portal.control(large={"account": "acme/alice", "path": f"Media/{name}", "size": size})
        link = self._call("download_file", path=f"{HOME}/Media/{name}")
        connection, path = connected(link["url"])
        connection.request("POST", path)
        answer = connection.getresponse()
        found = digest(iter(lambda: answer.read(PIECE), b""))
        connection.close()
        if (answer.status, found) != (200, digest(generated(size))):
            raise RuntimeError(f"the download went wrong: {answer.status}")

    def upload(self, size: int) -> None:
        """Send a file of `size` bytes by a link, as a command line does."""
        name = f"up-{size}.bin"
        link = self._call("upload_file", destination=f"{HOME}/Media/{name}", size=size, overwrite=True)
        connection, path = connected(link["url"])
        connection.request("PUT", path, body=generated(size), headers={"Content-Length": str(size)})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        stored = self._stack.portal.control(uploaded={"account": "acme/alice", "path": f"Media/{name}"})
        if (answer.status, stored) != (201, {"size": size, "sha256": digest(generated(size))}):
            raise RuntimeError(f"the upload went wrong: {answer.status} {stored}")

    def _call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        return self._wire.good(tool, self._token, **PLACE, **arguments)


def connected(url: str) -> tuple[http.client.HTTPConnection, str]:
    """A connection for a link, and the path to ask for."""
    parts = urlsplit(url)
    return http.client.HTTPConnection(parts.netloc, timeout=600), parts.path


def digest(pieces: Iterator[bytes]) -> str:
    """SHA-256 of all pieces."""
    found = hashlib.sha256()
    for piece in pieces:
        found.update(piece)
    return found.hexdigest()


def measure(directory: Path, *, entries: int = HUGE, size: int = GIB) -> dict[str, Figures]:
    """Every case, after each was done in small so that what is made once is there."""
    with start_stack(directory) as stack, Wire(stack, MODERN) as wire:
        person, worker = Person(wire, stack), stack.server.pid
        small = min(size, 32 * MIB)
        for _ in range(2):
            person.walk(min(entries, 5_000))
            person.download(small + 1)
            person.upload(small + 1)
        return {
            f"walk_tree, {entries:,} entries": watched(worker, lambda: person.walk(entries)),
            f"download by a link, {size // MIB:,} MiB": watched(worker, lambda: person.download(size)),
            f"upload by a link, {size // MIB:,} MiB": watched(worker, lambda: person.upload(size)),
        }


def table(found: dict[str, Figures]) -> str:
    """Markdown: the figures against the goal."""
    lines = [
        "| one worker | start MiB | peak MiB | end MiB | growth MiB | wanted | | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, one in found.items():
        met = "met" if one.growth <= MOST_GROWTH else "**missed**"
        lines.append(
            f"| {name} | {one.start:.1f} | {one.peak:.1f} | {one.end:.1f} | {one.growth:.1f} "
            f"| ≤ {MOST_GROWTH:g} | {met} | {one.seconds:.1f} |"
        )
    return "\n".join(lines) + "\n"


def run() -> str:
    """Measure and tell it as a table."""
    with tempfile.TemporaryDirectory() as directory:
        return table(measure(Path(directory)))


if __name__ == "__main__":
    print(run())
