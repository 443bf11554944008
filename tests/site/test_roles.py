"""Who may open what in the admin: the four groups, staff without any, and strangers, page by page."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.urls import URLResolver, get_resolver

from oauth.models import AuditEvent, FileLink, Policy, PolicyTest, Scope, Suspension
from oauth.suspending import suspend
from tools.models import CallerAccount, PortalProfile
from tools.services import save_account, save_profile

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
MIGRATION = import_module("oauth.migrations.0004_groups")
ADDED = import_module("oauth.migrations.0006_caller_identity").ADDED
TESTS = import_module("oauth.migrations.0009_policytest").ADDED
ROLES = ("Viewer", "Auditor", "Policy editor", "Operator")
EDITORS = {"Policy editor", "Operator"}
SEEING = {"Viewer", "Policy editor", "Operator"}
LISTS = {
    "oauth/policy/": SEEING,
    "oauth/scope/": SEEING,
    "oauth/policytest/": SEEING,
    "oauth/policytest/add/": EDITORS,
    "oauth/suspension/": SEEING,
    "tools/portalprofile/": SEEING,
    "tools/calleraccount/": SEEING,
    "tools/calleraccount/add/": {"Operator"},
    "oauth/policy/why/": SEEING,
    "oauth/policy/effective-access/": SEEING,
    "changes/": SEEING,
    "scalekit/": SEEING,
    "oauth/auditevent/": {"Auditor", "Operator"},
    "oauth/filelink/": {"Operator"},
    "oauth/filelink/add/": set[str](),
    "tools/revision/": {"Operator"},
    "oauth/policy/add/": EDITORS,
    "oauth/scope/add/": EDITORS,
    "tools/portalprofile/add/": {"Operator"},
    "oauth/suspension/add/": {"Operator"},
    "oauth/auditevent/add/": set[str](),
    "tools/revision/add/": set[str](),
    "auth/user/": set[str](),
    "auth/user/add/": set[str](),
    "auth/group/": set[str](),
    "auth/group/add/": set[str](),
}
ROWS = {
    "oauth/policy/{policy}/change/": SEEING,
    "oauth/policy/{policy}/history/": SEEING,
    "oauth/policy/{policy}/delete/": EDITORS,
    "oauth/policytest/{policytest}/change/": SEEING,
    "oauth/policytest/{policytest}/history/": SEEING,
    "oauth/policytest/{policytest}/delete/": EDITORS,
    "oauth/scope/{scope}/change/": SEEING,
    "oauth/scope/{scope}/delete/": EDITORS,
    "oauth/suspension/{suspension}/change/": SEEING,
    "oauth/suspension/{suspension}/delete/": set[str](),
    "oauth/suspension/{suspension}/resume/": {"Operator"},
    "tools/portalprofile/{portalprofile}/change/": SEEING,
    "tools/portalprofile/{portalprofile}/delete/": {"Operator"},
    "tools/portalprofile/{portalprofile}/try/": {"Operator"},
    "tools/calleraccount/{calleraccount}/change/": SEEING,
    "tools/calleraccount/{calleraccount}/history/": SEEING,
    "tools/calleraccount/{calleraccount}/delete/": {"Operator"},
    "oauth/auditevent/{auditevent}/change/": {"Auditor", "Operator"},
    "oauth/auditevent/{auditevent}/delete/": set[str](),
    "oauth/filelink/{filelink}/change/": {"Operator"},
    "oauth/filelink/{filelink}/delete/": set[str](),
    "auth/user/{user}/change/": set[str](),
}


def signed_in(client: Client, *groups: str) -> User:
    person = User.objects.create_user("viktor", is_staff=True)
    person.groups.set(Group.objects.filter(name__in=groups))
    client.force_login(person, BACKEND)
    return person


@pytest.fixture
def rows() -> dict[str, int]:
    """One row of each kind."""
    number = AuditEvent.objects.bulk_create([
        AuditEvent(
            time=datetime.now(UTC), kind="call", request="R-A", decision="D-A", revision=1, issuer="i", subject="s",
            client="c", scopes=[], tool="t", paths=[], argument_digest="", outcome="ok", duration_ms=1.0,
        )
    ])[0].pk  # fmt: skip
    profile = save_profile(PortalProfile(name="hq", host="portal.example.com", username="svc"), password="x")
    link = FileLink.objects.create(
        digest="d" * 64, kind="download", expires_at=datetime.now(UTC), subject="s", client="c", claims={}, tool="t",
        decision="D-A", portal="hq", tenant="-", path="/a",
    )  # fmt: skip
    stop = suspend(Suspension(level="subject", value="usr_9", reason="test"), author="otto")
    return {
        "policy": Policy.objects.earliest("pk").pk,
        "scope": Scope.objects.earliest("pk").pk,
        "policytest": PolicyTest.objects.create(name="t", tool="ctera_portal_list_dir").pk,
        "suspension": stop.pk,
        "portalprofile": profile.pk,
        "calleraccount": save_account(CallerAccount(profile=profile, subject="usr_1", account="alice")).pk,
        "auditevent": number,
        "filelink": link.pk,
        "user": User.objects.create_user("other").pk,
    }


@pytest.mark.parametrize("role", [*ROLES, ""])
def test_each_group_opens_its_pages_and_no_other(client: Client, rows: dict[str, int], role: str) -> None:
    signed_in(client, role)
    pages = {**LISTS, **{page.format(**rows): allowed for page, allowed in ROWS.items()}}
    opened = {page for page in pages if client.get(f"/admin/{page}").status_code == 200}
    assert opened == {page for page, allowed in pages.items() if role in allowed}


def test_strangers_are_sent_to_sign_in(client: Client, rows: dict[str, int]) -> None:
    for page in [*LISTS, *(page.format(**rows) for page in ROWS)]:
        answer = client.get(f"/admin/{page}")
        assert answer.status_code == 302, page
        assert answer["Location"].startswith("/admin/login/"), page


@pytest.mark.parametrize("role", ["Viewer", "Auditor", ""])
def test_who_may_only_look_changes_nothing_by_posting(client: Client, rows: dict[str, int], role: str) -> None:
    signed_in(client, role)
    before = list(Policy.objects.order_by("pk").values()), list(Suspension.objects.values())
    posts = {
        "oauth/policy/": {"action": "disable", "_selected_action": [rows["policy"]], "confirmed": "yes"},
        f"oauth/policy/{rows['policy']}/change/": {"name": "x", "enabled": ""},
        f"oauth/policy/{rows['policy']}/delete/": {"post": "yes"},
        "oauth/policy/add/": {"name": "new", "effect": "allow", "scopes": "a", "tools": ["*"]},
        "oauth/suspension/": {"action": "resume", "_selected_action": [rows["suspension"]], "confirmed": "yes"},
        f"oauth/suspension/{rows['suspension']}/resume/": {"confirmed": "yes"},
        "oauth/suspension/add/": {"level": "everything", "reason": "x"},
        f"tools/portalprofile/{rows['portalprofile']}/delete/": {"post": "yes"},
    }
    for page, values in posts.items():
        client.post(f"/admin/{page}", values)
    after = list(Policy.objects.order_by("pk").values()), list(Suspension.objects.values())
    assert after == before
    assert PortalProfile.objects.filter(name="hq").exists()


def test_a_policy_editor_neither_suspends_nor_edits_portals(client: Client, rows: dict[str, int]) -> None:
    signed_in(client, "Policy editor")
    client.post("/admin/oauth/suspension/add/", {"level": "everything", "reason": "x"})
    client.post(f"/admin/tools/portalprofile/{rows['portalprofile']}/change/", {"name": "other", "host": "h"})
    assert Suspension.objects.count() == 1
    assert PortalProfile.objects.get().name == "hq"


def test_nothing_in_the_control_plane_is_open_but_what_must_be(client: Client) -> None:
    """Every address, without a session: sign-in, discovery and health alone answer."""
    answered = set()
    for address in addresses(get_resolver()):
        status = client.get(f"/{address}").status_code
        assert status in {200, 301, 302, 401, 403, 404, 405, 503}, address
        if status in {200, 503}:
            answered.add(address)
    assert answered <= {
        "admin/login/",
        "admin/jsi18n/",
        ".well-known/oauth-protected-resource",
        ".well-known/oauth-protected-resource/mcp",
        "healthz",
        "readyz",
    }


def addresses(resolver: URLResolver, before: str = "") -> list[str]:
    """Addresses with a number wherever they take something."""
    found = []
    for pattern in resolver.url_patterns:
        text = str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += addresses(pattern, before + text)
        elif not text.startswith(("^", "(")):
            parts = text.split("/")
            found.append(before + "/".join("1" if part.startswith("<") else part for part in parts))
    return found


def test_the_groups_hold_what_the_migration_says() -> None:
    later = {"Operator": ("oauth.view_filelink", "oauth.change_filelink")}
    for name, held in TESTS.items():
        later[name] = (*later.get(name, ()), *(f"oauth.{codename}" for codename in held))
    wanted = {name: (*held, *later.get(name, ())) for name, held in MIGRATION.GROUPS.items()}
    assert set(ROLES) == set(wanted)
    for group in Group.objects.all():
        held = {f"{each.content_type.app_label}.{each.codename}" for each in group.permissions.all()}
        added = {f"tools.{codename}" for codename in ADDED.get(group.name, ())}
        assert held == set(wanted[group.name]) | added


def test_groups_that_an_operator_changed_are_left_alone_when_it_is_migrated_again() -> None:
    viewer, _ = Group.objects.get_or_create(name="Viewer")
    viewer.permissions.clear()
    MIGRATION.bring(apps, SimpleNamespace(connection=connection))
    assert not viewer.permissions.exists()
    assert Group.objects.get(name="Operator").permissions.exists()
