"""One running product for the tests of this folder: simulators, database and server, each a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The running product."""
    with start_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(params=["2026-07-28", "2025-11-25"])
def wire(request: pytest.FixtureRequest, stack: RunningStack) -> Iterator[Wire]:
    """Raw HTTP in both eras."""
    with Wire(stack, request.param) as speaking:
        yield speaking
