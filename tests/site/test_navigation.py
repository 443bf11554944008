"""The sidebar leads to each page, and shows each account only what it may open."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
EVERY = [
    ("Policies", "/admin/oauth/policy/"),
    ("Scopes", "/admin/oauth/scope/"),
    ("Suspensions", "/admin/oauth/suspension/"),
    ("Portal profiles", "/admin/tools/portalprofile/"),
    ("Audit events", "/admin/oauth/auditevent/"),
    ("File links", "/admin/oauth/filelink/"),
    ("Recent changes", "/admin/changes/"),
    ("Policy revision", "/admin/tools/revision/"),
    ("Staff accounts", "/admin/auth/user/"),
    ("Groups", "/admin/auth/group/"),
]


def links(client: Client, address: str = "/admin/") -> list[tuple[str, str]]:
    """Titles and addresses of the sidebar."""
    answer = client.get(address)
    assert answer.status_code == 200
    sidebar = answer.content.decode().split('id="nav-sidebar-apps"')[1].split('id="main"')[0]
    found = re.findall(r'<a href="(/admin/[^"]+)" class="flex h-\[38px\].*?<span>([^<]+)</span>', sidebar, re.DOTALL)
    return [(title, link) for link, title in found]


def test_who_may_do_everything_is_led_to_every_page_and_each_opens(client: Client) -> None:
    client.force_login(User.objects.create_superuser("olga"), BACKEND)
    found = links(client)
    assert [link for link in found if link in EVERY] == EVERY
    for _, address in found:
        assert client.get(address).status_code == 200


@pytest.mark.parametrize(
    ("permission", "shown"),
    [
        ("view_scope", ["Scopes", "Recent changes"]),
        ("view_suspension", ["Suspensions", "Recent changes"]),
        ("view_auditevent", ["Audit events"]),
        ("change_portalprofile", ["Portal profiles", "Recent changes"]),
        ("view_user", ["Staff accounts"]),
    ],
)
def test_others_see_only_what_they_may_open(client: Client, permission: str, shown: list[str]) -> None:
    viktor = User.objects.create_user("viktor", is_staff=True)
    viktor.user_permissions.set(Permission.objects.filter(codename=permission))
    client.force_login(viktor, BACKEND)
    found = links(client)
    assert [title for title, _ in found] == shown
    hidden = {address for _, address in EVERY} - {address for _, address in found}
    assert all(client.get(address).status_code == 403 for address in hidden)


@pytest.mark.parametrize("address", ["/admin/", "/admin/oauth/policy/", "/admin/oauth/policy/add/", "/admin/changes/"])
def test_each_page_begins_with_a_way_past_the_sidebar(client: Client, address: str) -> None:
    client.force_login(User.objects.create_superuser("olga"), BACKEND)
    html = client.get(address).content.decode()
    assert html.index('href="#content"') < html.index('id="nav-sidebar-apps"')
    assert 'id="content"' in html


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/admin/oauth/policy/", "Policies"),
        ("/admin/oauth/policy/add/", "Policies"),
        ("/admin/oauth/policy/why/", "Why?"),
        ("/admin/oauth/policy/effective-access/", "Effective access"),
        ("/admin/changes/", "Recent changes"),
    ],
)
def test_one_entry_alone_is_marked_as_the_open_page(client: Client, address: str, title: str) -> None:
    client.force_login(User.objects.create_superuser("olga"), BACKEND)
    answer = client.get(address)
    groups = answer.context["sidebar_navigation"]
    assert [str(item["title"]) for group in groups for item in group["items"] if item["active"]] == [title]
