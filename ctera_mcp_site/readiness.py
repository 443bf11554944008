"""Whether this worker can serve, part by part, and who may be told more than the verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError

from ctera_mcp_site import state
from oauth.selectors import policy_revision

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Parts:
    """What a call needs. Ages are in seconds; None where nothing was read yet."""

    database: bool
    snapshot: bool
    snapshot_age_seconds: float | None
    keys: bool
    keys_age_seconds: float | None

    @property
    def are_good(self) -> bool:
        """Whether all of it is there."""
        return self.database and self.snapshot and self.keys


def parts() -> Parts:
    """Look at each; only the database is asked anything."""
    try:
        policy_revision()
        database = True
    except DatabaseError:
        database = False
    runtime = state.runtime
    if runtime is None:
        return Parts(database, snapshot=False, snapshot_age_seconds=None, keys=False, keys_age_seconds=None)
    snapshots, keys = runtime.snapshots, runtime.keys
    age = keys.status().age
    return Parts(
        database,
        snapshots.is_usable,
        round(snapshots.age, 3) if snapshots.age != float("inf") else None,
        keys.is_usable,
        None if age is None else round(age, 3),
    )


def sees_parts(request: HttpRequest, *, is_database_up: bool) -> bool:
    """Staff by their session, and whoever `/metrics` is open to: the one list of programs that watch this server.

    While the database is down no session can be read, so that then only the second way is left.
    """
    runtime, scope = state.runtime, getattr(request, "scope", None)  # a request of ASGI has one
    if runtime is not None and scope is not None and runtime.metrics_door.is_open_to(scope):
        return True
    return is_database_up and request.user.is_active and request.user.is_staff
