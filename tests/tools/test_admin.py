"""The admin takes a portal profile's password in and never gives it out; the rest is saved by the service."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.test import Client
from django.views.debug import SafeExceptionReporterFilter

from oauth.models import Policy
from tools import admin
from tools.governed import Revision
from tools.models import PortalProfile
from tools.sealing import unseal

pytestmark = pytest.mark.django_db
LIST = "/admin/tools/portalprofile/"
SECRET = "portal-secret"
HQ = {
    "name": "hq",
    "host": "portal.example.com",
    "port": "443",
    "https": "on",
    "verify_tls": "on",
    "scope": "admin",
    "username": "svc",
    "connect_timeout": "5",
    "read_timeout": "30",
    "total_timeout": "60",
    "max_sessions": "20",
    "enabled": "on",
    "identity": "service",
    "new_password": SECRET,
    "accounts-TOTAL_FORMS": "0",
    "accounts-INITIAL_FORMS": "0",
}


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("olga"), "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def hq(olga: Client) -> PortalProfile:
    answer = olga.post(f"{LIST}add/", HQ)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    return PortalProfile.objects.get(name="hq")


def test_a_new_profile_seals_its_password_and_is_signed(hq: PortalProfile) -> None:
    assert unseal(hq.sealed_password) == SECRET
    assert hq.history.get().history_user.username == "olga"


def test_a_new_profile_needs_a_password(olga: Client) -> None:
    answer = olga.post(f"{LIST}add/", {**HQ, "new_password": ""})
    assert answer.context["adminform"].form.errors == {"new_password": ["Enter the account's password."]}


def test_an_empty_password_keeps_the_stored_one(olga: Client, hq: PortalProfile) -> None:
    olga.post(f"{LIST}{hq.pk}/change/", {**HQ, "port": "8443", "new_password": ""})
    again = PortalProfile.objects.get()
    assert (again.port, again.sealed_password, again.password_set_at) == (8443, hq.sealed_password, hq.password_set_at)


def test_another_password_replaces_it_letter_by_letter(olga: Client, hq: PortalProfile) -> None:
    olga.post(f"{LIST}{hq.pk}/change/", {**HQ, "new_password": " other secret "})
    again = PortalProfile.objects.get()
    assert unseal(again.sealed_password) == " other secret "
    assert again.password_set_at != hq.password_set_at


def test_no_page_shows_the_password_sealed_or_plain(olga: Client, hq: PortalProfile) -> None:
    change = f"{LIST}{hq.pk}/change/"
    pages = [
        olga.get(LIST),
        olga.get(change),
        olga.post(change, {**HQ, "port": "0"}),  # comes back with an error
        olga.get(f"{LIST}{hq.pk}/history/"),
        olga.get(f"{LIST}{hq.pk}/history/{hq.history.get().history_id}/"),
        olga.get(f"{LIST}{hq.pk}/delete/"),
    ]
    for answer in pages:
        assert answer.status_code == 200
        assert SECRET not in answer.content.decode()
        assert hq.sealed_password not in answer.content.decode()
    assert "set on " in pages[1].content.decode()


def test_a_profile_without_password_says_so(olga: Client, hq: PortalProfile) -> None:
    PortalProfile.objects.update(sealed_password="")
    assert "not set" in olga.get(f"{LIST}{hq.pk}/change/").content.decode()


def test_a_report_of_an_error_leaves_the_password_out(
    olga: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[HttpRequest] = []

    def fails(row: Any, **options: Any) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr(admin, "save_profile", fails)
    olga.raise_request_exception = False
    with caplog.at_level(logging.ERROR, "django.request"):
        answer = olga.post(f"{LIST}add/", HQ)
    seen += [record.request for record in caplog.records if hasattr(record, "request")]
    assert answer.status_code == 500
    assert SECRET not in caplog.text
    assert seen
    parameters = SafeExceptionReporterFilter().get_post_parameters(seen[0])
    assert parameters["username"] == "svc"
    assert SECRET not in str(parameters)


def test_a_refusal_after_the_form_was_checked_is_shown(olga: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(row: Any, **options: Any) -> None:
        raise ValidationError("hq is named by policy Late.")

    monkeypatch.setattr(admin, "save_profile", refuses)
    answer = olga.post(f"{LIST}add/", HQ, follow=True)
    assert "Not saved: hq is named by policy Late." in answer.content.decode()


@pytest.mark.parametrize("name", ["head office", "hq.example", "büro", "hq/1"])
def test_a_name_that_no_call_could_write_is_refused_with_what_may_be_written(olga: Client, name: str) -> None:
    answer = olga.post(f"{LIST}add/", {**HQ, "name": name})
    [told] = answer.context["adminform"].form.errors["name"]
    assert told.startswith("Write letters, digits, - and _ alone")
    with pytest.raises(ValidationError, match="Write letters, digits, - and _ alone"):
        PortalProfile(name=name).clean_fields(exclude={"host"})  # as a configuration file does
    assert not PortalProfile.objects.exists()


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({}, "any"),
        ({"scope": "user", "tenant": "acme"}, "acme"),
        ({"identity": "caller", "tenant": "acme"}, "acme"),
        ({"identity": "caller", "tenant_claim": "team"}, "the caller's"),
    ],
)
def test_the_list_tells_in_which_team_portal_calls_work(row: dict[str, str], shown: str) -> None:
    assert admin.PortalProfileAdmin(PortalProfile, site).serves(PortalProfile(name="p", **row)) == shown


def test_a_new_default_takes_the_mark(olga: Client) -> None:
    olga.post(f"{LIST}add/", {**HQ, "default": "on"})
    answer = olga.post(f"{LIST}add/", {**HQ, "name": "b", "default": "on"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert list(PortalProfile.objects.filter(default=True).values_list("name", flat=True)) == ["b"]


def test_a_profile_in_use_is_neither_renamed_nor_deleted(olga: Client, hq: PortalProfile) -> None:
    Policy.objects.filter(name="Readers").update(portals=["hq"])
    answer = olga.post(f"{LIST}{hq.pk}/change/", {**HQ, "name": "head"}, follow=True)
    assert "hq is named by policy Readers" in answer.content.decode()
    olga.post(f"{LIST}{hq.pk}/delete/", {"post": "yes"})
    olga.post(LIST, {"action": "delete_selected", "_selected_action": [hq.pk], "post": "yes"})
    assert PortalProfile.objects.get().name == "hq"


def test_a_profile_that_nothing_names_is_deleted_and_its_end_signed(olga: Client, hq: PortalProfile) -> None:
    olga.post(LIST, {"action": "delete_selected", "_selected_action": [hq.pk], "post": "yes"})
    assert not PortalProfile.objects.exists()
    assert PortalProfile.history.filter(history_type="-").get().history_user.username == "olga"


def test_a_former_state_is_brought_back_with_the_password_of_today(olga: Client, hq: PortalProfile) -> None:
    first = hq.history.get().history_id
    olga.post(f"{LIST}{hq.pk}/change/", {**HQ, "port": "8443", "new_password": "other-secret"})
    answer = olga.post(f"{LIST}{hq.pk}/history/{first}/", {**HQ, "new_password": ""})
    assert answer.status_code == 302
    again = PortalProfile.objects.get()
    assert again.port == 443
    assert unseal(again.sealed_password) == "other-secret"


def test_the_revision_can_be_seen_and_not_set(olga: Client) -> None:
    page = f"/admin/tools/revision/{Revision.objects.get().pk}/change/"
    assert olga.get(page).status_code == 200
    assert olga.post(page, {"number": "1"}).status_code == 403
