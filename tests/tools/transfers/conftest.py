"""One running product with two workers; the portal's world is new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.from_outside import wait_for_workers
from tests.protocol.wire import Wire
from tests.simulators.editor import Editor, start_editor
from tests.simulators.stack import RunningStack, start_stack
from tests.tools.writes.files import Files


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The running product, with a small bound for uploads by a link."""
    with start_stack(tmp_path_factory.mktemp("transfers"), LINK_UPLOAD_LIMIT="1048576", WORKERS="2") as running:
        yield running


@pytest.fixture
def files(stack: RunningStack) -> Iterator[Files]:
    """Bob, who may do everything, at work as Alice's account in Team Portal acme."""
    wait_for_workers(stack, 2)  # a test before may have edited the policy
    stack.portal.reset()
    with Wire(stack, "2026-07-28") as wire:
        yield Files(wire, stack.token("bob"))
    stack.portal.control(clear=True)


@pytest.fixture(scope="module")
def editor(stack: RunningStack) -> Iterator[Editor]:
    """Edits the policy from outside."""
    with start_editor(stack.environment) as editing:
        yield editing
