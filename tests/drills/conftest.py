"""One running product for each database, which drills break one after the other and leave as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.drills.scene import Scene, open_scene


@pytest.fixture(scope="session")
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The product with two workers on a database of its own, of the kind that the test names."""
    with open_scene(request.param, tmp_path_factory.mktemp("drills")) as opened:
        yield opened
