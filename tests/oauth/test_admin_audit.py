"""Evidence can be looked at and searched in the admin, and touched by nobody; pages count nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oauth.models import AuditEvent

pytestmark = pytest.mark.django_db
LIST = "/admin/oauth/auditevent/"


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("olga"), "django.contrib.auth.backends.ModelBackend")
    return client


def event(number: int) -> AuditEvent:
    return AuditEvent(
        time=datetime(2026, 11, 24, tzinfo=UTC),
        kind="call",
        request=f"R-{number}",
        decision=f"D-{number}",
        revision=1,
        issuer="https://acme.scalekit.test",
        subject="usr_alice",
        client="m2m_1",
        scopes=["user:read"],
        tool="ctera_portal_who_am_i",
        paths=[],
        argument_digest="0" * 64,
        outcome="ok",
        duration_ms=1.5,
    )


@pytest.fixture(autouse=True)
def events() -> None:
    AuditEvent.objects.bulk_create([event(number) for number in range(60)])


def test_an_event_is_found_by_its_decision(olga: Client) -> None:
    html = olga.get(LIST, {"q": "D-7"}).content.decode()
    assert "D-7<" in html
    assert "D-17" not in html


@pytest.mark.parametrize("page", ["add/", "{}/delete/"])
def test_there_is_no_page_that_writes_evidence(olga: Client, page: str) -> None:
    first = AuditEvent.objects.first()
    assert first is not None
    assert olga.get(LIST + page.format(first.pk)).status_code == 403


def test_a_posted_change_is_refused(olga: Client) -> None:
    first = AuditEvent.objects.first()
    assert first is not None
    assert olga.get(f"{LIST}{first.pk}/change/").status_code == 200
    assert olga.post(f"{LIST}{first.pk}/change/", {"outcome": "refused"}).status_code == 403
    assert not AuditEvent.objects.exclude(outcome="ok").exists()


def test_no_action_deletes_evidence(olga: Client) -> None:
    olga.post(LIST, {"action": "delete_selected", "_selected_action": [1, 2, 3], "post": "yes"})
    assert AuditEvent.objects.filter(kind="call").count() == 60


def test_a_page_counts_nothing(olga: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert olga.get(LIST).status_code == 200
    assert not [query["sql"] for query in queries if "COUNT(" in query["sql"] and "auditevent" in query["sql"]]
