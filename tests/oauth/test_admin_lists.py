"""Lists of the admin find what an operator looks for, say what to do when empty, and stay quick with many rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from oauth.models import AuditEvent, Policy, Scope, Suspension
from oauth.services import save_policy
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db
LIST = "/admin/oauth/policy/"
READ, WRITE = {"scopes": ["a:b"], "toolsets": ["read"]}, {"scopes": ["c:d"], "toolsets": ["write"]}


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("olga"), "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def world(db: None) -> None:
    """One policy of each sort, and nothing else."""
    Policy.objects.all().delete()
    now = timezone.now()
    rows: list[dict[str, Any]] = [
        {"name": "Reads", **READ, "description": "for the Löwe"},
        {"name": "Writes at hq", **WRITE, "portals": ["hq"], "paths": ["/Löwen/**"]},
        {"name": "Dir", "scopes": ["c:d"], "tools": ["ctera_portal_list_dir"], "subjects": ["usr_Ann*"]},
        {"name": "All", "scopes": ["a:b", "z"], "tools": ["*"], "portals": ["eu"], "enabled": False},
        {"name": "Later", **WRITE, "valid_from": now + timedelta(days=1)},
        {"name": "Over", **WRITE, "valid_until": now - timedelta(days=1)},
        {"name": "Closed", "effect": "deny", "tools": ["*"], "paths": ["/HR/**"], "except_subjects": ["usr_Bo"]},
    ]
    for row in rows:
        save_policy(Policy(**row))


def listed(client: Client, **asked: str) -> set[str]:
    answer = client.get(LIST, asked)
    assert answer.status_code == 200, answer.status_code
    return {row.name for row in answer.context["cl"].result_list}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"effect": "deny"}, {"Closed"}),
        ({"state": "now"}, {"Reads", "Writes at hq", "Dir", "Closed"}),
        ({"state": "later"}, {"Later"}),
        ({"state": "over"}, {"Over"}),
        ({"state": "disabled"}, {"All"}),
        ({"scope": "a:b"}, {"Reads", "All"}),
        ({"scope": "a"}, set()),
        ({"portal": "eu"}, {"Reads", "Dir", "All", "Later", "Over", "Closed"}),
        ({"portal": "hq"}, {"Reads", "Writes at hq", "Dir", "Later", "Over", "Closed"}),
        ({"tool": "ctera_portal_list_dir"}, {"Reads", "Dir", "All", "Closed"}),
        ({"tool": "read"}, {"Reads"}),
        ({"scope": "c:d", "state": "now"}, {"Writes at hq", "Dir"}),
        ({"effect": "nonsense"}, set()),
    ],
    ids=str,
)
def test_the_list_of_policies_is_narrowed_by_its_filters(
    olga: Client, world: None, asked: dict[str, str], found: set[str]
) -> None:
    assert listed(olga, **asked) == found


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("löwen", {"Writes at hq"}),
        ("LÖWE", {"Reads", "Writes at hq"}),
        ("usr_ann", {"Dir"}),
        ("usr_bo", {"Closed"}),
        ("hr closed", {"Closed"}),
        ("hr reads", set()),
        ("list_dir", {"Dir"}),
        ("  ", {"Reads", "Writes at hq", "Dir", "All", "Later", "Over", "Closed"}),
    ],
)
def test_policies_are_found_by_words_in_any_list_whatever_the_case(
    olga: Client, world: None, words: str, found: set[str]
) -> None:
    assert listed(olga, q=words) == found


def test_each_filter_is_a_labelled_select_with_the_names_in_use(olga: Client, world: None) -> None:
    html = olga.get(LIST, {"scope": "z"}).content.decode()
    for name in ("effect", "state", "scope", "tool", "portal"):
        assert f'for="filter-{name}"' in html
        assert f'<select id="filter-{name}" name="{name}"' in html
    assert '<option value="z" selected>z</option>' in html
    assert '<option value="hq">hq</option>' in html
    assert '<option value="ctera_portal_list_dir">list_dir</option>' in html


@pytest.mark.parametrize(
    ("address", "model", "next_step"),
    [
        (LIST, Policy, "Nothing is allowed without one. Add an allow"),
        ("/admin/oauth/scope/", Scope, "Define a scope in Scalekit first"),
        ("/admin/oauth/suspension/", Suspension, "Add one to stop something within a second"),
        ("/admin/tools/portalprofile/", PortalProfile, "Add the portal that callers should work on"),
        ("/admin/oauth/auditevent/", AuditEvent, "Connect a client and call a tool"),
    ],
)
def test_an_empty_list_says_what_to_do_next(olga: Client, address: str, model: Any, next_step: str) -> None:
    Policy.objects.all().delete()
    Scope.objects.update(implies=[])
    if model is not AuditEvent:
        model.objects.all().delete()
    html = olga.get(address).content.decode()
    assert next_step in html
    searched = olga.get(address, {"q": "zzz"}).content.decode()
    assert "Try fewer words, or remove filters." in searched
    assert next_step not in searched


def test_decisions_and_subjects_are_shown_with_a_button_that_copies_them(olga: Client) -> None:
    event = AuditEvent(
        time=datetime(2026, 11, 24, tzinfo=UTC), kind="call", request="R", decision="D-ABC", revision=1, issuer="i",
        subject='usr_"<b>', client="m", scopes=[], tool="t", paths=[], argument_digest="0", outcome="ok",
        duration_ms=1,
    )  # fmt: skip
    AuditEvent.objects.bulk_create([event])
    html = olga.get("/admin/oauth/auditevent/").content.decode()
    assert 'data-copy="D-ABC" aria-label="Copy decision D-ABC">Copy</button>' in html
    assert 'data-copy="usr_&quot;&lt;b&gt;"' in html
    assert "<b>" not in html.split("result_list")[1].split("</table>")[0].replace("<body>", "")


@pytest.fixture
def thousand(db: None) -> None:
    Policy.objects.bulk_create([
        Policy(name=f"P{number}", scopes=[f"s:{number}"], toolsets=["read"], portals=[f"p{number % 50}"])
        for number in range(1000)
    ])  # fmt: skip
    Scope.objects.bulk_create([Scope(name=f"s:{number}", implies=[]) for number in range(200)])
    PortalProfile.objects.bulk_create([PortalProfile(name=f"p{n}", host="h", username="u") for n in range(200)])


@pytest.mark.parametrize(
    "address",
    [
        LIST,
        f"{LIST}?scope=s:7&state=now&tool=read&portal=p7&effect=allow",
        f"{LIST}?q=p7",
        f"{LIST}?p=10",
        "/admin/oauth/scope/",
        "/admin/oauth/scope/?q=s:1",
        "/admin/tools/portalprofile/",
        "/admin/oauth/auditevent/",
        "/admin/tools/revision/",
        "/admin/oauth/suspension/",
        "/admin/auth/user/",
        "/admin/auth/group/",
        "/admin/changes/",
        "/admin/changes/?name=P7&kind=oauth.policy",
        "/admin/",
    ],
)
def test_with_a_thousand_policies_no_page_asks_the_database_more_than_fifteen_times(
    olga: Client, thousand: None, address: str, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(15):
        assert olga.get(address).status_code == 200


def test_a_policys_own_pages_keep_to_it_too(olga: Client, thousand: None, django_assert_max_num_queries: Any) -> None:
    row = Policy.objects.get(name="P7")
    for page in ("change", "history", "delete"):
        with django_assert_max_num_queries(15):
            assert olga.get(f"{LIST}{row.pk}/{page}/").status_code == 200


def test_help_and_examples_stand_beside_the_pattern_fields(olga: Client) -> None:
    html = olga.get(f"{LIST}add/").content.decode()
    assert 'placeholder="/HR/**\n/Users/*/Docs/**"' in html
    assert 'aria-describedby="id_paths_helptext"' in html
    assert 'id="id_paths_helptext">/HR/** is the folder HR and all below it' in html
    for field in ("name", "effect", "scopes", "except_subjects", "toolsets", "tenants"):
        assert f'id="id_{field}_helptext"' in html
