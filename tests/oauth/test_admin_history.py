"""The history pages show what each change changed; a former state comes back through the service, asked and checked."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from oauth.models import Policy, Scope
from oauth.selectors import policy_revision
from oauth.services import delete_policy, save_policy
from tools.models import PortalProfile
from tools.sealing import unseal
from tools.services import delete_profile, save_profile

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
NO_HR: dict[str, Any] = {"name": "No HR", "effect": "deny", "tools": ["*"], "paths": ["/HR/**", "/Legal/**"]}


@pytest.fixture
def olga(client: Client) -> Client:
    """A client in which Olga, who may do everything, is signed in."""
    client.force_login(User.objects.create_superuser("olga"), BACKEND)
    return client


def sign_in(client: Client, *permissions: str) -> Client:
    """Sign Viktor in, who may do what is named."""
    viktor = User.objects.create_user("viktor", is_staff=True)
    viktor.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(viktor, BACKEND)
    return client


def state(row: Any, number: int = 0) -> str:
    """The address of a former state of a row, the oldest being 0."""
    record = type(row).history.filter(id=row.pk).order_by("history_id")[number]
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/history/{record.history_id}/"


def text(answer: Any) -> str:
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


@pytest.fixture
def no_hr(db: None) -> Policy:
    """A deny that was widened after it was made."""
    row = save_policy(Policy(**NO_HR))
    row.paths = [*row.paths, "/Board/**"]
    return save_policy(row, reason="the board asked")


def test_the_history_of_a_row_shows_entries_that_came_and_went(olga: Client, no_hr: Policy) -> None:
    html = text(olga.get(f"/admin/oauth/policy/{no_hr.pk}/history/"))
    assert '<ins class="no-underline">/Board/**</ins>' in html
    assert "the board asked" in html
    assert "What it was made of" in html


def test_the_history_of_a_deleted_row_can_still_be_read(olga: Client, no_hr: Policy) -> None:
    key = no_hr.pk
    delete_policy(no_hr)
    html = text(olga.get(f"/admin/oauth/policy/{key}/history/"))
    assert "History of No HR" in html
    assert "deleted" in html


def test_a_former_state_is_shown_against_the_present_one(olga: Client, no_hr: Policy) -> None:
    html = text(olga.get(state(no_hr)))
    assert "Bringing this state back changes:" in html
    assert '<del class="no-underline">/Board/**</del>' in html
    assert "It is in this state now" in text(olga.get(state(no_hr, 1)))


def test_bringing_back_what_lets_more_through_is_asked_about_and_recorded(olga: Client, no_hr: Policy) -> None:
    before = policy_revision()
    assert "Tick Let more through to confirm" in text(olga.post(state(no_hr)))
    assert policy_revision() == before
    assert olga.post(state(no_hr), {"confirms_widening": "on"}).status_code == 302
    again = Policy.objects.get(pk=no_hr.pk)
    assert again.paths == NO_HR["paths"]
    assert policy_revision() > before
    record = again.history.first()
    assert record.history_user.username == "olga"
    assert record.history_change_reason.startswith("brought back the state of ")
    assert record.history_change_reason.endswith("confirmed that it lets more through")


def test_bringing_back_what_stops_more_is_not_asked_about(olga: Client, no_hr: Policy) -> None:
    olga.post(state(no_hr), {"confirms_widening": "on"})
    assert olga.post(state(no_hr, 1)).status_code == 302
    assert Policy.objects.get(pk=no_hr.pk).paths == [*NO_HR["paths"], "/Board/**"]


def test_a_deleted_policy_comes_back_in_its_place(olga: Client, no_hr: Policy) -> None:
    key, address = no_hr.pk, state(no_hr, 1)
    delete_policy(no_hr)
    assert "It is gone now. Bringing it back adds:" in text(olga.get(address))
    assert olga.post(address).status_code == 302
    assert Policy.objects.get(name="No HR").pk == key


def test_what_cannot_be_saved_any_more_does_not_come_back(olga: Client, no_hr: Policy) -> None:
    address = state(no_hr, 1)
    delete_policy(no_hr)
    save_policy(Policy(**NO_HR))
    before = policy_revision()
    assert "Not brought back: " in text(olga.post(address))
    assert policy_revision() == before


def test_a_scope_in_use_does_not_get_its_former_name_back(olga: Client) -> None:
    row = Scope(name="a:old")
    row.save()
    row.name = "a:new"
    row.save()
    save_policy(Policy(name="A", scopes=["a:new"], toolsets=["read"]))
    assert "Not brought back: a:new is named by policy A" in text(olga.post(state(row)))
    assert Scope.objects.filter(name="a:new").exists()


def test_a_profile_comes_back_with_the_password_of_today(olga: Client) -> None:
    row = save_profile(PortalProfile(name="hq", host="h", username="u"), password="old-secret")
    row.port = 8443
    save_profile(row, password="new-secret")
    since = PortalProfile.objects.get().password_set_at
    html = text(olga.get(state(row)))
    assert "8443" in html
    assert row.sealed_password not in html
    assert olga.post(state(row)).status_code == 302
    again = PortalProfile.objects.get()
    assert (again.port, unseal(again.sealed_password), again.password_set_at) == (443, "new-secret", since)


def test_a_profile_that_was_gone_comes_back_without_a_password_and_says_so(olga: Client) -> None:
    row = save_profile(PortalProfile(name="hq", host="h", username="u"), password="old-secret")
    address = state(row)
    delete_profile(row)
    answer = olga.post(address, follow=True)
    assert "hq: enter its password; no history keeps one." in text(answer)
    again = PortalProfile.objects.get()
    assert (again.sealed_password, again.password_set_at) == ("", None)


def test_who_may_only_look_sees_former_states_and_brings_none_back(client: Client, no_hr: Policy) -> None:
    viktor = sign_in(client, "view_policy")
    before = policy_revision()
    assert "Bring this back" not in text(viktor.get(state(no_hr)))
    assert viktor.post(state(no_hr), {"confirms_widening": "on"}).status_code == 403
    assert policy_revision() == before


def test_who_may_change_but_not_add_does_not_bring_back_what_is_gone(client: Client, no_hr: Policy) -> None:
    viktor, address = sign_in(client, "change_policy"), state(no_hr)
    delete_policy(no_hr)
    assert viktor.post(address).status_code == 403
    assert not Policy.objects.filter(name="No HR").exists()


def test_who_may_not_look_sees_no_history(client: Client, no_hr: Policy) -> None:
    nobody = sign_in(client, "view_scope")
    for address in (state(no_hr), f"/admin/oauth/policy/{no_hr.pk}/history/"):
        assert nobody.get(address).status_code == 403


@pytest.mark.parametrize("end", ["999999/", "x/", "1x/"])
def test_a_state_that_never_was_is_not_found(olga: Client, no_hr: Policy, end: str) -> None:
    assert olga.get(f"/admin/oauth/policy/{no_hr.pk}/history/{end}").status_code == 404


def test_a_state_of_another_row_is_not_found(olga: Client, no_hr: Policy) -> None:
    other = Policy.objects.get(name="Readers").history.first()
    assert olga.get(f"/admin/oauth/policy/{no_hr.pk}/history/{other.history_id}/").status_code == 404


def test_an_account_that_the_history_names_is_not_deleted_in_the_admin(olga: Client, no_hr: Policy) -> None:
    pavel = User.objects.create_user("pavel")
    save_policy(no_hr, user=pavel)
    olga.post("/admin/auth/user/", {"action": "delete_selected", "_selected_action": [pavel.pk], "post": "yes"})
    html = text(olga.post(f"/admin/auth/user/{pavel.pk}/delete/", {"post": "yes"}))
    assert "pavel is named by the history: switch off Active instead" in html
    assert User.objects.filter(username="pavel").exists()


def test_a_page_of_history_asks_a_bounded_number_of_questions(
    olga: Client, no_hr: Policy, django_assert_max_num_queries: Any
) -> None:
    for number in range(40):
        no_hr.description = str(number)
        save_policy(no_hr)
    with django_assert_max_num_queries(15):
        html = text(olga.get(f"/admin/oauth/policy/{no_hr.pk}/history/"))
    assert html.count("<article") == 25
    assert html.count("Saved without a difference") == 0
