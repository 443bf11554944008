"""One simulated portal for the tests of this folder, as it was at its start for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace

import pytest

from tests.simulators.portal.fixture import RunningPortal, start_portal
from tools.portal.pool import SessionPool
from tools.profile import Profile


@pytest.fixture(scope="session")
def simulator() -> Iterator[RunningPortal]:
    """The process."""
    with start_portal() as running:
        yield running


@pytest.fixture
def portal(simulator: RunningPortal) -> RunningPortal:
    """The process, reset."""
    simulator.reset()
    return simulator


@pytest.fixture
def hq(portal: RunningPortal) -> Profile:
    """The administrator's profile, over TLS with the simulator's own authority; "sealed" is the password itself."""
    return Profile(
        name="hq",
        revision=1,
        host="localhost",
        port=portal.https_port,
        https=True,
        verify_tls=True,
        scope="admin",
        username="svc-mcp",
        sealed_password="svc-secret",
        ca_pem=portal.ca_pem,
        total_timeout=20.0,
    )


@pytest.fixture
def acme(portal: RunningPortal, hq: Profile) -> Profile:
    """A user's profile in Team Portal acme, over plain HTTP with a port."""
    return replace(
        hq,
        name="acme",
        scope="user",
        https=False,
        port=portal.tenant_http_ports["acme"],
        ca_pem="",
        username="alice",
        sealed_password="alice-secret",
        tenant="acme",
    )


@pytest.fixture
async def pool() -> AsyncIterator[SessionPool]:
    """A pool whose seals are open."""
    unseal: Callable[[str], str] = str
    sessions = SessionPool(unseal)
    yield sessions
    await sessions.close()
