"""The audit in the admin: pages by key, filters and search by index, one event with its chain; looks are recorded."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oauth.auditing import DESK
from oauth.models import AuditEvent
from tests.oauth.audit_world import attackers, record, remove, stored
from tests.oauth.test_admin_audit import LIST, event, olga  # noqa: F401 - a fixture
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh() -> None:
    DESK.forget()


@pytest.fixture(name="admin")
def signed_in(olga: Client) -> Client:  # noqa: F811
    PortalProfile.objects.create(name="hq", host="portal.example.com", username="svc", default=True)
    return olga


def listed(admin: Client, **asked: str) -> list[str]:
    """Decisions on a page, in its order, of calls."""
    html = admin.get(LIST, {"kind": "call", **asked}).content.decode()
    return list(dict.fromkeys(re.findall(r'data-copy="(D-\d+)"', html)))


def numbers(*wanted: int) -> list[str]:
    return [f"D-{number}" for number in wanted]


def test_pages_follow_each_other_in_both_directions_without_a_gap(admin: Client) -> None:
    stored(*map(record, range(120)))
    seen, address, steps = [], f"{LIST}?kind=call", 0
    while address:
        html = admin.get(address).content.decode()
        seen += list(dict.fromkeys(re.findall(r'data-copy="(D-\d+)"', html)))
        older = re.search(r'rel="next" href="([^"]+)"', html)
        newer = re.search(r'rel="prev" href="([^"]+)"', html)
        assert (newer is None) == (steps == 0)
        address, steps = (LIST + older[1].replace("&amp;", "&") if older else ""), steps + 1
    assert seen == numbers(*range(119, -1, -1))
    assert steps == 3
    assert newer is not None
    back = admin.get(LIST + newer[1].replace("&amp;", "&")).content.decode()
    assert list(dict.fromkeys(re.findall(r'data-copy="(D-\d+)"', back))) == numbers(*range(69, 19, -1))


@pytest.mark.parametrize("junk", ["x", "-1", "9" * 60, "1e3", "٣"])
def test_a_page_that_is_none_is_the_first(admin: Client, junk: str) -> None:
    stored(*map(record, range(3)))
    assert admin.get(LIST, {"older": junk}).status_code == 200


def test_each_filter_finds_its_own(admin: Client) -> None:
    stored(
        record(0),
        record(1, subject="usr_bob"),
        record(2, outcome="denied", reason="no_policy"),
        record(3, tool="ctera_portal_who_am_i", portal=""),
        record(4, outcome="denied", reason="suspended"),
    )
    assert listed(admin, subject="usr_bob") == numbers(1)
    assert listed(admin, outcome="denied") == numbers(4, 2)
    assert listed(admin, reason="no_policy") == numbers(2)
    assert listed(admin, tool="ctera_portal_who_am_i") == numbers(3)
    assert listed(admin, portal="hq") == numbers(4, 2, 1, 0)
    times = [f"{record(n).time:%Y-%m-%dT%H:%M:%S}" for n in range(5)]
    assert listed(admin, since=times[1], until=times[3]) == numbers(2, 1)
    assert listed(admin, outcome="denied", subject="usr_alice", until=times[3]) == numbers(2)
    page = admin.get(LIST, {"since": "yesterday"})
    assert "time, from" in page.content.decode()
    assert listed(admin, since="yesterday") == []


def test_an_event_is_found_by_the_id_of_its_request_as_by_that_of_its_decision(admin: Client) -> None:
    stored(*map(record, range(30)))
    assert listed(admin, q="R-17") == listed(admin, q=" D-17 ") == numbers(17)
    assert listed(admin, q="usr_alice") == numbers(*range(29, -1, -1))
    assert listed(admin, q="D-99") == []


def page_of(admin: Client, number: int) -> str:
    pk = AuditEvent.objects.get(kind="call", decision=f"D-{number}").pk
    return admin.get(f"{LIST}{pk}/change/").content.decode()


def test_one_event_shows_its_decision_its_seal_and_its_neighbours(admin: Client) -> None:
    stream = stored(*(record(n, outcome="denied", reason="no_policy", policy="Nobody") for n in range(9)))
    html = page_of(admin, 4)
    for text in ("no_policy", "Nobody", f"Row 5 of stream {stream.name}", "it is as it was sealed", "/x"):
        assert text in html
    for number in (2, 3, 4, 6, 7, 8):
        pk = AuditEvent.objects.get(stream=stream.name, sequence=number).pk
        assert f"{LIST}{pk}/change/" in html
    assert "event=" in html  # the way to the ladder


def test_a_refusal_shows_what_each_policy_said_then_and_the_seal_covers_it(admin: Client) -> None:
    trace = [["HR is private", "deny", ""], ["Readers", "allow", "paths"]]
    refused = record(4, outcome="denied", reason="denied_by_policy", policy="HR is private")
    stream = stored(refused._replace(details={"trace": trace, "trace_more": 3}))
    html = page_of(admin, 4)
    for text in (
        "HR is private",
        "Matched and denied: this decided.",
        "Readers",
        "Fails on path.",
        "3 more policies were",
    ):
        assert text in html
    assert "trace:" not in html
    attackers(stream=stream.name).update(details={"trace": [["Readers", "allow", "paths"]]})
    assert "was changed" in page_of(admin, 4)


def test_an_allowed_call_shows_the_policy_that_allowed_it(admin: Client) -> None:
    stored(record(4, outcome="ok", reason="", code="", policy="Readers"))
    assert "Matched and allowed: this decided." in page_of(admin, 4)


def test_an_event_without_a_trace_shows_none(admin: Client) -> None:
    stored(record(4, outcome="denied", reason="no_policy", policy="", details={"trace": [["Readers"], 7, "x"]}))
    assert "explain-ladder" not in page_of(admin, 4)


def test_a_seal_that_does_not_fit_is_told_on_the_page(admin: Client) -> None:
    stream = stored(*map(record, range(9)))
    attackers(stream=stream.name, sequence=5).update(subject="usr_mallory")
    remove(stream=stream.name, sequence=7)
    AuditEvent.objects.bulk_create([event(77)])
    assert "was changed" in page_of(admin, 4)
    assert "the row before it is missing" in page_of(admin, 7)
    assert "as it was sealed" in page_of(admin, 0)
    assert "Unchained" in page_of(admin, 77)


def test_every_look_is_recorded_with_what_was_asked(admin: Client) -> None:
    stored(record(0))
    admin.get(LIST, {"subject": "usr_bob", "q": "D-1"})
    page_of(admin, 0)
    pk = AuditEvent.objects.get(decision="D-0").pk
    admin.get("/admin/oauth/policy/why/", {"event": pk})
    rows = AuditEvent.objects.filter(kind="read").order_by("id")
    assert [row.details for row in rows] == [
        {"page": "list", "subject": "usr_bob", "q": "D-1"},
        {"page": "event", "event": str(pk)},
        {"page": "why", "event": str(pk)},
    ]
    assert {(row.issuer, row.subject, row.outcome) for row in rows} == {("admin", "olga", "ok")}
    assert [row.sequence for row in rows] == [1, 2, 3]


def test_a_refused_look_shows_nothing_and_a_look_that_cannot_be_recorded_neither(
    client: Client, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise RuntimeError("not recorded")

    stored(record(0))
    monkeypatch.setattr("oauth.auditing.insert_events", gone)
    with pytest.raises(RuntimeError, match="not recorded"):
        admin.get(LIST)


def test_pages_ask_little_and_the_same_however_many_events_there_are(admin: Client) -> None:
    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert admin.get(address).status_code == 200
        assert not [each for each in queries if "COUNT(" in each["sql"] and "audit" in each["sql"]]
        return len(queries)

    stored(*map(record, range(10)))
    pk = AuditEvent.objects.latest("id").pk
    asked(f"{LIST}{pk}/change/")  # what a worker reads once and keeps
    few = [asked(LIST), asked(f"{LIST}?q=D-1&outcome=ok"), asked(f"{LIST}{pk}/change/")]
    stored(*map(record, range(10, 300)))
    many = [asked(LIST), asked(f"{LIST}?q=D-1&outcome=ok"), asked(f"{LIST}{pk}/change/")]
    assert few == many
    assert max(many) <= 15


def test_times_are_told_in_utc(admin: Client) -> None:
    stored(record(0))
    moment: datetime = record(0).time
    assert f"{moment:%Y-%m-%d %H:%M:%S}" in admin.get(LIST).content.decode()


def test_the_address_of_an_events_history_is_read_as_the_event_and_recorded(admin: Client) -> None:
    stored(record(0))
    event = AuditEvent.objects.latest("id")
    answer = admin.get(f"{LIST}{event.pk}/history/")
    assert event.decision in answer.content.decode()
    assert AuditEvent.objects.latest("id").pk > event.pk  # the reading
