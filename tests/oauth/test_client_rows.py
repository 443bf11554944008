"""Rows of clients: younger words win whoever writes last, and neither a client nor a subject can fill the table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth import client_rows
from oauth.clients_seen import Introduction, Listing, Sighting
from oauth.models import SeenClient
from oauth.principal import Principal

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC).timestamp()
ANN = Principal("issuer", "usr_ann", "skc_1", "", frozenset({"a"}), 2**40)


def sighting(
    subject: str = "usr_ann", client: str = "skc_1", last: float = NOW, name: str | None = None,
    listing: Listing | None = None,
) -> Sighting:  # fmt: skip
    return Sighting(client, subject, last, None if name is None else Introduction(name, "1", ""), listing)


def listing(at: float, revision: int, holder: Principal = ANN) -> Listing:
    return Listing(at, revision, "digest", 3, holder)


def test_what_one_worker_did_not_hear_does_not_wipe_out_what_another_heard() -> None:
    client_rows.keep([sighting(name="Claude", listing=listing(NOW, 7))])
    client_rows.keep([sighting(last=NOW + 5)])
    row = SeenClient.objects.get()
    assert (row.name, row.list_revision, row.list_count) == ("Claude", 7, 3)
    assert row.last_seen.timestamp() == pytest.approx(NOW + 5)


def test_an_older_list_that_is_written_later_does_not_stand_before_a_younger() -> None:
    client_rows.keep([sighting(last=NOW + 5, listing=listing(NOW + 5, 8))])
    client_rows.keep([sighting(last=NOW, listing=listing(NOW, 7))])
    row = SeenClient.objects.get()
    assert row.list_revision == 8
    assert row.last_seen.timestamp() == pytest.approx(NOW + 5)


def test_each_client_of_each_subject_has_a_row() -> None:
    client_rows.keep([sighting(), sighting(client="skc_2"), sighting(subject="usr_bob")])
    assert SeenClient.objects.count() == 3


def test_a_subject_with_ever_new_clients_drives_out_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    client_rows.keep([sighting(subject="usr_bob", last=NOW - 9999)])
    for number in range(60):
        client_rows.keep([sighting(client=f"skc_{number}", last=NOW + number)])
    kept = SeenClient.objects.filter(subject="usr_ann").values_list("client", flat=True)
    assert set(kept) == {f"skc_{number}" for number in range(40, 60)}
    assert SeenClient.objects.filter(subject="usr_bob").exists()


def test_all_rows_together_are_bounded_and_old_ones_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_rows, "MOST_ROWS", 50)
    client_rows.keep([sighting(subject="usr_long_ago", last=NOW - 40 * 86_400)])
    client_rows.keep([sighting(subject=f"usr_{number}", last=NOW + number) for number in range(200)])
    kept = SeenClient.objects.values_list("subject", flat=True)
    assert set(kept) == {f"usr_{number}" for number in range(150, 200)}


def test_a_caller_with_more_claims_than_fit_is_not_kept_as_a_holder() -> None:
    many = Principal("issuer", "usr_ann", "skc_1", "", frozenset(f"scope:{n}" for n in range(2000)), 2**40)
    client_rows.keep([sighting(listing=listing(NOW, 7, many))])
    row = SeenClient.objects.get()
    assert row.holder is None
    assert row.list_revision == 7


def test_clients_that_are_known_cost_a_reading_and_a_writing_however_many_they_are() -> None:
    batch = [sighting(subject=f"usr_{number}") for number in range(60)]
    client_rows.keep(batch)
    with CaptureQueriesContext(connection) as queries:
        client_rows.keep(batch)
    assert len([each for each in queries if "SAVEPOINT" not in each["sql"]]) == 2
