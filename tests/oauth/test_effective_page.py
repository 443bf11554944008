"""*Effective access* shows tools by scopes for one caller at one portal, with few queries however many policies."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oauth.access_table import ShownCell
from oauth.models import Policy, Scope
from tests.oauth.conftest import staff
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db
PAGE = "/admin/oauth/policy/effective-access/"
MOST_QUERIES = 15


@pytest.fixture(autouse=True)
def portals() -> None:
    hq = {"host": "portal.example.com", "username": "svc"}
    PortalProfile.objects.create(name="hq", default=True, **hq)
    PortalProfile.objects.create(name="acme-files", scope="user", tenant="acme", **hq)
    PortalProfile.objects.create(name="off", enabled=False, **hq)


def cells(client: Client, **asked: str) -> dict[tuple[str, str], ShownCell]:
    """Tool and column to cell."""
    answer = client.get(PAGE, {"portal": "hq", **asked})
    assert answer.status_code == 200
    table = answer.context["table"]
    return {
        (row.name, column.title): cell
        for row in table.rows
        for column, cell in zip(table.columns, row.cells, strict=True)
    }


def test_a_row_for_each_tool_and_a_column_for_each_scope(viewer: Client) -> None:
    found = cells(viewer)
    assert {column for _, column in found} == {"ctera:admin", "ctera:read", "user:read", "all scopes"}
    assert found["list_dir", "ctera:read"].word == "Allow"
    assert found["list_dir", "ctera:read"].policy == "Readers"
    assert found["list_dir", "user:read"].word == "None"
    assert found["browse_global_admin", "all scopes"].policy == "Administrators"


def test_a_team_portal_left_out_is_what_a_call_without_one_gets(viewer: Client) -> None:
    assert cells(viewer)["list_dir", "ctera:read"].word == "Allow"
    assert cells(viewer, tenant="acme")["list_dir", "ctera:read"].word == "None"
    about = viewer.get(PAGE, {"portal": "acme-files"}).context["table"].about
    assert about.startswith("Portal acme-files, Team Portal acme, all paths")


def test_each_cell_is_told_by_word_and_colour_and_links_its_policy(viewer: Client) -> None:
    row = Policy.objects.create(name="HR is <private>", effect="deny", tools=["*"], paths=["/HR/**"])
    found = cells(viewer)["list_dir", "ctera:read"]
    assert (found.word, found.colour, found.policy) == ("With limits", "warning", "Readers")
    assert [(limit.text, limit.key) for limit in found.limits] == [("not /HR/**", row.pk)]
    html = viewer.get(PAGE).content.decode()
    readers = Policy.objects.get(name="Readers")
    assert f'<a href="/admin/oauth/policy/{readers.pk}/change/">Readers</a>' in html
    assert f'not /HR/** (<a href="/admin/oauth/policy/{row.pk}/change/">HR is &lt;private&gt;</a>)' in html
    assert '<th scope="row"' in html
    assert html.count('<th scope="col"') == 5
    assert '>ctera:admin<span class="sr-only"> grants ' in html
    assert "<caption>Portal hq, global administration, all paths" in html


@pytest.mark.parametrize(
    ("change", "limit"),
    [
        ({"paths": ["/Docs/**", "/Sales/**"]}, "only /Docs/** and /Sales/**"),
        ({"calls_per_minute": 30}, "30 calls a minute"),
        ({"valid_until": "2099-01-31T18:00Z"}, "until 2099-01-31 18:00 UTC"),
        ({"valid_until": "2099-01-31T18:00Z", "paths": ["/a"]}, "until 2099-01-31 18:00 UTC"),
    ],
    ids=str,
)
def test_limits_are_told_in_words(viewer: Client, change: dict[str, Any], limit: str) -> None:
    Policy.objects.filter(name="Readers").update(**change)
    found = cells(viewer)["list_dir", "ctera:read"]
    assert found.word == "With limits"
    assert limit in [each.text for each in found.limits]


def test_of_several_parts_the_first_that_ends_is_told(viewer: Client) -> None:
    Policy.objects.filter(name="Readers").update(paths=["/a"], valid_until="2099-01-31T18:00Z")
    Policy.objects.create(name="More", scopes=["ctera:read"], toolsets=["read"], paths=["/b"])
    texts = [limit.text for limit in cells(viewer)["list_dir", "ctera:read"].limits]
    assert texts == ["only /b and /a", "in part until 2099-01-31 18:00 UTC"]


def test_a_deny_to_come_is_a_limit(viewer: Client) -> None:
    Policy.objects.create(name="Later", effect="deny", toolsets=["read"], valid_from="2099-01-31T18:00Z")
    found = cells(viewer)["list_dir", "ctera:read"]
    assert [limit.text for limit in found.limits] == ["from 2099-01-31 18:00 UTC not /**"]


def test_a_path_narrows_the_question(viewer: Client) -> None:
    Policy.objects.create(name="HR", effect="deny", tools=["*"], paths=["/HR/**"])
    assert cells(viewer, path="/HR/x")["list_dir", "ctera:read"].word == "Deny"
    assert cells(viewer, path="/Docs")["list_dir", "ctera:read"].word == "Allow"


def test_a_subject_counts_and_an_omitted_one_matches_only_everyone(viewer: Client) -> None:
    Policy.objects.filter(name="Readers").update(subjects=["usr_1"])
    assert cells(viewer)["list_dir", "ctera:read"].word == "None"
    assert cells(viewer, subject="usr_1")["list_dir", "ctera:read"].word == "Allow"


def test_sets_of_scopes_that_a_policy_asks_for_and_typed_ones_have_columns(viewer: Client) -> None:
    Policy.objects.create(name="Both", scopes=["ctera:read", "user:read"], toolsets=["admin"])
    found = cells(viewer, scopes="ctera:read user:read")
    assert found["browse_global_admin", "ctera:read + user:read"].policy == "Both"
    assert found["browse_global_admin", "these scopes"].policy == "Both"
    assert found["browse_global_admin", "user:read"].word == "None"


def test_of_very_many_scopes_those_have_columns_that_policies_ask_for_and_the_rest_is_told(viewer: Client) -> None:
    Scope.objects.bulk_create(Scope(name=f"a:{number:03}") for number in range(200))
    Scope.objects.create(name="z:all", implies=["ctera:read"])
    page = viewer.get(PAGE, {"portal": "hq"})
    titles = {column.title for column in page.context["table"].columns}
    assert {"ctera:admin", "ctera:read", "z:all", "a:000", "all scopes"} <= titles
    assert len(titles) == 31
    assert "174 further scopes have no column" in page.content.decode()
    found = cells(viewer, scopes="a:199")
    assert found["list_dir", "these scopes"].word == "None"


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"portal": "off"}, "portal"), ({"path": "/a/../b"}, "path"), ({"portal": "acme-files", "tenant": "x"}, "tenant")],
    ids=str,
)
def test_what_cannot_be_is_refused_at_its_field(viewer: Client, asked: dict[str, str], field: str) -> None:
    answer = viewer.get(PAGE, {"portal": "hq", **asked})
    assert field in answer.context["form"].errors
    assert answer.context["table"] is None


def test_without_an_enabled_portal_it_says_what_to_do(viewer: Client) -> None:
    PortalProfile.objects.all().delete()
    assert "Add one first" in viewer.get(PAGE).content.decode()


def test_staff_who_may_not_see_policies_may_not_look(client: Client) -> None:
    assert staff(client, "view_scope", "view_auditevent").get(PAGE).status_code == 403


def test_effective_access_is_looked_at_and_never_posted_to(viewer: Client) -> None:
    assert viewer.post(PAGE, {"portal": "hq"}).status_code == 405


def thousand() -> list[Policy]:
    """Policies of every kind, as a large company might have them."""
    scopes = sorted(Scope.objects.values_list("name", flat=True))
    return [
        Policy(
            name=f"Policy {number:04}",
            effect="deny" if number % 4 == 0 else "allow",
            scopes=[scopes[number % len(scopes)]] if number % 4 else [],
            subjects=["*"] if number % 3 else [f"usr_{number}"],
            toolsets=[["read"], ["admin"], ["read", "admin"]][number % 3],
            tenants=["*"] if number % 5 else ["acme"],
            paths=[f"/Department {number}/**", f"/Users/*/Project {number}/**"],
            calls_per_minute=60 if number % 4 and number % 7 == 0 else None,
        )
        for number in range(1000)
    ]


def test_a_thousand_policies_take_no_more_queries(viewer: Client) -> None:
    Scope.objects.bulk_create([Scope(name=f"team:{number}") for number in range(7)])
    Policy.objects.bulk_create(thousand())
    with CaptureQueriesContext(connection) as queries:
        found = cells(viewer, subject="usr_12")
    assert len(queries) <= MOST_QUERIES, [query["sql"][:120] for query in queries]
    assert found["list_dir", "ctera:read"].word == "With limits"
    assert any("more denies" in limit.text for limit in found["list_dir", "ctera:read"].limits)
