"""What each worker tells of itself, in a row of its own: written by one statement, read by the first page."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models.functions import Now

from oauth.models import WorkerReport

if TYPE_CHECKING:
    from oauth.keys import KeyStatus

SILENT_SECONDS: Final = 20.0
"""A worker that was not heard of for so long is gone, or cannot reach the database."""
BEHIND_SECONDS: Final = 10.0
"""For how long a worker may not know whether its revision is the present one."""
KEPT: Final = timedelta(minutes=10)
"""How long the report of a worker that was killed stays."""
FIELDS: Final = [field.name for field in WorkerReport._meta.concrete_fields if not field.primary_key]


@dataclass(frozen=True, slots=True)
class Identity:
    """Which worker this is, on whichever machine."""

    name: str
    host: str
    pid: int
    version: str
    started: datetime


def identity(version: str) -> Identity:
    """That of this process, as of now."""
    name = f"{os.getpid()}-{secrets.token_hex(12)}"
    return Identity(name, socket.gethostname()[:255], os.getpid(), version[:20], datetime.now(UTC))


def tell(who: Identity, revision: int, revision_age: float, keys: KeyStatus) -> None:
    """Replace this worker's report; the database's own clock says when. Raises `DatabaseError`."""
    report = WorkerReport(
        name=who.name,
        host=who.host,
        pid=who.pid,
        version=who.version,
        started=who.started,
        seen=Now(),
        revision=revision,
        revision_age=revision_age,
        keys=keys.keys,
        key_age=keys.age,
        key_fetches=keys.fetches,
        key_failures=keys.failures,
        key_error=keys.last_error[:200],
    )
    WorkerReport.objects.bulk_create([report], update_conflicts=True, unique_fields=["name"], update_fields=FIELDS)


def leave(who: Identity) -> None:
    """Take the report away: this worker ends in good order."""
    WorkerReport.objects.filter(pk=who.name).delete()


def forget_the_dead() -> None:
    """Drop the reports of workers that ended otherwise, after a while."""
    WorkerReport.objects.filter(seen__lt=Now() - KEPT).delete()


@dataclass(frozen=True, slots=True)
class Told:
    """A worker's last report, and what follows from it now. Times in seconds."""

    report: WorkerReport
    age: float
    present: int

    @property
    def is_gone(self) -> bool:
        """Nothing was heard of it for long."""
        return self.age > SILENT_SECONDS

    @property
    def revision_age(self) -> float:
        """Since its revision was last known to be the present one."""
        return self.age + self.report.revision_age

    @property
    def is_behind(self) -> bool:
        """It serves, by a policy that is not the present one, for longer than it may take to follow."""
        return not self.is_gone and self.report.revision < self.present and self.revision_age > BEHIND_SECONDS

    @property
    def has_no_keys(self) -> bool:
        """It needed signing keys and has none that it could use."""
        return not self.report.keys and self.report.key_failures > 0


def told(present: int) -> list[Told]:
    """The reports of all workers, with the present revision in mind; the newest last."""
    rows = WorkerReport.objects.annotate(at=Now()).order_by("host", "started", "pid")
    return [Told(row, max(0.0, (row.at - row.seen).total_seconds()), present) for row in rows]
