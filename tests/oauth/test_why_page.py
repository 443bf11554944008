"""*Why?* explains a call to staff who may see policies; a pasted token is used and never kept or shown."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from oauth.models import AuditEvent, Policy
from tests.oauth.conftest import BACKEND, staff
from tests.simulators.scalekit.fixture import RunningScalekit
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db
WHY = "/admin/oauth/policy/why/"
ASKED = {"scopes": "ctera:read", "tool": "ctera_portal_list_dir", "portal": "hq", "tenant": "-", "paths": "/HR/Pay"}


@pytest.fixture(autouse=True)
def private() -> Policy:
    """A portal, and a folder that a deny closes."""
    PortalProfile.objects.create(name="hq", host="portal.example.com", username="svc", default=True)
    return Policy.objects.create(
        name="HR is <private>", effect="deny", tools=["*"], paths=["/HR/**"], except_subjects=["usr_olga"]
    )


def event() -> AuditEvent:
    found = AuditEvent(
        time=datetime(2026, 11, 24, 9, 30, 5, tzinfo=UTC), kind="call", request="R-1", decision="D-1", revision=1,
        issuer="https://acme.scalekit.test", subject="usr_alice", client="m2m_1", organization="org_acme",
        scopes=["ctera:read", "user:read"], tool="ctera_portal_list_dir", portal="hq", tenant="acme",
        paths=["/HR/Pay, 2026"], argument_digest="0" * 64, outcome="denied", duration_ms=1.5,
    )  # fmt: skip
    AuditEvent.objects.bulk_create([found])
    row = AuditEvent.objects.first()
    assert row is not None
    return row


def ask(client: Client, **change: str) -> Any:
    return client.post(WHY, {**ASKED, **change})


def test_the_answer_names_the_deciding_policy_and_links_it(viewer: Client, private: Policy) -> None:
    answer = ask(viewer)
    html = answer.content.decode()
    assert "Denied" in html
    assert f'href="/admin/oauth/policy/{private.pk}/change/">HR is &lt;private&gt;</a>' in html
    assert "HR is <private>" not in html
    rungs = answer.context["result"].answer.rungs
    assert (rungs[0].policy, rungs[0].decides) == ("HR is <private>", True)
    assert "Needs ctera:admin; the token grants ctera:read." in html


def test_what_is_allowed_is_said_with_its_policy(viewer: Client) -> None:
    answer = ask(viewer, subject="usr_olga")
    assert answer.context["result"].answer.is_allowed
    html = answer.content.decode()
    assert "Policy &#x27;Readers&#x27; allows it." in html
    assert "Spares subject usr_olga by name." in html


@pytest.mark.parametrize(
    ("change", "field", "remedy"),
    [
        ({"scopes": ""}, "scopes", "or paste the token"),
        ({"at": "tomorrow"}, "at", "Write the time as"),
        ({"paths": "/a/../b"}, "paths", "before any policy is asked"),
        ({"paths": "/a\n/b"}, "paths", "one path for each"),
        ({"portal": "nowhere"}, "portal", "There is no portal nowhere"),
    ],
    ids=str,
)
def test_what_cannot_be_a_call_is_refused_at_its_field(
    viewer: Client, change: dict[str, str], field: str, remedy: str
) -> None:
    answer = ask(viewer, **change)
    assert remedy in " ".join(answer.context["form"].errors[field])
    assert answer.context["result"] is None


def test_an_unknown_tool_is_answered_with_near_names(viewer: Client) -> None:
    html = ask(viewer, tool="ctera_portal_list_dirs").content.decode()
    assert "Did you mean ctera_portal_list_dir" in html


def test_a_pasted_token_is_used_and_leaves_no_trace(
    viewer: Client, scalekit: RunningScalekit, caplog: pytest.LogCaptureFixture
) -> None:
    token = scalekit.mint("alice")
    answer = ask(viewer, token=f"Bearer {token}", scopes="", subject="usr_olga")
    html = answer.content.decode()
    for shown in ("usr_alice", "m2m_1", "org_acme", "ctera:read user:read"):
        assert f"<dd>{shown}</dd>" in html
    assert answer.context["result"].answer.explanation.decision.policy == "HR is <private>"
    for part in token.split("."):
        assert part not in html
        assert part not in caplog.text
        assert not any(part in str(row.get_decoded()) for row in Session.objects.all())


def test_a_token_that_does_not_verify_explains_nothing_and_is_not_echoed(
    viewer: Client, scalekit: RunningScalekit
) -> None:
    token = scalekit.mint("alice", aud=["res_2002"])
    answer = ask(viewer, token=token)
    assert "audience lacks" in " ".join(answer.context["form"].errors["token"])
    assert answer.context["result"] is None
    assert token.split(".")[1] not in answer.content.decode()


def test_the_token_is_taken_by_post_only_and_hidden_from_reports(viewer: Client) -> None:
    html = viewer.get(WHY, {"token": "abc.def.ghi", "scopes": "ctera:read"}).content.decode()
    assert "abc.def.ghi" not in html
    assert '<input type="password" name="token"' in html
    assert 'autocomplete="off"' in html
    asked: Any = ask(viewer).wsgi_request
    assert asked.sensitive_post_parameters == ("token",)


def test_a_post_without_the_csrf_token_is_refused() -> None:
    checking = Client(enforce_csrf_checks=True)
    checking.force_login(User.objects.create_superuser("olga"), BACKEND)
    assert ask(checking).status_code == 403


@pytest.mark.parametrize("method", ["get", "post"])
def test_staff_who_may_not_see_policies_may_not_ask(client: Client, method: str) -> None:
    without = staff(client, "view_scope", "view_auditevent")
    assert getattr(without, method)(WHY, ASKED).status_code == 403


def test_who_is_not_signed_in_is_sent_to_sign_in(client: Client) -> None:
    assert client.get(WHY).headers["location"].startswith("/admin/login/")


def test_from_a_policy_the_form_begins_with_a_call_of_its_kind(viewer: Client, private: Policy) -> None:
    html = viewer.get(f"/admin/oauth/policy/{private.pk}/change/").content.decode()
    assert f"{WHY}?policy={private.pk}" in html
    initial = viewer.get(WHY, {"policy": private.pk}).context["form"].initial
    assert initial["paths"] == ["/HR"]
    assert initial["tool"].startswith("ctera_portal_")


def test_from_an_audit_event_the_form_begins_with_what_it_recorded(client: Client) -> None:
    both, row = staff(client, "view_policy", "view_auditevent"), event()
    html = both.get(f"/admin/oauth/auditevent/{row.pk}/change/").content.decode()
    assert f"{WHY}?event={row.pk}" in html
    form = both.get(WHY, {"event": row.pk}).context["form"]
    typed = {name: form[name].value() for name in form.fields if name != "token"}
    assert typed["paths"] == "/HR/Pay, 2026"
    assert (typed["scopes"], typed["at"]) == ("ctera:read user:read", "2026-11-24T09:30:05")
    assert (typed["subject"], typed["portal"], typed["tenant"]) == ("usr_alice", "hq", "acme")


def test_an_audit_event_prefills_nothing_for_who_may_not_see_events(viewer: Client) -> None:
    assert viewer.get(WHY, {"event": event().pk}).status_code == 403


def test_the_side_bar_leads_to_both_pages_for_those_who_may_see_them(client: Client) -> None:
    html = staff(client, "view_policy").get("/admin/").content.decode()
    assert f'href="{WHY}"' in html
    assert 'href="/admin/oauth/policy/effective-access/"' in html


def test_the_side_bar_hides_them_from_others(client: Client) -> None:
    html = staff(client, "view_scope").get("/admin/").content.decode()
    assert WHY not in html
    assert 'href="/admin/oauth/scope/"' in html
