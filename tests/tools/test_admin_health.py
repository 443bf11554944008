"""The admin shows how each portal is, in few queries, and looks at once for whoever may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.utils import timezone

from tests.tools.test_admin import HQ, olga
from tools import admin_health
from tools.health import Found
from tools.health_rows import record
from tools.looking import Seen
from tools.models import PortalHealth, PortalProfile
from tools.services import as_profile, save_profile, without_accounts

__all__ = ["olga"]
pytestmark = pytest.mark.django_db
LIST = "/admin/tools/portalprofile/"
DOWN = Found(good=False, duration_ms=9, code="portal_unavailable", error="It is <away>.", remedy="Start & wait.")
GOOD = Found(good=True, duration_ms=80)


@pytest.fixture
def hq() -> PortalProfile:
    return save_profile(PortalProfile(name="hq", host="portal.example.com", username="svc"), password="portal-secret")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that were looked at; what is found is that the portal is away."""
    asked: list[str] = []

    def look_now(rows: object, *, within: float) -> list[Seen]:
        seen = [Seen(without_accounts(row), DOWN) for row in rows]  # type: ignore[attr-defined]
        asked.extend(each.profile.name for each in seen)
        for each in seen:
            record(each.profile, DOWN, 60)
        return seen

    monkeypatch.setattr(admin_health, "look_now", look_now)
    return asked


def test_the_list_tells_state_since_when_and_what_was_found(olga: Client, hq: PortalProfile) -> None:
    assert "not checked" in olga.get(LIST).content.decode()
    record(as_profile(hq), DOWN, 60)
    PortalHealth.objects.update(since=timezone.now() - timedelta(hours=3))
    shown = olga.get(LIST).content.decode()
    assert "for 3 hours: It is &lt;away&gt;." in shown
    assert "trouble" in shown
    assert "<away>" not in shown


def test_the_page_tells_the_remedy_and_offers_to_check(olga: Client, hq: PortalProfile) -> None:
    record(as_profile(hq), DOWN, 60)
    shown = olga.get(f"{LIST}{hq.pk}/change/").content.decode()
    assert "Start &amp; wait." in shown
    assert f"{LIST}{hq.pk}/check/" in shown
    assert f"{LIST}{hq.pk}/check/" not in olga.get(f"{LIST}add/").content.decode()


def test_a_thousand_portals_cost_no_query_each(
    olga: Client, django_assert_max_num_queries: Callable[..., object]
) -> None:
    rows = PortalProfile.objects.bulk_create(
        PortalProfile(name=f"p{number}", host="portal.example.com", username="svc") for number in range(1000)
    )
    PortalHealth.objects.bulk_create(PortalHealth(profile=row, checked_at=timezone.now()) for row in rows[:500])
    with django_assert_max_num_queries(12):  # type: ignore[attr-defined]
        assert olga.get(LIST).status_code == 200


def test_check_now_looks_tells_and_leads_back(olga: Client, hq: PortalProfile, looks: list[str]) -> None:
    answer = olga.post(f"{LIST}{hq.pk}/check/", follow=True)
    assert answer.redirect_chain == [(f"{LIST}{hq.pk}/change/", 302)]
    assert looks == ["hq"]
    assert "hq: It is &lt;away&gt;. Start &amp; wait." in answer.content.decode()


def test_the_chosen_rows_are_looked_at_and_disabled_ones_told(
    olga: Client, hq: PortalProfile, looks: list[str]
) -> None:
    off = save_profile(PortalProfile(name="off", host="h.example.com", username="svc", enabled=False))
    data = {"action": "check_now", "_selected_action": [hq.pk, off.pk]}
    told = olga.post(LIST, data, follow=True).content.decode()
    assert looks == ["hq"]
    assert "since disabled: off" in told


def test_two_checks_at_a_time_are_one_too_many(olga: Client, hq: PortalProfile, looks: list[str]) -> None:
    with admin_health._turn:
        told = olga.post(f"{LIST}{hq.pk}/check/", follow=True).content.decode()
    assert looks == []
    assert "under way already" in told


@pytest.mark.parametrize("group", ["Viewer", "Policy editor"])
def test_who_may_only_look_sees_the_state_and_cannot_check(
    client: Client, hq: PortalProfile, looks: list[str], group: str
) -> None:
    viktor = User.objects.create_user("viktor", is_staff=True)
    viktor.groups.set(Group.objects.filter(name=group))
    client.force_login(viktor, "django.contrib.auth.backends.ModelBackend")
    record(as_profile(hq), DOWN, 60)
    shown = client.get(f"{LIST}{hq.pk}/change/").content.decode()
    assert "trouble" in shown
    assert "/check/" not in shown
    assert client.post(f"{LIST}{hq.pk}/check/").status_code == 403
    client.post(LIST, {"action": "check_now", "_selected_action": [hq.pk]})
    assert looks == []


def test_the_permission_to_check_is_one_of_its_own(client: Client, hq: PortalProfile, looks: list[str]) -> None:
    vera = User.objects.create_user("vera", is_staff=True)
    vera.user_permissions.set(Permission.objects.filter(codename__in=["view_portalprofile", "check_portalprofile"]))
    client.force_login(vera, "django.contrib.auth.backends.ModelBackend")
    assert client.post(f"{LIST}{hq.pk}/check/").status_code == 302
    assert client.post(f"{LIST}987654/check/").status_code == 404
    assert client.get(f"{LIST}{hq.pk}/check/").status_code == 405
    assert looks == ["hq"]


def test_saving_a_profile_makes_its_result_one_of_the_past(olga: Client, hq: PortalProfile) -> None:
    record(as_profile(hq), GOOD, 60)
    assert "answered in 80 ms" in olga.get(LIST).content.decode()
    olga.post(f"{LIST}{hq.pk}/change/", HQ | {"host": "other.example.com", "new_password": ""})
    shown = olga.get(LIST).content.decode()
    assert "was changed since the last look" in shown
    assert "answered in 80 ms" not in shown
