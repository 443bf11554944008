"""Writes the clients that workers have seen into their rows, merged by time, and keeps the table small."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from oauth.clients_seen import key_of
from oauth.links import as_claims
from oauth.models import SeenClient

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from oauth.clients_seen import Sighting
    from oauth.principal import Principal

MOST_ROWS: Final = 1_000
MOST_EACH: Final = 20
"""Clients of one subject: whoever registers client after client drives out their own."""
KEPT: Final = timedelta(days=30)
MOST_HOLDER: Final = 8_000
"""Characters of the claims of a caller; whose are longer is not asked again what they see."""
FIELDS: Final = [field.name for field in SeenClient._meta.concrete_fields if not field.primary_key]


def keep(sightings: Sequence[Sighting]) -> None:
    """Write these in one transaction; raises `DatabaseError`, and then nothing is written."""
    found = {key_of(each.client, each.subject): each for each in sightings}
    with transaction.atomic():
        rows = SeenClient.objects.select_for_update().order_by("key").in_bulk(list(found))
        merged_rows = [merged(rows.get(key) or fresh(key, found[key]), found[key]) for key in sorted(found)]
        SeenClient.objects.bulk_create(merged_rows, update_conflicts=True, unique_fields=["key"], update_fields=FIELDS)
        if new := found.keys() - rows.keys():
            prune({found[key].subject for key in new})


def fresh(key: str, sighting: Sighting) -> SeenClient:
    """The row of a client that was not seen before."""
    return SeenClient(key=key, client=sighting.client[:2048], subject=sighting.subject[:255], last_seen=_moment(0.0))


def merged(row: SeenClient, sighting: Sighting) -> SeenClient:
    """The row with what is new; another worker may have written something younger."""
    row.last_seen = max(row.last_seen, _moment(sighting.last))
    if sighting.introduction is not None:
        said = sighting.introduction
        row.name, row.version = said.name, said.version
        row.protocol = said.protocol or row.protocol
    given = sighting.listing
    if given is not None and (row.list_at is None or row.list_at <= _moment(given.at)):
        row.list_at, row.list_revision = _moment(given.at), given.revision
        row.list_digest, row.list_count = given.digest, given.size
        row.holder = _holder(given.holder)
    return row


def prune(subjects: set[str]) -> None:
    """Drop what was not seen for long, and the oldest beyond the bounds of all and of each of these subjects."""
    SeenClient.objects.filter(last_seen__lt=datetime.now(UTC) - KEPT).delete()
    for subject in subjects:
        _keep_newest(SeenClient.objects.filter(subject=subject), MOST_EACH)
    _keep_newest(SeenClient.objects.all(), MOST_ROWS)


def _keep_newest(rows: QuerySet[SeenClient], most: int) -> None:
    beyond = list(rows.order_by("-last_seen", "key").values_list("key", flat=True)[most:])
    if beyond:
        SeenClient.objects.filter(key__in=beyond).delete()


def _holder(principal: Principal) -> dict[str, Any] | None:
    claims = as_claims(principal)
    return claims if len(json.dumps(claims)) <= MOST_HOLDER else None


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
