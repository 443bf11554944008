"""Which process of a server holds which connection, as Linux tells."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import httpx2

PROC = Path("/proc")


def workers(server: int) -> set[int]:
    """The worker processes of a server that runs several."""
    children = (PROC / f"{server}/task/{server}/children").read_text().split()
    return {int(child) for child in children if b"spawn_main" in (PROC / child / "cmdline").read_bytes()}


def local_port(answer: httpx2.Response) -> int:
    """The client's end of the connection by which an answer came."""
    port: int = answer.extensions["network_stream"].get_extra_info("client_addr")[1]
    return port


def holder(port: int, pids: set[int]) -> int | None:
    """The process that holds the server's end of a connection, known by the port of the client's end."""
    socket = None
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text().splitlines()[1:]:
            _, _, remote, *rest = line.split()
            if int(remote.rpartition(":")[2], 16) == port:
                socket = f"socket:[{rest[6]}]"
    for pid in pids:
        for descriptor in (PROC / f"{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                if str(descriptor.readlink()) == socket:
                    return pid
    return None
