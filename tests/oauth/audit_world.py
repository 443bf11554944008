"""Sealed events in the database, and what an attacker with access to it could do to them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, models

from oauth.audit_rows import insert_events
from oauth.audit_streams import leave_mark, new_stream
from oauth.chain import MarkKind, Record, Stream
from oauth.models import AuditEvent
from tests.oauth.test_chain import PLAIN

TOOL = "ctera_portal_list_dir"


def record(number: int, **columns: Any) -> Record:
    """One of many events, a minute after the one before."""
    columns = {"tool": TOOL, **columns}
    return PLAIN._replace(
        time=PLAIN.time + timedelta(minutes=number), request=f"R-{number}", decision=f"D-{number}", **columns
    )


def stored(*records: Record, mark: MarkKind | None = MarkKind.CLOSED) -> Stream:
    """The records as one stream, marked at its end."""
    stream = new_stream("w")
    rows = stream.sealed(records)
    insert_events(rows)
    stream.advance(rows)
    if mark is not None:
        leave_mark(mark, stream, stream.head)
    return stream


def attackers(**which: Any) -> models.QuerySet[AuditEvent]:
    """Rows by a way that does not refuse to change and to remove them."""
    rows: models.QuerySet[AuditEvent] = models.QuerySet(AuditEvent)
    return rows.filter(**which)


def remove(**which: Any) -> None:
    """Remove rows as one would by SQL."""
    attackers(**which)._raw_delete(connection.alias)
