"""Removes old audit events from the beginning of each stream, under a signed mark that keeps the rest verifiable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from oauth.audit_check import check_stream
from oauth.audit_rows import keep_mark, now, streams
from oauth.audit_streams import audit_keys
from oauth.chain import Head, MarkKind
from oauth.chain_check import StreamCheck
from oauth.checkpoint_file import Outside
from oauth.models import AuditEvent

CHUNK = 5_000


@dataclass(slots=True)
class Pruned:
    """How many events were removed; streams that do not hold are evidence and were left alone, unless asked."""

    streams: dict[str, int] = field(default_factory=dict)
    unchained: int = 0
    left: list[StreamCheck] = field(default_factory=list)

    @property
    def events(self) -> int:
        """All that were removed."""
        return sum(self.streams.values()) + self.unchained


def prune(before: datetime, *, including_broken: bool = False) -> Pruned:
    """Remove events older than `before`; each transaction removes some thousands and moves the mark with them."""
    pruned, keys = Pruned(), audit_keys()
    for name in list(_old_streams(before)):
        check = check_stream(name, keys, Outside())
        if check.broken is not None and not including_broken:
            pruned.left.append(check)
            continue
        pruned.streams[name] = _prune_stream(name, before)
    pruned.unchained = _prune_unchained(before)
    return pruned


def _old_streams(before: datetime) -> Iterator[str]:
    for name in streams():
        first = AuditEvent.objects.filter(stream=name).order_by("sequence").values_list("time", flat=True).first()
        if first is not None and first < before:
            yield name


def _prune_stream(name: str, before: datetime) -> int:
    rows = AuditEvent.objects.filter(stream=name).exclude(sequence=None).order_by("sequence")
    young = rows.filter(time__gte=before).values_list("sequence", flat=True).first()
    old = rows if young is None else rows.filter(sequence__lt=young)
    removed, keys = 0, audit_keys()
    while part := list(old.values_list("sequence", "mac")[:CHUNK]):
        sequence, mac = part[-1]
        with transaction.atomic():
            keep_mark(keys.mark(MarkKind.PRUNE, name, Head(sequence, mac), now()))
            removed += _remove(stream=name, sequence__lte=sequence)
    return removed


def _prune_unchained(before: datetime) -> int:
    removed = 0
    old = AuditEvent.objects.filter(stream="", time__lt=before).order_by("id")
    while part := list(old.values_list("id", flat=True)[:CHUNK]):
        with transaction.atomic():
            removed += _remove(stream="", id__in=part[:CHUNK])
    return removed


def _remove(**which: Any) -> int:
    """The only place that removes events: past the model's own refusal."""
    rows: models.QuerySet[AuditEvent] = models.QuerySet(AuditEvent)
    return int(rows.filter(**which)._raw_delete(connection.alias))
