"""One running product for the tests of this folder: simulators, database and server, each a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.lateness import Heartbeat, heartbeat
from tests.protocol.wire import Wire
from tests.simulators.editor import Editor, start_editor
from tests.simulators.stack import RunningStack, start_stack


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The running product."""
    with start_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="module")
def editor(stack: RunningStack) -> Iterator[Editor]:
    """Edits the policy of a module's own stack from a process of its own."""
    with start_editor(stack.environment) as running:
        yield running


@pytest.fixture
def late() -> Iterator[Heartbeat]:
    """How late this machine is while a test runs."""
    with heartbeat() as beating:
        yield beating


@pytest.fixture(params=["2026-07-28", "2025-11-25"])
def wire(request: pytest.FixtureRequest, stack: RunningStack) -> Iterator[Wire]:
    """Raw HTTP in both eras."""
    with Wire(stack, request.param) as speaking:
        yield speaking
