"""One running product for each database, which drills break one after the other and leave as they found it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.drills.scene import Scene, open_scene


@pytest.fixture(scope="session")
def scene_on(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Scene]]:
    """Gives the product with two workers on a database of that kind, opened for the first drill that asks."""
    with ExitStack() as opened:
        running: dict[str, Scene] = {}

        def scene_on(kind: str) -> Scene:
            if kind not in running:
                running[kind] = opened.enter_context(open_scene(kind, tmp_path_factory.mktemp("drills")))
            return running[kind]

        yield scene_on
