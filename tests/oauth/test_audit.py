"""Evidence is committed before anyone is answered, together for all that wait, and its absence is a refusal."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from oauth import audit
from oauth.audit import AuditUnavailable, AuditWriter, Event, argument_digest
from oauth.models import AuditEvent
from oauth.principal import Principal

ALICE = Principal("https://acme.scalekit.test", "usr_alice", "m2m_1", "org_acme", frozenset({"b", "a"}), 2_000_000_000)
EVENT = Event(
    time=datetime(2026, 11, 24, 12, 0, 0, 123456, UTC),
    kind="call",
    request="R-1",
    decision="D-1",
    revision=4,
    principal=ALICE,
    tool="ctera_portal_list_dir",
    argument_digest=argument_digest({"path": "/x"}),
    outcome="ok",
    portal="hq",
    tenant="-",
    paths=("/x",),
    duration_ms=1.5,
)


@pytest.mark.django_db(transaction=True)
async def test_an_event_is_in_the_database_when_record_returns() -> None:
    writer = AuditWriter()
    await writer.record(EVENT)
    row = await AuditEvent.objects.aget(decision="D-1")
    await writer.close()
    assert row.time == EVENT.time
    assert row.scopes == ["a", "b"]
    assert row.paths == ["/x"]
    assert (row.subject, row.tool, row.outcome, row.revision) == ("usr_alice", "ctera_portal_list_dir", "ok", 4)


@pytest.mark.django_db(transaction=True)
async def test_all_that_wait_share_commits() -> None:
    writer = AuditWriter()
    await asyncio.gather(*(writer.record(replace(EVENT, decision=f"D-{number}")) for number in range(200)))
    count = await sync_to_async(AuditEvent.objects.count)()
    await writer.close()
    assert count == 200
    assert writer.commits < 10


@pytest.mark.django_db(transaction=True)
async def test_an_event_that_cannot_be_committed_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(audit, "commit_events", gone)
    writer = AuditWriter()
    with pytest.raises(AuditUnavailable):
        await writer.record(EVENT)
    await writer.close()
    assert writer.failures == 1


@pytest.mark.django_db(transaction=True)
async def test_the_writer_resumes_after_the_database_came_back(monkeypatch: pytest.MonkeyPatch) -> None:
    real, broken = audit.commit_events, [True]

    def sometimes(events: Any, stream: Any) -> None:
        if broken.pop() if broken else False:
            raise OperationalError("gone")
        real(events, stream)

    monkeypatch.setattr(audit, "commit_events", sometimes)
    writer = AuditWriter()
    with pytest.raises(AuditUnavailable):
        await writer.record(EVENT)
    await writer.record(EVENT)
    await writer.close()
    assert writer.events == 1


@pytest.mark.django_db(transaction=True)
async def test_a_cancelled_caller_does_not_stop_the_others() -> None:
    writer = AuditWriter()
    first = asyncio.create_task(writer.record(EVENT))
    second = asyncio.create_task(writer.record(replace(EVENT, decision="D-2")))
    await asyncio.sleep(0)
    first.cancel()
    await second
    count = await sync_to_async(AuditEvent.objects.filter(decision="D-2").count)()
    await writer.close()
    assert count == 1


def test_the_digest_does_not_depend_on_the_order_of_arguments() -> None:
    assert argument_digest({"a": 1, "b": [2]}) == argument_digest({"b": [2], "a": 1})
    assert argument_digest({"a": 1}) != argument_digest({"a": "1"})
