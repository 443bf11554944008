"""The writer seals what it commits, signs how far it came, and turns floods of refusals into numbers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from oauth import audit, checkpoint_file
from oauth.audit import AuditUnavailable, AuditWriter
from oauth.audit_check import AuditReport, verify
from oauth.chain_check import Fault
from oauth.models import AuditEvent, AuditMark
from tests.oauth.test_audit import EVENT

pytestmark = pytest.mark.django_db(transaction=True)
DENIED = replace(EVENT, outcome="denied", code="policy_denied", reason="no_policy")
checked: Callable[..., Any] = sync_to_async(verify)


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    settings.AUDIT_CHECKPOINT_FILE = str(tmp_path / "checkpoints.jsonl")
    return tmp_path / "checkpoints.jsonl"


async def recorded(count: int = 50, **event: Any) -> AuditWriter:
    """A writer that has committed events and is closed."""
    writer = AuditWriter()
    await asyncio.gather(*(writer.record(replace(EVENT, decision=f"D-{n}", **event)) for n in range(count)))
    await writer.close()
    return writer


async def test_what_was_committed_verifies_in_one_stream_that_is_closed() -> None:
    await recorded()
    report: AuditReport = await checked(None)
    (stream,) = report.streams
    assert report.is_good
    assert (stream.events, stream.first, stream.last, stream.closed) == (50, 1, 50, True)


async def test_a_row_that_was_changed_by_hand_is_named() -> None:
    await recorded()
    row = await AuditEvent.objects.aget(decision="D-17")
    await sync_to_async(super(type(AuditEvent.objects.all()), AuditEvent.objects.filter(pk=row.pk)).update)(
        subject="usr_mallory"
    )
    report = await checked(None)
    (stream,) = report.broken
    assert (stream.broken.fault, stream.broken.event) == (Fault.CHANGED, row.pk)


async def test_a_checkpoint_outside_tells_that_the_end_was_cut_off_with_its_marks(file: Path) -> None:
    await recorded()
    await sync_to_async(AuditMark.objects.all().delete)()
    await sync_to_async(AuditEvent.objects.filter(sequence__gt=40)._raw_delete)("default")
    assert (await checked(None)).is_good
    report = await checked(checkpoint_file.read(file.read_text().splitlines()))
    assert report.broken[0].broken.fault is Fault.CUT
    assert report.broken[0].broken.sequence == 41


async def test_a_checkpoint_is_signed_while_the_worker_runs(file: Path) -> None:
    writer = AuditWriter(tick_seconds=0.01)
    await writer.record(EVENT)
    async with asyncio.timeout(10):
        while writer._marked.sequence < 1:  # asked here: a read of the rows could meet the writing thread's lock
            await asyncio.sleep(0.01)
    assert file.exists()
    mark = await AuditMark.objects.aget()
    await writer.close()
    assert (mark.kind, mark.sequence) == ("checkpoint", 1)


async def test_a_checkpoint_file_that_cannot_be_written_stops_no_call(
    settings: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.AUDIT_CHECKPOINT_FILE = str(tmp_path / "missing" / "checkpoints.jsonl")
    await recorded(3)
    assert await AuditEvent.objects.acount() == 3
    assert await AuditMark.objects.acount() == 1
    assert "could not be kept" in caplog.text


async def test_after_a_commit_of_unknown_end_the_writer_goes_on_in_a_fresh_stream(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, broken = audit.commit_events, [True]

    def commits_and_says_it_did_not(events: Any, stream: Any) -> None:
        real(events, stream)
        if broken.pop() if broken else False:
            raise OperationalError("the answer to COMMIT never came")

    monkeypatch.setattr(audit, "commit_events", commits_and_says_it_did_not)
    writer = AuditWriter()
    with pytest.raises(AuditUnavailable):
        await writer.record(EVENT)
    await writer.record(EVENT)
    await writer.close()
    report = await checked(None)
    assert report.is_good
    assert [stream.last for stream in report.streams] == [1, 1]


async def test_a_flood_of_refusals_is_stored_up_to_the_budget_and_then_as_a_number() -> None:
    moment = [0.0]
    writer = AuditWriter(clock=lambda: moment[0], tick_seconds=0.01)
    for number in range(1000):
        await writer.record(replace(DENIED, decision=f"D-{number}"))
    assert await AuditEvent.objects.acount() == 60
    last = await AuditEvent.objects.aget(decision="D-59")
    assert "counted" in last.details["further"]
    moment[0] = 61.0
    async with asyncio.timeout(10):
        while writer.events < 61:
            await asyncio.sleep(0.01)
    row = await AuditEvent.objects.aget(kind="refusals")
    await writer.close()
    assert (row.repeats, row.subject, row.reason) == (940, "usr_alice", "repeated")
    assert row.details == {"first": "D-60", "last": "D-999", "by": {"no_policy": 940}}
    assert (await checked(None)).is_good


async def test_what_was_counted_is_stored_when_the_worker_stops() -> None:
    writer = AuditWriter()
    for _ in range(70):
        await writer.record(replace(DENIED))
    await writer.close()
    assert (await AuditEvent.objects.aget(kind="refusals")).repeats == 10


async def test_neither_answered_calls_nor_refusals_behind_an_intent_are_only_counted() -> None:
    writer = AuditWriter()
    for _ in range(70):
        await writer.record(replace(EVENT))
        await writer.record(replace(DENIED, has_intent=True))
    await writer.close()
    assert await AuditEvent.objects.acount() == 140
    assert writer.counted == 0


async def test_texts_that_a_database_cannot_hold_do_not_fail_the_calls_that_wait_with_them() -> None:
    writer = AuditWriter()
    await asyncio.gather(
        writer.record(replace(EVENT, decision="D-1", tool="a\x00b\ud800", paths=("/\x00",))),
        writer.record(replace(EVENT, decision="D-2", tool="Straße 😀", paths=("/Ü\n",))),
    )
    await writer.close()
    assert (await AuditEvent.objects.aget(decision="D-2")).paths == ["/Ü\n"]
    assert (await checked(None)).is_good


async def test_whatever_goes_wrong_with_a_commit_nobody_waits_for_it_for_ever(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(events: Any, stream: Any) -> None:
        raise KeyError("of no database")

    writer = AuditWriter()
    with monkeypatch.context() as patched:
        patched.setattr(audit, "commit_events", fails)
        with pytest.raises(AuditUnavailable):
            await asyncio.wait_for(writer.record(EVENT), 30)
    assert "could not be sealed or written" in caplog.text
    await writer.record(EVENT)
    await writer.close()
    assert (await checked(None)).is_good


async def test_what_a_failed_commit_leaves_behind_is_signed_when_the_database_answers_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(events: Any, stream: Any) -> None:
        raise OperationalError("gone")

    writer = AuditWriter(tick_seconds=1000)  # no tick has signed anything before
    await writer.record(EVENT)
    with monkeypatch.context() as patched:
        patched.setattr(audit, "commit_events", fails)
        for _ in range(3):
            with pytest.raises(AuditUnavailable):
                await writer.record(EVENT)
    await writer.record(EVENT)
    await writer.close()
    signed = [(mark.kind, mark.sequence) async for mark in AuditMark.objects.order_by("id")]
    assert signed == [("checkpoint", 1), ("closed", 1)]
    first = await AuditEvent.objects.aearliest("id")
    await sync_to_async(super(type(AuditEvent.objects.all()), AuditEvent.objects.filter(pk=first.pk)).delete)()
    assert not (await checked(None)).is_good
