"""Runs `manage.py serve` in one process whose wall clock is off by the seconds that a file holds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any


def moved(file: Path, clock: Callable[[], float] = time.time) -> Callable[[], float]:
    """The wall clock, off by what the file holds at that moment."""
    return lambda: clock() + float(file.read_text())


class MovedDatetime(datetime):
    """Asks the wall clock that was moved."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> MovedDatetime:
        """The time by that clock."""
        return cls.fromtimestamp(time.time(), tz)


def main() -> None:
    """Move the clock before anything of the product is imported, for the verifying library too, then serve."""
    module: Any = time
    module.time = moved(Path(sys.argv[1]))
    import jwt.api_jwt

    library: Any = jwt.api_jwt
    library.datetime = MovedDatetime
    sys.argv = ["manage.py", "serve"]
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    import manage

    manage.main()


if __name__ == "__main__":
    main()
