"""The admin saves policies and scopes by the services: validated, signed, and asked about where a deny opens."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from oauth.models import Policy, Scope
from oauth.selectors import policy_revision

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
CHANGELIST = "/admin/oauth/policy/"
READERS = {
    "name": "Readers",
    "effect": "allow",
    "enabled": "on",
    "scopes": "ctera:read",
    "subjects": "*",
    "clients": "*",
    "organizations": "*",
    "toolsets": ["read"],
    "portals": "*",
    "tenants": "-",
    "paths": "/**",
}
NO_HR: dict[str, Any] = {"name": "No HR", "effect": "deny", "tools": ["*"], "paths": ["/HR/**", "/Legal/**"]}


@pytest.fixture
def olga(client: Client) -> Client:
    """A client in which Olga, who may do everything, is signed in."""
    client.force_login(User.objects.create_superuser("olga"), BACKEND)
    return client


@pytest.fixture
def viktor(client: Client) -> Client:
    """A client in which Viktor, who may only look, is signed in."""
    viewer = User.objects.create_user("viktor", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer, BACKEND)
    return client


def page_of(row: Policy | Scope, page: str = "change") -> str:
    return reverse(f"admin:oauth_{row._meta.model_name}_{page}", args=[row.pk])


def errors(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200, answer.status_code
    found: dict[str, list[str]] = answer.context["adminform"].form.errors
    return found


def told(answer: Any) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def as_posted(row: Policy) -> dict[str, Any]:
    lists = {field: "\n".join(getattr(row, field)) for field in READERS if isinstance(getattr(row, field), list)}
    ticked = {"tools": row.tools, "toolsets": row.toolsets}
    excepted = "\n".join(row.except_subjects)
    enabled = {"enabled": "on"} if row.enabled else {}
    return {"name": row.name, "effect": row.effect, "except_subjects": excepted, **lists, **ticked, **enabled}


def test_an_edit_is_saved_moves_the_revision_and_is_signed(olga: Client) -> None:
    row, before = Policy.objects.get(name="Readers"), policy_revision()
    answer = olga.post(page_of(row), {**READERS, "tenants": "-\nacme\n acme \n", "subjects": "usr_1, usr_2"})
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.tenants == ["-", "acme"]
    assert row.subjects == ["usr_1", "usr_2"]
    assert policy_revision() > before
    assert row.history.first().history_user.username == "olga"


def test_saving_the_page_untouched_changes_no_value(olga: Client) -> None:
    row = Policy.objects.create(
        name="Odd", scopes=["a:b"], toolsets=["write"], tenants=["a, b", "-"], paths=["/a, b/**", "/c/* x"]
    )
    olga.post(page_of(row), as_posted(row))
    again = Policy.objects.get(pk=row.pk)
    assert again.history.count() == 2
    assert [getattr(again, field.name) for field in Policy._meta.fields] == [
        getattr(row, field.name) for field in Policy._meta.fields
    ]


def test_the_page_shows_lists_as_lines_and_ticks(olga: Client) -> None:
    html = olga.get(page_of(Policy.objects.get(name="Everyone signed in"))).content.decode()
    assert 'value="ctera_portal_who_am_i"' in html
    assert html.count("checked") >= 2
    assert "user:read</textarea>" in html


def test_a_new_policy_starts_from_everyone_everywhere(olga: Client) -> None:
    form = olga.get("/admin/oauth/policy/add/").context["adminform"].form
    assert [form[field].value() for field in ("subjects", "portals", "paths")] == ["*", "*", "/**"]


@pytest.mark.parametrize(
    ("change", "field", "remedy"),
    [
        ({"scopes": ""}, "scopes", "needs at least one scope"),
        ({"toolsets": []}, "tools", "Name tools or toolsets"),
        ({"paths": ""}, "paths", "Must not be empty"),
        ({"paths": "/HR/**/x"}, "paths", "** may only stand at the end"),
        ({"paths": "HR/**"}, "paths", "must start with /"),
        ({"except_subjects": "usr_1"}, "except_subjects", "Only a deny can except people"),
        ({"name": "Administrators"}, "name", "already exists"),
        ({"tools": ["ctera_portal_format_disk"]}, "tools", "ctera_portal_format_disk"),
    ],
)
def test_a_policy_that_cannot_be_is_refused_at_its_field(
    olga: Client, change: dict[str, Any], field: str, remedy: str
) -> None:
    before = policy_revision()
    found = errors(olga.post(page_of(Policy.objects.get(name="Readers")), {**READERS, **change}))
    assert remedy in " ".join(found[field])
    assert policy_revision() == before


def test_a_tool_that_is_gone_is_shown_to_be_unticked(olga: Client) -> None:
    Policy.objects.filter(name="Readers").update(tools=["ctera_portal_gone"])
    html = olga.get(page_of(Policy.objects.get(name="Readers"))).content.decode()
    assert "ctera_portal_gone: no longer there, untick it" in html


@pytest.mark.parametrize(
    "narrower",
    [{"paths": "/HR/**"}, {"enabled": ""}, {"effect": "allow", "scopes": "user:read"}, {"except_subjects": "usr_1"}],
    ids=["a path less", "disabled", "an allow", "an exception"],
)
def test_narrowing_a_deny_in_force_is_asked_about_and_recorded(olga: Client, narrower: dict[str, str]) -> None:
    row = Policy.objects.create(**NO_HR)
    wish = {**as_posted(row), **narrower}
    if wish["effect"] == "allow":
        wish["except_subjects"] = ""
    assert "confirm" in " ".join(errors(olga.post(page_of(row), wish))["confirms_widening"])
    assert Policy.objects.get(pk=row.pk).history.count() == 1
    assert olga.post(page_of(row), {**wish, "confirms_widening": "on"}).status_code == 302
    assert Policy.objects.get(pk=row.pk).history.first().history_change_reason == "confirmed that it lets more through"


def test_widening_a_deny_is_not_asked_about(olga: Client) -> None:
    row = Policy.objects.create(**NO_HR)
    wish = {**as_posted(row), "paths": "/HR/**\n/Legal/**\n/Board/**"}
    assert olga.post(page_of(row), wish).status_code == 302
    assert Policy.objects.get(pk=row.pk).history.first().history_change_reason is None


def test_disabling_denies_in_bulk_shows_what_opens_and_waits_for_a_yes(olga: Client) -> None:
    row = Policy.objects.create(**NO_HR)
    wish = {"action": "disable", "_selected_action": [row.pk]}
    html = olga.post(CHANGELIST, wish).content.decode()
    assert "No HR" in html
    assert "everyone: every tool, path /HR/** or /Legal/**" in html
    assert Policy.objects.get(pk=row.pk).enabled
    answer = olga.post(CHANGELIST, {**wish, "confirmed": "yes"}, follow=True)
    assert "Now disabled: No HR." in told(answer)
    record = Policy.objects.get(pk=row.pk).history.first()
    assert (record.enabled, record.history_user.username) == (False, "olga")
    assert record.history_change_reason == "confirmed that it lets more through"


def test_bulk_actions_move_the_revision_and_are_signed(olga: Client) -> None:
    keys = list(Policy.objects.values_list("pk", flat=True))
    before = policy_revision()
    olga.post(CHANGELIST, {"action": "disable", "_selected_action": keys, "confirmed": "yes"})
    assert not Policy.objects.filter(enabled=True).exists()
    assert policy_revision() > before
    olga.post(CHANGELIST, {"action": "enable", "_selected_action": keys})
    assert Policy.objects.filter(enabled=True).count() == 3
    again = olga.post(CHANGELIST, {"action": "enable", "_selected_action": keys}, follow=True)
    assert "Nothing to do: all were enabled already." in told(again)
    assert Policy.history.filter(history_type="~", history_user__username="olga").count() == 6


def test_bulk_deletion_moves_the_revision_and_is_signed(olga: Client) -> None:
    before = policy_revision()
    keys = list(Policy.objects.values_list("pk", flat=True))
    olga.post(CHANGELIST, {"action": "delete_selected", "_selected_action": keys, "post": "yes"})
    assert not Policy.objects.exists()
    assert policy_revision() > before
    assert Policy.history.filter(history_type="-", history_user__username="olga").count() == 3


@pytest.mark.parametrize("action", ["enable", "disable", "delete_selected"])
def test_who_may_only_look_can_run_no_action(viktor: Client, action: str) -> None:
    row = Policy.objects.create(**NO_HR, enabled=action != "enable")
    before = policy_revision()
    viktor.post(CHANGELIST, {"action": action, "_selected_action": [row.pk], "confirmed": "yes", "post": "yes"})
    assert policy_revision() == before


def test_an_action_asked_for_by_get_does_nothing(olga: Client) -> None:
    row = Policy.objects.create(**NO_HR)
    olga.get(CHANGELIST, {"action": "disable", "_selected_action": str(row.pk), "confirmed": "yes"})
    assert Policy.objects.get(pk=row.pk).enabled


def test_who_may_only_look_sees_the_policy_and_cannot_save_it(viktor: Client) -> None:
    row = Policy.objects.get(name="Readers")
    assert viktor.get(page_of(row)).status_code == 200
    assert viktor.post(page_of(row), READERS).status_code == 403


def test_a_scope_in_use_is_neither_renamed_nor_deleted(olga: Client) -> None:
    row = Scope.objects.get(name="ctera:read")
    found = olga.post(page_of(row), {"name": "ctera:look", "implies": ""}, follow=True)
    assert "ctera:read is named by policy Readers, scope ctera:admin" in told(found)
    html = olga.post(page_of(row, "delete"), {"post": "yes"}).content.decode()
    assert "ctera:read is named by policy Readers" in html
    assert Scope.objects.filter(name="ctera:read").exists()


def test_a_scope_is_saved_with_what_it_implies(olga: Client) -> None:
    olga.post("/admin/oauth/scope/add/", {"name": "x:all", "implies": "ctera:read\nuser:read"})
    row = Scope.objects.get(name="x:all")
    assert row.implies == ["ctera:read", "user:read"]
    assert row.history.first().history_user.username == "olga"
    found = errors(olga.post(page_of(row), {"name": "x:all", "implies": "ctera:reed"}))
    assert "did you mean ctera:read?" in " ".join(found["implies"])


def test_a_scope_that_nothing_names_can_be_deleted(olga: Client) -> None:
    row = Scope.objects.create(name="x:all")
    olga.post(page_of(row, "delete"), {"post": "yes"})
    assert not Scope.objects.filter(name="x:all").exists()
