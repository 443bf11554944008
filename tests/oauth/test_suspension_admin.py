"""Operators suspend and resume in the admin; while anything is suspended every page says so in red."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from oauth.models import Policy, Suspension
from oauth.selectors import policy_revision, suspensions_in_force
from oauth.suspending import resume, suspend

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
LIST, ADD = "/admin/oauth/suspension/", "/admin/oauth/suspension/add/"
HOSTILE = "<script>alert(1)</script>"
RESUME: dict[str, Any] = {"action": "resume", "confirmed": "yes"}


@pytest.fixture
def olga(client: Client) -> Client:
    """A client in which Olga, who may do everything, is signed in."""
    client.force_login(User.objects.create_superuser("olga"), BACKEND)
    return client


def staff_with(client: Client, *codenames: str) -> Client:
    """The client, signed in as somebody of the staff with these permissions alone."""
    person = User.objects.create_user("viktor", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(person, BACKEND)
    return client


def stopped(level: str = "subject", value: str = "usr_1", **more: Any) -> Suspension:
    return suspend(Suspension(**{"level": level, "value": value, "reason": "laptop lost", **more}), author="otto")


def told(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def html(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def banner(page: str) -> str:
    """The banner's own part of a page; empty where there is none."""
    _, found, rest = page.partition('<div id="suspensions" role="alert"')
    return rest.partition("</div>\n    </div>")[0] if found else ""


def test_a_suspension_made_by_the_form_is_signed_and_in_force(olga: Client) -> None:
    before = policy_revision()
    answer = olga.post(ADD, {"level": "subject", "value": " usr_1 ", "reason": "laptop lost"}, follow=True)
    row = suspensions_in_force().get()
    assert (row.level, row.value, row.author, row.until) == ("subject", "usr_1", "olga", None)
    assert policy_revision() > before
    assert row.history.get().history_user.username == "olga"
    assert answer.status_code == 200


def test_an_end_is_entered_as_date_and_time(olga: Client) -> None:
    end = {"until_0": "2099-01-31", "until_1": "18:00:00"}
    olga.post(ADD, {"level": "writes", "value": "", "reason": "migration", **end})
    row = suspensions_in_force().get()
    assert row.until is not None
    assert row.until.isoformat() == "2099-01-31T18:00:00+00:00"


@pytest.mark.parametrize(
    ("change", "field", "remedy"),
    [
        ({"value": ""}, "value", "Level subject needs a value"),
        ({"level": "everything"}, "value", "Leave this empty"),
        ({"reason": ""}, "reason", "required"),
        ({"until_0": "2020-01-31", "until_1": "18:00:00"}, "until", "Must be in the future"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(olga: Client, change: dict[str, str], field: str, remedy: str) -> None:
    answer = olga.post(ADD, {"level": "subject", "value": "usr_1", "reason": "r", **change})
    assert remedy in " ".join(answer.context["adminform"].form.errors[field])
    assert not Suspension.objects.exists()


def test_a_name_that_nothing_has_is_saved_with_a_warning(olga: Client) -> None:
    answer = olga.post(ADD, {"level": "portal", "value": "lab", "reason": "r"}, follow=True)
    assert "No portal is called lab" in told(answer)


def test_the_form_of_a_suspension_chooses_no_level_beforehand(olga: Client) -> None:
    assert '<option value="" selected>' in html(olga, ADD)
    assert "level" in olga.post(ADD, {"reason": "r"}).context["adminform"].form.errors
    assert not Suspension.objects.exists()


def test_the_form_explains_its_fields_with_examples(olga: Client) -> None:
    page = html(olga, ADD)
    for text in ("subject: a subject exactly as in the token, such as usr_123", "laptop lost", "empty for no end"):
        assert text in page


def test_the_list_has_those_in_force_first_with_their_state(olga: Client) -> None:
    ended = stopped(value="usr_old")
    resume([ended], author="olga")
    alive = stopped(value="usr_new")
    resume([stopped(value="usr_mid")], author="olga")
    assert [row.value for row in olga.get(LIST).context["cl"].result_list] == ["usr_new", "usr_mid", "usr_old"]
    assert [row.pk for row in olga.get(f"{LIST}?state=in_force").context["cl"].result_list] == [alive.pk]
    assert len(olga.get(f"{LIST}?state=ended").context["cl"].result_list) == 2
    assert "in force" in html(olga, LIST)


def test_reason_and_end_can_be_amended_and_the_rest_is_fixed(olga: Client) -> None:
    row = stopped()
    page = reverse("admin:oauth_suspension_change", args=[row.pk])
    olga.post(page, {"level": "writes", "value": "usr_2", "author": "x", "reason": "found again"})
    row.refresh_from_db()
    assert (row.level, row.value, row.author, row.reason) == ("subject", "usr_1", "otto", "found again")


def test_what_has_ended_is_only_looked_at_and_cannot_be_brought_back(olga: Client) -> None:
    row = stopped()
    resume([row], author="olga")
    page = reverse("admin:oauth_suspension_change", args=[row.pk])
    assert "lifted by olga on" in html(olga, page)
    assert olga.post(page, {"reason": "again"}).status_code == 403
    record = row.history.last()
    past = reverse("admin:oauth_suspension_simple_history", args=[row.pk, record.pk])
    assert "laptop lost" in html(olga, past)
    assert olga.post(past, {"reason": "again"}).status_code == 403
    assert not suspensions_in_force().exists()


def test_resuming_asks_first_and_is_signed(olga: Client) -> None:
    row = stopped()
    question = html(olga, reverse("admin:oauth_suspension_resume", args=[row.pk]))
    assert "subject usr_1, by otto" in question
    assert suspensions_in_force().exists()
    assert olga.post(LIST, {"action": "resume", "_selected_action": [row.pk]}).status_code == 200
    assert suspensions_in_force().exists()
    answer = olga.post(LIST, {**RESUME, "_selected_action": [row.pk]}, follow=True)
    assert "Resumed: subject usr_1." in told(answer)
    row.refresh_from_db()
    assert row.ended_by == "olga"
    assert row.history.first().history_user.username == "olga"


def test_asking_to_resume_what_has_ended_says_so(olga: Client) -> None:
    row = stopped()
    resume([row], author="otto")
    answer = olga.get(reverse("admin:oauth_suspension_resume", args=[row.pk]), follow=True)
    assert "has ended already" in told(answer)
    answer = olga.post(LIST, {**RESUME, "_selected_action": [row.pk]}, follow=True)
    assert "they had ended already" in told(answer)
    assert Suspension.objects.get(pk=row.pk).ended_by == "otto"


def test_nobody_deletes_a_suspension(olga: Client) -> None:
    row = stopped()
    assert olga.post(reverse("admin:oauth_suspension_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    olga.post(LIST, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert suspensions_in_force().exists()


@pytest.mark.parametrize("permission", ["view_suspension", "add_suspension"])
def test_who_may_not_change_suspensions_cannot_resume(client: Client, permission: str) -> None:
    row = stopped()
    viktor = staff_with(client, "view_suspension", permission)
    assert viktor.get(reverse("admin:oauth_suspension_resume", args=[row.pk])).status_code == 403
    viktor.post(LIST, {**RESUME, "_selected_action": [row.pk]})
    assert suspensions_in_force().exists()


def test_suspending_needs_its_own_permission(client: Client) -> None:
    viktor = staff_with(client, "view_suspension", "change_suspension", "add_policy")
    assert viktor.post(ADD, {"level": "everything", "value": "", "reason": "r"}).status_code == 403
    assert not Suspension.objects.exists()


@pytest.mark.parametrize(
    "page",
    [
        "/admin/",
        "/admin/oauth/",
        "/admin/oauth/policy/",
        "/admin/oauth/policy/add/",
        "/admin/oauth/policy/1/change/",
        "/admin/oauth/policy/1/history/",
        "/admin/oauth/policy/1/delete/",
        "/admin/oauth/auditevent/",
        "/admin/tools/portalprofile/add/",
        "/admin/auth/user/",
        "/admin/password_change/",
        LIST,
        ADD,
    ],
)
def test_every_page_says_in_red_what_is_suspended_by_whom_since_and_until_when(olga: Client, page: str) -> None:
    page = page.replace("/1/", f"/{Policy.objects.get(name='Readers').pk}/")
    assert banner(html(olga, page)) == ""
    row = stopped(until=timezone.now() + timedelta(hours=1))
    found = banner(html(olga, page))
    assert row.until is not None
    for text in (
        "bg-red-600",
        "One subject (sub) usr_1",
        "by otto",
        f"since {row.created_at:%Y-%m-%d %H:%M} UTC",
        f"until {row.until:%Y-%m-%d %H:%M} UTC",
        reverse("admin:oauth_suspension_change", args=[row.pk]),
    ):
        assert text in found
    resume([row], author="olga")
    assert banner(html(olga, page)) == ""


def test_what_was_suspended_is_shown_as_text_and_never_as_markup(olga: Client) -> None:
    row = stopped("client", HOSTILE, reason=HOSTILE)
    Suspension.objects.filter(pk=row.pk).update(author=HOSTILE)
    for page in ("/admin/", LIST, *(reverse(f"admin:oauth_suspension_{name}", args=[row.pk]) for name in PAGES)):
        shown = html(olga, page)
        assert HOSTILE not in shown
        assert "&lt;script&gt;alert(1)" in shown


PAGES = ("change", "resume", "history")


def test_a_suspension_without_an_author_is_shown_without_one(olga: Client) -> None:
    row = stopped()
    Suspension.objects.filter(pk=row.pk).update(author="")
    assert f"usr_1</a>, since {row.created_at:%Y-%m-%d %H:%M} UTC" in " ".join(html(olga, "/admin/").split())


def test_many_suspensions_are_counted_not_all_listed(olga: Client) -> None:
    for number in range(7):
        stopped(value=f"usr_{number}")
    found = banner(html(olga, "/admin/"))
    assert found.count("Suspended:") == 5
    assert "and 2 more" in found


def test_who_may_not_view_suspensions_sees_that_there_are_some_and_no_more(client: Client) -> None:
    viktor = staff_with(client, "view_policy")
    assert banner(html(viktor, "/admin/oauth/policy/")) == ""
    stopped()
    found = banner(html(viktor, "/admin/oauth/policy/"))
    assert "Something is suspended on this server." in found
    for secret in ("usr_1", "otto", "laptop", "href"):
        assert secret not in found
    assert viktor.get(LIST).status_code == 403


def test_the_login_page_says_nothing(client: Client) -> None:
    stopped()
    page = client.get("/admin/", follow=True).content.decode()
    assert "uspended" not in page
