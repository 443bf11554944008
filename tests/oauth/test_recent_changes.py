"""*Recent changes* finds every change of every kind, deletions included, for those who may look at the kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from oauth.models import Policy, Scope
from oauth.services import delete_policy, save_policy, save_scope
from tools.models import PortalProfile
from tools.services import save_profile

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
PAGE = "/admin/changes/"


@pytest.fixture
def pavel(db: None) -> User:
    return User.objects.create_superuser("pavel")


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("olga"), BACKEND)
    return client


def changes(client: Client, **asked: str) -> list[str]:
    """What the page lists, such as `policy Readers changed`, newest first."""
    answer = client.get(PAGE, asked)
    assert answer.status_code == 200, answer.status_code
    return [f"{change.kind} {change.name} {change.action}" for change, _ in answer.context["changes"]]


@pytest.fixture
def work(pavel: User) -> None:
    """Pavel makes a profile and a scope, closes HR, and takes that back."""
    save_profile(PortalProfile(name="hq", host="h", username="u"), password="portal-secret", user=pavel)
    save_scope(Scope(name="hr:read"), reason="import_config")
    row = save_policy(Policy(name="No HR", effect="deny", tools=["*"], paths=["/HR/**"]), user=pavel)
    delete_policy(row, user=pavel, reason="confirmed that it lets more through")


def test_the_newest_change_is_first_whatever_its_kind(olga: Client, work: None) -> None:
    assert changes(olga)[:4] == [
        "policy No HR deleted",
        "policy No HR added",
        "scope hr:read added",
        "portal profile hq added",
    ]


def test_a_deleted_row_shows_what_it_was_who_deleted_it_and_where_its_history_is(olga: Client, work: None) -> None:
    html = " ".join(olga.get(PAGE, {"action": "-"}).content.decode().split())
    assert "What it was (" in html
    assert "/HR/**" in html
    assert "pavel" in html
    assert "confirmed that it lets more through" in html
    key = Policy.history.get(history_type="-").id
    assert f'href="/admin/oauth/policy/{key}/history/"' in html
    assert olga.get(f"/admin/oauth/policy/{key}/history/").status_code == 200


def test_recent_changes_show_no_password_open_or_sealed(olga: Client, work: None) -> None:
    html = olga.get(PAGE).content.decode()
    assert "portal-secret" not in html
    assert PortalProfile.objects.get().sealed_password not in html
    assert "<td" in html
    assert "Password" in html


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"kind": "tools.portalprofile"}, ["portal profile hq added"]),
        ({"name": "hr"}, ["policy No HR deleted", "policy No HR added", "scope hr:read added"]),
        ({"name": "hr", "kind": "oauth.policy"}, ["policy No HR deleted", "policy No HR added"]),
        ({"name": "hr", "action": "-"}, ["policy No HR deleted"]),
        ({"author": "pav", "kind": "oauth.policy"}, ["policy No HR deleted", "policy No HR added"]),
        ({"author": "import_config"}, ["scope hr:read added"]),
        ({"author": "nobody"}, []),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, dict) else "",
)
def test_changes_are_found_by_kind_name_author_and_action(
    olga: Client, work: None, asked: dict[str, str], found: list[str]
) -> None:
    assert changes(olga, **asked) == found


def test_changes_are_found_by_time(olga: Client, work: None) -> None:
    now = datetime.now(UTC)
    tomorrow, today = f"{now + timedelta(days=1):%Y-%m-%d}", f"{now - timedelta(hours=1):%Y-%m-%d %H:%M}"
    assert changes(olga, since=tomorrow) == []
    assert "policy No HR deleted" in changes(olga, since=today, before=tomorrow)
    assert changes(olga, before="2001-01-01T00:00") == []


@pytest.mark.parametrize(
    ("asked", "remedy"),
    [({"since": "yesterday"}, "Write it as 2027-01-31"), ({"kind": "auth.user"}, "Select a valid choice")],
)
def test_a_question_that_cannot_be_read_is_refused_at_its_field(
    olga: Client, asked: dict[str, str], remedy: str
) -> None:
    answer = olga.get(PAGE, asked)
    assert remedy in answer.content.decode()
    assert answer.context["changes"] == []


def test_pages_follow_one_another_and_keep_the_question(olga: Client, pavel: User) -> None:
    row = save_policy(Policy(name="Paged", effect="deny", tools=["*"], paths=["/0/**"]), user=pavel)
    for number in range(30):
        row.paths = [f"/{number}/**"]
        save_policy(row)
    first = olga.get(PAGE, {"name": "Paged"})
    assert len(first.context["changes"]) == 25
    second = olga.get(PAGE + first.context["older"])
    assert [len(second.context["changes"]), second.context["older"]] == [6, ""]
    assert olga.get(PAGE + second.context["newer"]).context["changes"] == first.context["changes"]


@pytest.mark.parametrize("page", ["0", "-1", "x", "²", "999999999", ""])
def test_a_page_that_is_none_is_answered_with_one_that_is(olga: Client, page: str) -> None:
    assert olga.get(PAGE, {"page": page}).status_code == 200


def test_one_sees_only_the_kinds_one_may_look_at(client: Client, work: None) -> None:
    viktor = User.objects.create_user("viktor", is_staff=True)
    viktor.user_permissions.set(Permission.objects.filter(codename="view_scope"))
    client.force_login(viktor, BACKEND)
    assert {change.split()[0] for change in changes(client)} == {"scope"}
    assert "Select a valid choice" in client.get(PAGE, {"kind": "oauth.policy"}).content.decode()


def test_who_may_look_at_nothing_is_refused(client: Client) -> None:
    client.force_login(User.objects.create_user("nobody", is_staff=True), BACKEND)
    assert client.get(PAGE).status_code == 403


def test_who_is_not_signed_in_is_asked_to(client: Client) -> None:
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert "/admin/login/" in answer.headers["Location"]


def test_when_nothing_fits_the_page_says_what_to_do(olga: Client) -> None:
    assert "No change fits. Ask for less" in olga.get(PAGE, {"name": "zzz"}).content.decode()


def test_many_changes_of_every_kind_take_a_bounded_number_of_questions(
    olga: Client, pavel: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        save_scope(Scope(name=f"s:{number}"), user=pavel)
        save_profile(PortalProfile(name=f"p{number}", host="h", username="u"), user=pavel)
        save_policy(Policy(name=f"P{number}", scopes=["a"], toolsets=["read"]), user=pavel)
    with django_assert_max_num_queries(15):
        assert len(changes(olga)) == 25
