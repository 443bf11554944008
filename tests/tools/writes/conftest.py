"""One running product with short waits; the portal's world is new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.from_outside import wait_for_workers
from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack
from tests.tools.writes.files import Files


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The running product: a call waits two seconds for the portal's background work."""
    with start_stack(tmp_path_factory.mktemp("writes"), OPERATION_WAIT="2", UPLOAD_LIMIT="4096") as running:
        yield running


@pytest.fixture
def files(stack: RunningStack) -> Iterator[Files]:
    """Bob, who may do everything, at work as Alice's account in Team Portal acme, in the stateless era."""
    wait_for_workers(stack, 1)  # a test before may have edited the policy
    stack.portal.reset()
    with Wire(stack, "2026-07-28") as wire:
        yield Files(wire, stack.token("bob"))
    stack.portal.control(clear=True)


@pytest.fixture(params=["2026-07-28", "2025-11-25"])
def both(request: pytest.FixtureRequest, stack: RunningStack) -> Iterator[Files]:
    """The same in both eras."""
    wait_for_workers(stack, 1)  # a test before may have edited the policy
    stack.portal.reset()
    with Wire(stack, request.param) as wire:
        yield Files(wire, stack.token("bob"))
    stack.portal.control(clear=True)
