"""One event's place in its chain, in words: whether its seal fits, and what stands beside it."""

from __future__ import annotations

from typing import Final, NamedTuple

from django.urls import reverse

from oauth.audit_rows import found
from oauth.audit_streams import audit_keys
from oauth.chain import GENESIS, MarkKind
from oauth.models import AuditEvent, AuditMark
from tools.spec import PREFIX

BESIDE: Final = 3
UNCHAINED: Final = "Unchained: recorded before the chains, or by a worker of an older version. Nothing proves it."


class Neighbour(NamedTuple):
    """A link to an event of the same stream."""

    address: str
    text: str


def seal_text(row: AuditEvent) -> str:
    """Whether the row is as it was sealed behind the one before it; `verify_audit` checks all."""
    if not row.stream or row.sequence is None:
        return UNCHAINED
    place = f"Row {row.sequence} of stream {row.stream}, key {row.key}: "
    previous = _seal_before(row)
    keys = audit_keys()
    if row.key not in keys.by_id:
        return place + "its key is not in AUDIT_KEYS, so it cannot be verified."
    if previous is None:
        return place + "BROKEN, the row before it is missing. Run manage.py verify_audit."
    if not keys.fits(found(row), previous):
        return place + "BROKEN, it or the row before it was changed. Run manage.py verify_audit."
    return place + "it is as it was sealed."


def _seal_before(row: AuditEvent) -> str | None:
    assert row.sequence is not None
    if row.sequence == 1:
        return GENESIS
    before = AuditEvent.objects.filter(stream=row.stream, sequence=row.sequence - 1)
    mark = AuditMark.objects.filter(stream=row.stream, sequence=row.sequence - 1, kind=MarkKind.PRUNE)
    for rows in (before, mark):
        seal = rows.values_list("mac", flat=True).first()
        if seal is not None:
            return str(seal)
    return None


def neighbours(row: AuditEvent) -> list[Neighbour]:
    """Up to three events on either side, the older first."""
    if not row.stream or row.sequence is None:
        return []
    near = AuditEvent.objects.filter(
        stream=row.stream, sequence__range=(row.sequence - BESIDE, row.sequence + BESIDE)
    ).exclude(pk=row.pk)
    return [
        Neighbour(
            reverse("admin:oauth_auditevent_change", args=[one.pk]),
            f"{one.sequence}: {one.time:%Y-%m-%d %H:%M:%S} {one.subject} {one.tool.removeprefix(PREFIX)} {one.outcome}",
        )
        for one in near.order_by("sequence")
    ]
