"""The short form of `make drills`: each drill that is not long, on the databases on which it shows something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.drills.catalogue import DRILLS, Drill
from tests.drills.scene import Scene

MARKS: dict[str, list[Any]] = {"sqlite": [], "postgres": [pytest.mark.postgres]}
SHORT = [
    pytest.param(kind, drill, id=f"{drill.name}-{kind}", marks=marks)
    for kind, marks in MARKS.items()
    for drill in DRILLS
    if kind in drill.databases and kind in drill.short_on and not drill.is_long
]


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("kind", "drill"), SHORT)
def test_nothing_is_lost_and_service_resumes(scene_on: Callable[[str], Scene], kind: str, drill: Drill) -> None:
    print(drill.run(scene_on(kind)))
