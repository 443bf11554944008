"""Migrated databases for stacks: one is migrated for each process, the others are copies of its file."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

SQLITE = "sqlite:///"
_made: list[Path] = []


def migrated(url: str, migrate: Callable[[str], object]) -> None:
    """Have an empty database at the URL migrated; `migrate` does it for the URL that it is given.

    Only SQLite files that are not there yet are copied: migrating takes longer than all else that a stack starts with.
    """
    file = Path(url.removeprefix(SQLITE))
    if not url.startswith(SQLITE) or file.exists():
        migrate(url)
        return
    if not _made:
        directory = Path(tempfile.mkdtemp(prefix="migrated-"))
        atexit.register(shutil.rmtree, directory, ignore_errors=True)
        migrate(f"{SQLITE}{directory / 'db.sqlite3'}")
        _made.append(directory / "db.sqlite3")
    shutil.copyfile(_made[0], file)
