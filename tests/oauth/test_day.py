"""Calls of the last 24 hours are counted as the audit tells them, once each, by its indexes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth import day
from oauth.models import AuditEvent

pytestmark = pytest.mark.django_db
LIST, MAKE = "ctera_portal_list_dir", "ctera_portal_makedirs"


def events(times: int = 1, *, hours: float = 1, **columns: Any) -> None:
    row = {
        "time": datetime.now(UTC) - timedelta(hours=hours), "kind": "call", "request": "R", "decision": "D",
        "revision": 1, "issuer": "i", "subject": "s", "client": "c", "scopes": [], "tool": LIST, "paths": [],
        "argument_digest": "", "outcome": "ok", "duration_ms": 1.0,
    }  # fmt: skip
    AuditEvent.objects.bulk_create([AuditEvent(**{**row, **columns}) for _ in range(times)])


def test_a_day_without_calls_is_counted_as_none() -> None:
    events(hours=30)
    found = day.read()
    assert (found.calls, found.by_reason, found.by_tool) == (0, (), ())


def test_calls_of_a_day_are_counted_by_outcome() -> None:
    events(9, hours=25)
    events(5)
    events(2, outcome="partly")
    events(4, outcome="denied", reason="no_policy", code="policy_denied")
    events(3, outcome="refused", code="invalid_argument")
    events(2, outcome="error", code="portal_unavailable")
    events(1, outcome="unknown", code="outcome_unknown")
    events(1, outcome="cancelled")
    found = day.read()
    assert (found.calls, found.made, found.denied, found.refused, found.failed) == (18, 7, 4, 3, 4)
    assert found.by_reason == (("no_policy", 4),)
    assert found.by_refusal == (("invalid_argument", 3),)
    assert found.by_code == (("error portal_unavailable", 2), ("cancelled", 1), ("unknown outcome_unknown", 1))
    assert found.by_tool == ((LIST, 18),)


def test_a_change_counts_once_though_its_intent_was_recorded_before() -> None:
    events(3, tool=MAKE, kind="intent", outcome="intent")
    events(2, tool=MAKE)
    events(1, tool=MAKE, outcome="unknown", code="outcome_unknown")
    found = day.read()
    assert (found.calls, found.by_tool) == (3, ((MAKE, 3),))


def test_refusals_that_were_only_counted_count_as_many_as_they_were() -> None:
    events(2, outcome="denied", reason="no_policy")
    events(1, kind="refusals", tool="", outcome="denied", reason="repeated", repeats=500)
    found = day.read()
    assert found.denied == found.calls == 502
    assert dict(found.by_reason) == {"repeated": 500, "no_policy": 2}


def test_who_reads_the_audit_is_no_caller() -> None:
    events(2)
    for kind in ("read", "export", "prune"):
        events(3, kind=kind, tool="")
    assert day.read().calls == 2


def test_names_that_strangers_made_up_make_no_groups() -> None:
    for number in range(50):
        events(tool=f"made_up_{number}", outcome="refused", code="unknown_tool")
    with CaptureQueriesContext(connection) as queries:
        found = day.read()
    assert len(queries) == 1
    assert (found.refused, found.by_tool, found.by_refusal) == (50, (), (("unknown_tool", 50),))


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan of SQLite")
def test_no_event_is_read_but_those_that_failed_or_changed() -> None:
    with CaptureQueriesContext(connection) as queries:
        day.read()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
        plan = [row[3] for row in cursor.fetchall() if "oauth_auditevent" in row[3]]
    assert plan
    assert not [line for line in plan if line.startswith("SCAN")]
    assert sum("COVERING INDEX" in line for line in plan) >= 3
