"""Audit events as lines of JSON, filtered, in constant memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from oauth.audit_rows import CHUNK, COLUMNS
from oauth.models import AuditEvent

EXPORTED: Final = ("id", *COLUMNS)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events; None or empty means any. Times are in UTC, `until` is not included."""

    since: datetime | None = None
    until: datetime | None = None
    subject: str = ""
    tool: str = ""
    portal: str = ""
    outcome: str = ""

    def lookups(self) -> dict[str, Any]:
        """As lookups of the ORM."""
        given = {"time__gte": self.since, "time__lt": self.until}
        given |= {name: getattr(self, name) for name in ("subject", "tool", "portal", "outcome")}
        return {name: value for name, value in given.items() if value}

    def told(self) -> dict[str, Any]:
        """What the event about the export says."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in asdict(self).items()
            if value
        }


def lines(wanted: Wanted) -> Iterator[str]:
    """One line an event, the oldest first, of those that are there now; read some thousands at a time.

    No transaction is held open between the reads, so a slow receiver holds up neither writers nor pruning.
    """
    last = AuditEvent.objects.order_by("-id").values_list("id", flat=True).first() or 0
    rows = AuditEvent.objects.filter(**wanted.lookups(), id__lte=last).order_by("id").values(*EXPORTED)
    after = 0
    while part := list(rows.filter(id__gt=after)[:CHUNK]):
        for row in part:
            yield json.dumps({**row, "time": row["time"].isoformat()}, separators=(",", ":"))
        after = part[-1]["id"]
