"""A running server of its own at the most talkative log level, with junk beside the good key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.attacks import impatient
from tests.protocol.attacks.door import Door
from tests.protocol.attacks.forge import Forge
from tests.protocol.attacks.junk import Junk
from tests.simulators.stack import RunningStack, start_stack

SELDOM = ("-m", impatient.__name__, "80000", "30", "4")
"""Keys live for a day, so that no server of the attacks fetches any unless a token makes it; the rest is as ever."""


@pytest.fixture(scope="session")
def junk() -> Junk:
    """The bad neighbours of the good key."""
    return Junk.new()


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, junk: Junk) -> Iterator[RunningStack]:
    """The running product; takes the place of the one that the other wire tests share."""
    with start_stack(tmp_path_factory.mktemp("attacked"), serve=SELDOM, LOG_LEVEL="DEBUG") as running:
        running.scalekit.control(extra_keys=junk.published)
        yield running


@pytest.fixture(scope="session")
def forge(stack: RunningStack) -> Forge:
    """The real key in the wrong hands."""
    return Forge.of(stack.scalekit, stack.url)


@pytest.fixture(scope="session")
def door(stack: RunningStack, forge: Forge) -> Door:
    """The server's door, after a first good call: keys are known, the portal session is open."""
    found = Door(stack)
    found.opens(forge.token())
    return found
