"""One running simulator for all tests of a worker, as good as new for each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulators.portal.fixture import RunningPortal, start_portal


@pytest.fixture(scope="session")
def running_portal() -> Iterator[RunningPortal]:
    with start_portal() as portal:
        yield portal


@pytest.fixture
def portal(running_portal: RunningPortal) -> RunningPortal:
    running_portal.reset()
    return running_portal
