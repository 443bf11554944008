"""The unmodified SDK clients, pointed at a running simulator: for tests of the simulator and for measurements."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from cterasdk import AsyncGlobalAdmin, AsyncServicesPortal

from tests.simulators.portal.fixture import RunningPortal


def trusting(portal: RunningPortal) -> ssl.SSLContext:
    """Make a context that trusts the simulator's own CA and nothing else."""
    return ssl.create_default_context(cadata=portal.ca_pem)


def unconnected(portal: RunningPortal, *, admin: bool, tenant: str = "") -> Any:
    """Make a client that has not logged in. It talks TLS; only the trusted CA differs from the defaults."""
    kind = AsyncGlobalAdmin if admin else AsyncServicesPortal
    client = kind("localhost", portal.tenant_ports[tenant] if tenant else portal.https_port)
    # The SDK takes a boolean only; its private configuration takes a context.
    client.default._session._configuration["connector"] = {"ssl": trusting(portal)}
    return client


@asynccontextmanager
async def administrator(
    portal: RunningPortal, tenant: str = "", name: str = "svc-mcp", password: str = "svc-secret"
) -> AsyncIterator[Any]:
    """Log an administrator in, browse a Team Portal if one is named, log out at the end."""
    client = unconnected(portal, admin=True)
    try:
        await client.login(name, password)
        if tenant:
            await client.portals.browse(tenant)
        yield client
    finally:
        await _leave(client)


@asynccontextmanager
async def end_user(portal: RunningPortal, name: str, password: str, tenant: str = "acme") -> AsyncIterator[Any]:
    """Log a user of a Team Portal in, log out at the end."""
    client = unconnected(portal, admin=False, tenant=tenant)
    try:
        await client.login(name, password)
        yield client
    finally:
        await _leave(client)


async def _leave(client: Any) -> None:
    try:
        await client.logout()
    finally:
        await client.default.close()
