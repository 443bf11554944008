"""One running product; the portal's world is new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack
from tests.tools.reads.looking import Looking


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The running product: a file is read at most 4,096 bytes at a time."""
    with start_stack(tmp_path_factory.mktemp("reads"), READ_LIMIT="4096") as running:
        yield running


@pytest.fixture
def looking(stack: RunningStack) -> Iterator[Looking]:
    """Bob, who may do everything, at work in Team Portal acme by global administration, in the stateless era."""
    stack.portal.reset()
    with Wire(stack, "2026-07-28") as wire:
        yield Looking(wire, stack.token("bob"))
    stack.portal.control(clear=True)


@pytest.fixture(params=["2026-07-28", "2025-11-25"])
def both(request: pytest.FixtureRequest, stack: RunningStack) -> Iterator[Looking]:
    """The same in both eras."""
    stack.portal.reset()
    with Wire(stack, request.param) as wire:
        yield Looking(wire, stack.token("bob"))
    stack.portal.control(clear=True)


@pytest.fixture
def alice(looking: Looking) -> Looking:
    """The same caller on the profile of a user of acme: paths begin at that account's own root."""
    return Looking(looking.wire, looking.token, {"portal": "acme-files"})
