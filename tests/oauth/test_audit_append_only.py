"""No way of the ORM changes or removes an audit event."""

from __future__ import annotations

from typing import Any

import pytest

from oauth.models import AuditEvent
from tests.oauth.test_admin_audit import event

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows() -> list[AuditEvent]:
    return AuditEvent.objects.bulk_create([event(number) for number in range(3)])


@pytest.mark.parametrize(
    "attempt",
    [
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: AuditEvent.objects.update(subject="x"),
        lambda row: AuditEvent.objects.filter(pk=row.pk).delete(),
        lambda row: AuditEvent._base_manager.filter(pk=row.pk).delete(),
        lambda row: AuditEvent._base_manager.update(subject="x"),
        lambda row: AuditEvent.objects.bulk_update([row], ["subject"]),
        lambda row: AuditEvent.objects.update_or_create(pk=row.pk),
        lambda row: AuditEvent.objects.create(subject="x"),
        lambda row: AuditEvent.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["id"], update_fields=["subject"]
        ),
    ],
)
def test_events_are_added_and_read_and_nothing_else(attempt: Any) -> None:
    row = AuditEvent.objects.latest("id")
    row.subject = "usr_mallory"
    with pytest.raises(TypeError, match="append-only"):
        attempt(row)
    assert set(AuditEvent.objects.values_list("subject", flat=True)) == {"usr_alice"}
    assert AuditEvent.objects.count() == 3
