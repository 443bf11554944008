"""*Check Scalekit* shows each finding with its remedy, and takes a pasted token apart without keeping it."""

from __future__ import annotations

import logging
import time
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session
from django.test import Client

from oauth import scalekit_page
from oauth.diagnosis import Finding, State
from oauth.models import AuditEvent
from tests.oauth.conftest import BACKEND, staff
from tests.simulators.scalekit.fixture import RunningScalekit

pytestmark = pytest.mark.django_db
PAGE = "/admin/scalekit/"
FINDINGS = [
    Finding("PKCE", State.OK, "S256", seconds=None),
    Finding("metadata", State.FAILED, "HTTP 404 from <there>", "Correct SCALEKIT_RESOURCE_ID.", 0.25),
    Finding("clock", State.SKIPPED, "no Date header", "Nothing to do."),
]


def states(answer: Any) -> dict[str, str]:
    return {row.finding.check: row.finding.state for row in answer.context["report"].rows}


def examine(client: Client, token: str) -> Any:
    return client.post(PAGE, {"what": "token", "token": token})


def test_to_open_the_page_asks_nobody(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scalekit_page, "diagnose", lambda: pytest.fail("asked"))
    answer = viewer.get(PAGE)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert "report" not in answer.context


def test_each_finding_has_a_badge_and_its_time_and_each_failure_one_remedy(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scalekit_page, "diagnose", lambda: FINDINGS)
    answer = viewer.post(PAGE, {"what": "environment"})
    html = answer.content.decode()
    assert "Something is wrong" in html
    assert "1 good, 1 failed, 1 not told" in html
    assert "HTTP 404 from &lt;there&gt;" in html
    assert html.count("Correct SCALEKIT_RESOURCE_ID.") == 1
    assert "0.250 s" in html
    assert "no-store" in answer["Cache-Control"]


def test_what_the_page_shows_is_what_the_command_finds(viewer: Client, scalekit: RunningScalekit) -> None:
    found = states(viewer.post(PAGE, {"what": "environment"}))
    assert found["PKCE"] == found["signing keys"] == found["clock"] == "ok"
    assert found["challenge"] == "failed"  # nobody listens at PUBLIC_URL here
    assert len(found) >= 15
    timed = [each for each in viewer.post(PAGE, {"what": "environment"}).context["report"].rows if each.finding.seconds]
    assert {row.finding.check for row in timed} >= {
        "metadata, inserted form",
        "metadata, appended form",
        "signing keys",
    }


def test_a_second_check_at_the_same_time_is_refused_with_words(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def meanwhile() -> list[Finding]:
        assert "under way already" in viewer.post(PAGE, {"what": "environment"}).content.decode()
        return FINDINGS

    monkeypatch.setattr(scalekit_page, "diagnose", meanwhile)
    assert "report" in viewer.post(PAGE, {"what": "environment"}).context
    monkeypatch.setattr(scalekit_page, "diagnose", lambda: FINDINGS)
    assert "report" in viewer.post(PAGE, {"what": "environment"}).context


def test_a_check_that_fails_to_run_does_not_bar_the_next(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[Finding]:
        raise RuntimeError("not this time")

    monkeypatch.setattr(scalekit_page, "diagnose", broken)
    with pytest.raises(RuntimeError):
        viewer.post(PAGE, {"what": "environment"})
    monkeypatch.setattr(scalekit_page, "diagnose", lambda: FINDINGS)
    assert "report" in viewer.post(PAGE, {"what": "environment"}).context


def test_a_good_token_is_ticked_throughout_and_leaves_no_trace(
    viewer: Client, scalekit: RunningScalekit, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = scalekit.mint("alice")
    answer = examine(viewer, f"Bearer {token}")
    html = answer.content.decode()
    assert "The door accepts this token" in html
    assert set(states(answer).values()) == {"ok"}
    assert "<dt>sub</dt><dd>usr_alice</dd>" in html
    assert "no-store" in answer["Cache-Control"]
    for part in token.split("."):
        assert part not in html
        assert part not in caplog.text
        assert not any(part in str(row.get_decoded()) for row in Session.objects.all())
    assert not AuditEvent.objects.exists()
    assert answer.wsgi_request.sensitive_post_parameters == ("token",)


BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "expired": ({"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}, "expiry", "get a new one"),
    "for another server": ({"aud": ["res_9"]}, "audience", "is for another server"),
    "of another environment": ({"iss": "https://other.example"}, "issuer", "Must be exactly"),
    "an id token": ({"at_hash": "x"}, "kind", "must send the access token"),
}


@pytest.mark.parametrize(("claims", "check", "reason"), BAD.values(), ids=BAD.keys())
def test_a_bad_token_is_crossed_where_it_is_bad_and_ticked_elsewhere(
    viewer: Client, scalekit: RunningScalekit, claims: dict[str, Any], check: str, reason: str
) -> None:
    token = scalekit.mint("alice", **claims)
    answer = examine(viewer, token)
    assert "The door refuses this token" in answer.content.decode()
    assert {name for name, state in states(answer).items() if state == "failed"} == {check, "the door"}
    assert states(answer)["signature"] == "ok"
    assert reason in answer.content.decode()
    assert token.split(".")[1] not in answer.content.decode()


def test_claims_are_shown_of_no_token_whose_signature_is_bad(viewer: Client, scalekit: RunningScalekit) -> None:
    token = scalekit.mint("alice")
    answer = examine(viewer, token[:-6] + "AAAAAA")
    assert states(answer)["signature"] == "failed"
    assert "usr_alice" not in answer.content.decode()


@pytest.mark.parametrize("typed", ["", "   ", "x" * 100_000], ids=["nothing", "spaces", "far too much"])
def test_what_cannot_be_a_token_is_told_at_the_field_and_not_echoed(viewer: Client, typed: str) -> None:
    answer = examine(viewer, typed)
    assert answer.context["form"].errors["token"]
    assert "report" not in answer.context
    assert "x" * 50 not in answer.content.decode()


def test_a_token_in_the_address_is_not_read(viewer: Client) -> None:
    html = viewer.get(PAGE, {"what": "token", "token": "abc.def.ghi"}).content.decode()
    assert "abc.def.ghi" not in html
    assert "The door" not in html
    assert '<input type="password" name="token"' in html


def test_a_post_without_the_csrf_token_is_refused() -> None:
    checking = Client(enforce_csrf_checks=True)
    checking.force_login(User.objects.create_superuser("olga"), BACKEND)
    assert examine(checking, "x").status_code == 403


@pytest.mark.parametrize(
    ("group", "is_open"),
    [("Viewer", True), ("Policy editor", True), ("Operator", True), ("Auditor", False), ("none", False)],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_check_scalekit_is_open_to_who_may_see_policies(client: Client, group: str, is_open: bool, method: str) -> None:
    member = User.objects.create_user("stella", is_staff=True)
    member.groups.set(Group.objects.filter(name=group))
    client.force_login(member, BACKEND)
    assert getattr(client, method)(PAGE, {"what": "token"}).status_code == (200 if is_open else 403)
    assert (f'href="{PAGE}"' in client.get("/admin/").content.decode()) is is_open


def test_strangers_are_sent_to_sign_in(client: Client) -> None:
    assert client.post(PAGE, {"what": "environment"}).headers["location"].startswith("/admin/login/")


def test_who_may_only_see_scopes_may_not_ask(client: Client) -> None:
    assert staff(client, "view_scope").post(PAGE).status_code == 403
