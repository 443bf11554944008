"""System check of the tools app: every stored portal password is opened by some key."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.checks import CheckMessage, Warning, register  # noqa: A004 - Django's own name
from django.core.exceptions import SynchronousOnlyOperation
from django.db import DatabaseError, connection

from tools.rotation import REMEDY, unsealable
from tools.sealing import Unsealable


@register("credentials")
def check_seals(**_: Any) -> list[CheckMessage]:
    """`tools.W001`: a password that no key opens. A warning, since the server serves every other profile."""
    if not _is_database_there():
        return []
    try:
        lost = unsealable()
    except (DatabaseError, Unsealable):  # not migrated yet, away, or without keys: others tell of that
        return []
    except SynchronousOnlyOperation:  # a worker that starts: its `SealWatch` tells
        return []
    return [
        Warning(f"No key in CREDENTIAL_KEYS opens the password of portal profile {name}.", hint=REMEDY, id="tools.W001")
        for name in lost
    ]


def _is_database_there() -> bool:
    """SQLite would make an empty file by being asked."""
    name = str(connection.settings_dict["NAME"])
    return connection.vendor != "sqlite" or ":memory:" in name or "mode=memory" in name or Path(name).exists()
