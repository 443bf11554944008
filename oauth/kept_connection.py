"""Keeps the database connection of a thread of a worker for a while, as long as it leads to the database meant.

For the threads that commit audit events and that follow the revision: opening one costs more than what they ask.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Final

from django.db import close_old_connections, connection

KEPT_SECONDS: Final = 1.0


class _Opened(threading.local):
    """Which file this thread's connection was opened on: device and inode; None for what is no file."""

    file: tuple[int, int] | None = None


_opened: Final = _Opened()


def keep_connection() -> None:
    """Have this thread's connection open; raises `DatabaseError`.

    A file that was moved away or replaced is left at once: what is written there is not in the database any more.
    """
    close_old_connections()
    if connection.connection is not None and _file() != _opened.file and not connection.in_atomic_block:
        connection.close()
    if connection.connection is None:
        _opened.file = _file()
        connection.ensure_connection()
        connection.close_at = time.monotonic() + KEPT_SECONDS


def _file() -> tuple[int, int] | None:
    if connection.vendor != "sqlite":
        return None
    try:
        found = os.stat(connection.settings_dict["NAME"])  # noqa: PTH116 - the name may be no path
    except OSError:
        return None
    return found.st_dev, found.st_ino
