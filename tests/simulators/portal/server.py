"""Listens: TLS and plain sockets for the portal and for each named Team Portal, one for control."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import ssl
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.simulators.portal.api import serve
from tests.simulators.portal.control import control
from tests.simulators.portal.state import Options, Portal
from tests.simulators.portal.tls import Authority, portal_names
from tests.simulators.portal.wire import Connection, Request, Response


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen; 0 lets the system choose."""

    tls: int = 0
    plain: int = 0


class Listeners:
    """The open sockets of one simulator."""

    def __init__(self, portal: Portal, context: ssl.SSLContext) -> None:
        self._portal = portal
        self._context = context
        self._servers: list[asyncio.Server] = []

    async def portal(self, port: int, *, tls: bool) -> int:
        """Open a socket that speaks for the portal; answer its port."""
        return await self._open(port, self._serve, self._context if tls else None)

    async def control(self) -> int:
        """Open the control socket; answer its port."""
        return await self._open(0, self._control, None)

    async def _open(self, port: int, answer: object, context: ssl.SSLContext | None) -> int:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(answer), "127.0.0.1", port, ssl=context)  # type: ignore[arg-type]
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def _serve(self, request: Request) -> Response:
        return await serve(self._portal, request)

    async def _control(self, request: Request) -> Response:
        return await control(self._portal, request)

    def close(self) -> None:
        """Stop listening."""
        for server in self._servers:
            server.close()


async def run(options: Options, ports: Ports) -> None:
    """Start, say where on one line of standard output, and stay until told to stop."""
    portal, authority = Portal(options), Authority()
    listeners = Listeners(portal, authority.server_context(portal_names()))
    with tempfile.TemporaryDirectory(prefix="portal-simulator-") as folder:
        pem = Path(folder) / "ca.pem"
        pem.write_text(authority.pem())
        ready: dict[str, object] = {
            "https_port": await listeners.portal(ports.tls, tls=True),
            "http_port": await listeners.portal(ports.plain, tls=False),
            "control_port": await listeners.control(),
            "ca_pem": str(pem),
            "ca": authority.pem(),
        }
        for key, tls in (("tenant_ports", True), ("tenant_http_ports", False)):
            ports_of = {tenant: await listeners.portal(0, tls=tls) for tenant in list(portal.world.tenants)[:4]}
            portal.tenant_ports.update({port: tenant for tenant, port in ports_of.items()})
            ready[key] = ports_of
        stop = _stop_signal()
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        await stop.wait()
        listeners.close()


def _stop_signal() -> asyncio.Event:
    """Set by SIGTERM, SIGINT, or the end of standard input where that is a pipe (a parent that has gone)."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        loop.add_reader(0, lambda: None if os.read(0, 4096) else _end(stop))
    return stop


def _end(stop: asyncio.Event) -> None:
    asyncio.get_running_loop().remove_reader(0)
    stop.set()
