"""*Why?*, `explain_access` and the API tell which portal account would do the work, or why there is none."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

from oauth.models import AuditEvent, Policy
from oauth.prefill import from_event
from tools.models import CallerAccount, PortalProfile

pytestmark = pytest.mark.django_db
ASKED = ("--scopes", "ctera:read", "--tool", "list_dir", "--path", "/Docs", "--portal")


@pytest.fixture(autouse=True)
def portals() -> None:
    callers = {"identity": "caller", "host": "portal.example.com", "dns_suffix": "portal.example.com"}
    corp = PortalProfile.objects.create(name="corp", username="svc", tenant="acme", account_claim="acct", **callers)
    PortalProfile.objects.create(name="many", username="svc", tenant_claim="team", account_claim="acct", **callers)
    PortalProfile.objects.create(name="own", username="svc-own", host="portal.example.com")
    CallerAccount.objects.create(profile=corp, subject="usr_1", account="ann")
    Policy.objects.create(name="Everywhere", scopes=["ctera:read"], toolsets=["read"])


def explained(*arguments: str) -> tuple[int, dict[str, Any], str]:
    code, said = 0, {}
    for form in ("--json", ""):
        out = StringIO()
        try:
            call_command("explain_access", *ASKED, *arguments, *filter(None, [form]), stdout=out, stderr=StringIO())
        except SystemExit as stop:
            code = int(str(stop.code))
        said[form] = out.getvalue()
    return code, json.loads(said["--json"]), said[""]


def test_the_profiles_account_is_named_where_it_does_the_work() -> None:
    code, found, text = explained("own")
    assert (code, found["account"]) == (0, "svc-own")
    assert "Account: svc-own, the profile's own account" in text


def test_the_callers_account_is_named_with_its_source() -> None:
    code, found, text = explained("corp", "--subject", "usr_1")
    assert (code, found["allowed"], found["account"]) == (0, True, "ann")
    assert "Account: ann (table of accounts) in Team Portal acme (fixed)" in text
    assert "list_dir on portal corp, Team Portal acme, path /Docs" in text
    assert explained("corp", "--subject", "usr_2", "--claim", "acct=ben")[1]["account"] == "ben"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("corp",), "no_account"),
        (("corp", "--subject", "usr_2"), "no_account"),
        (("corp", "--subject", "usr_1", "--client", "usr_1"), "machine_caller"),
        (("corp", "--subject", "m2m_1"), "machine_caller"),
        (("many", "--claim", "acct=ann"), "no_tenant"),
        (("many", "--claim", "acct=ann", "--claim", "team=a.b"), "unusable_claim"),
        (("many", "--claim", "acct=", "--claim", "team=acme"), "unusable_claim"),
    ],
    ids=str,
)
def test_a_caller_without_an_account_is_denied_though_policy_allows(arguments: tuple[str, ...], reason: str) -> None:
    code, found, text = explained(*arguments)
    assert (code, found["allowed"], found["reason"], found["account"]) == (1, False, reason, None)
    assert [entry["policy"] for entry in found["trace"] if entry["matched"]] == ["Everywhere"]
    assert f"Account: none ({reason})" in text
    assert "this decides" not in text


def test_a_policy_that_denies_is_told_before_a_missing_account() -> None:
    Policy.objects.create(name="No Docs", effect="deny", tools=["*"], paths=["/Docs/**"])
    code, found, text = explained("corp", "--subject", "usr_2")
    assert (code, found["reason"], found["policy"]) == (1, "denied_by_policy", "No Docs")
    assert "Account: none (no_account)" in text


def test_another_team_portal_than_the_callers_is_no_question() -> None:
    err = StringIO()
    with pytest.raises(SystemExit, match="2"):
        call_command("explain_access", *ASKED, "many", "--claim", "team=acme", "--tenant", "globex", stderr=err)
    assert "one Team Portal, acme" in err.getvalue()


@pytest.fixture
def olga(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("olga"), "django.contrib.auth.backends.ModelBackend")
    return client


def test_the_page_tells_it_too(olga: Client) -> None:
    asked = {"scopes": "ctera:read", "tool": "ctera_portal_list_dir", "portal": "corp", "paths": "/Docs"}
    page = olga.post("/admin/oauth/policy/why/", {**asked, "claims": "acct=ben"}).content.decode()
    assert "Portal account: ben (claim acct) in Team Portal acme (fixed)" in page
    page = olga.post("/admin/oauth/policy/why/", {**asked, "claims": "acct"}).content.decode()
    assert "name=value" in page


def test_the_api_tells_it_too(olga: Client) -> None:
    asked = {"scopes": "ctera:read", "tool": "list_dir", "portal": "corp", "claims": {"acct": "ben"}}
    answer = olga.post("/api/v1/explain", json.dumps(asked), content_type="application/json")
    assert (answer.json()["allowed"], answer.json()["account"]) == (True, "ben")


def test_a_question_from_an_event_begins_with_claims_that_lead_to_its_account() -> None:
    event = AuditEvent(portal="many", tenant="acme", account="ann", scopes=[], paths=[])
    event.time = User().date_joined
    assert from_event(event)["claims"] == ["acct=ann", "team=acme"]
    event.portal = "own"
    assert from_event(event)["claims"] == []
