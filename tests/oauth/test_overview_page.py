"""The admin's first page: the worst first, each part for those who may see it, in few queries whatever there is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oauth import client_rows, overview_page, worker_reports
from oauth.access import AccessBook
from oauth.clients_seen import Introduction, Listing, Sighting, digest_of
from oauth.keys import KeyStatus
from oauth.models import AuditEvent, Policy, PolicyTest, SeenClient, Suspension
from oauth.policy_tests import save_test
from oauth.principal import Principal
from oauth.selectors import policy_revision
from oauth.snapshots import load_snapshot
from oauth.suspending import suspend
from oauth.worker_reports import Identity
from tests.oauth.conftest import BACKEND
from tests.oauth.test_day import events
from tools.health import Found
from tools.health_rows import record
from tools.models import PortalProfile
from tools.services import save_profile, without_accounts

pytestmark = pytest.mark.django_db
WORKER = Identity("1-aa", "mcp-1", 4711, "0.1.0", datetime.now(UTC))
KEYS = KeyStatus(12.0, 2, 3, 0, "")
ANN = Principal("issuer", "usr_ann", "skc_1", "", frozenset({"ctera:read"}), 2**40)
SECTIONS = {
    "portals-title": {"Viewer", "Policy editor", "Operator"},
    "suspensions-title": {"Viewer", "Policy editor", "Operator"},
    "workers-title": {"Viewer", "Policy editor", "Operator"},
    "scalekit-title": {"Viewer", "Policy editor", "Operator"},
    "tests-title": {"Viewer", "Policy editor", "Operator"},
    "clients-title": {"Viewer", "Policy editor", "Operator"},
    "overview-verdict": {"Viewer", "Policy editor", "Operator"},
    "day-title": {"Auditor", "Operator"},
}


def signed_in(client: Client, group: str) -> Client:
    person = User.objects.create_user("viktor", is_staff=True)
    person.groups.set(Group.objects.filter(name=group))
    client.force_login(person, BACKEND)
    return client


@pytest.fixture
def operator(client: Client) -> Client:
    return signed_in(client, "Operator")


def page(client: Client) -> str:
    answer = client.get("/admin/")
    assert answer.status_code == 200
    return answer.content.decode()


def serves() -> None:
    """One worker reports, and one portal is there."""
    save_profile(PortalProfile(name="hq", host="portal.example.com", username="svc"), password="x")
    worker_reports.tell(WORKER, policy_revision(), 0.1, KEYS)


def given(revision: int, tools: frozenset[str], *, subject: str = "usr_ann", name: str = "Claude") -> None:
    now = datetime.now(UTC).timestamp()
    listing = Listing(now, revision, digest_of(tools), len(tools), ANN)
    client_rows.keep([Sighting("skc_1", subject, now, Introduction(name, "2", "2026-07-28"), listing)])


@pytest.mark.parametrize("role", ["Viewer", "Auditor", "Policy editor", "Operator", ""])
def test_each_group_sees_its_parts_and_no_word_of_the_others(client: Client, role: str) -> None:
    serves()
    html = page(signed_in(client, role))
    assert {part for part in SECTIONS if part in html} == {part for part, roles in SECTIONS.items() if role in roles}
    assert ("Ask whoever keeps the staff accounts" in html) is (role == "")


def test_all_is_well_when_nothing_is_wrong(operator: Client) -> None:
    serves()
    html = page(operator)
    assert "No trouble is known: 1 worker serving, 1 portal not checked" in html
    record(without_accounts(PortalProfile.objects.get()), Found(good=True, duration_ms=9), 60)
    html = page(operator)
    assert "All is well: 1 worker serving, 1 portal good" in html
    assert "mcp-1, pid 4711" in html


def test_what_is_wrong_stands_first_the_worst_before_the_rest_each_with_the_way_to_its_cure(operator: Client) -> None:
    serves()
    stop = suspend(Suspension(level="subject", value="usr_9", reason="laptop lost"), author="otto")
    worker_reports.tell(WORKER, policy_revision(), 0.1, KeyStatus(None, 0, 1, 1, "HTTP status 503"))
    html = page(operator)
    assert "is-well" not in html
    verdict = html[html.index('class="overview-verdict') :]
    verdict = verdict[: verdict.index("</section>")]
    keys, stopped = verdict.index("without signing keys"), verdict.index("laptop lost")
    assert keys < stopped
    assert 'href="/admin/scalekit/"' in verdict
    assert f'href="/admin/oauth/suspension/{stop.pk}/change/"' in verdict
    assert html.index('class="overview-verdict') < html.index("workers-title")


def test_numbers_of_the_day_lead_into_the_audit_with_the_filter_set(operator: Client) -> None:
    serves()
    events(7)
    events(2, outcome="denied", reason="no_policy", hours=2)
    events(1, outcome="error", code="portal_unavailable")
    html = page(operator).replace("&amp;", "&")
    for part in (
        "?outcome=denied&since=",
        "?reason=no_policy&since=",
        "?outcome=error&since=",
        "?tool=ctera_portal_list_dir",
    ):
        assert part in html
    address = html[html.index("/admin/oauth/auditevent/?reason=no_policy") :].partition('"')[0].replace("%3A", ":")
    listed = operator.get(address).content.decode()
    assert listed.count('class="field-at') + listed.count("field-at ") >= 1
    assert "Nothing fits" not in listed


def test_to_look_at_numbers_is_no_reading_of_events(operator: Client) -> None:
    serves()
    events(1)
    page(operator)
    assert not AuditEvent.objects.exclude(kind="call").exists()


@pytest.mark.parametrize("role", ["Operator", "Viewer"])
def test_the_page_asks_fifteen_queries_at_most_and_the_same_however_much_there_is(
    client: Client, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(client, role)
    serves()

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client)
        return len(queries)

    book = AccessBook(load_snapshot())  # a server has it at hand
    monkeypatch.setattr(overview_page, "running_book", lambda: book)
    few = asked()
    for number in range(30):
        worker_reports.tell(Identity(f"{number}", "mcp-2", number, "", datetime.now(UTC)), 1, 60.0, KEYS)
        given(1, frozenset({"x"}), subject=f"usr_{number}")
        suspend(Suspension(level="subject", value=f"usr_{number}", reason="test"), author="otto")
        save_profile(PortalProfile(name=f"p{number}", host="portal.example.com", username="svc"), password="x")
        save_test(PolicyTest(name=f"Test {number}", tool="ctera_portal_list_dir", expected="allow"))
    events(100)
    assert asked() == few <= 15


def test_names_that_clients_give_themselves_are_shown_as_text(operator: Client) -> None:
    serves()
    given(1, frozenset(), name="<script>alert(1)</script>")
    html = page(operator)
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_a_list_is_stale_when_its_holder_would_get_another(operator: Client) -> None:
    serves()
    now_listed = AccessBook(load_snapshot()).listed(ANN, datetime.now(UTC).timestamp())
    given(1, now_listed)
    given(1, now_listed | {"gone"}, subject="usr_bob")
    given(policy_revision(), frozenset(), subject="usr_new")
    SeenClient.objects.filter(subject="usr_ann").update(client="of ann")
    assert page(operator).count(">stale<") == 1
    SeenClient.objects.update(holder=None)  # whose claims were too many to keep
    html = page(operator)
    assert html.count("before the latest policy change") == 2
    assert ">stale<" not in html


def test_a_portal_in_trouble_and_a_failing_policy_test_are_named_with_what_was_found(operator: Client) -> None:
    serves()
    row = PortalProfile.objects.get()
    record(without_accounts(row), Found(good=False, duration_ms=9, code="portal_unavailable", error="No answer."), 60)
    save_test(PolicyTest(name="Readers read", tool="ctera_portal_list_dir", expected="allow", portal="hq"))
    html = page(operator)
    verdict = html[html.index('class="overview-verdict') :]
    verdict = verdict[: verdict.index("</section>")]
    assert "Portal hq is in trouble" in verdict
    assert "No answer." in verdict
    assert f'href="/admin/tools/portalprofile/{row.pk}/change/"' in verdict
    assert "The policy test Readers read fails" in verdict
    assert "2 things wrong" in verdict


def told(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("show_status", *arguments, stdout=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def test_the_command_tells_the_same_and_its_exit_whether_all_is_well() -> None:
    serves()
    given(1, frozenset({"gone"}))
    code, text = told()
    assert code == 0
    assert "No trouble is known" in text
    assert "list: stale" in text
    suspend(Suspension(level="everything", reason="drill"), author="otto")
    code, text = told()
    assert code == 1
    assert "FAIL  Suspended: Everything (drill)." in text
    code, text = told("--json")
    found: dict[str, Any] = json.loads(text)
    assert code == 1
    assert found["wrong"] == [{"state": "failed", "text": "Suspended: Everything (drill)."}]
    assert [each["pid"] for each in found["workers"]] == [4711]
    assert found["clients"][0]["name"] == "Claude"
    assert "ctera:read" not in text  # what the caller's token held is kept to ask by, and shown to nobody


def test_a_policy_that_nobody_may_see_is_not_needed_to_see_calls(client: Client) -> None:
    Policy.objects.all().delete()
    events(3, outcome="denied", reason="no_policy")
    assert "no policy" in page(signed_in(client, "Auditor"))


def test_more_suspensions_than_fit_are_counted(operator: Client) -> None:
    serves()
    for number in range(12):
        suspend(Suspension(level="subject", value=f"usr_{number}", reason="laptop lost"), author="otto")
    card = page(operator).partition('id="suspensions-title"')[2].partition("</section>")[0]
    assert (card.count('<th scope="row">'), "<p>and 2 more</p>" in card) == (10, True)


def test_a_client_s_list_is_told_with_its_time_in_utc(operator: Client) -> None:
    serves()
    given(policy_revision(), frozenset({"a"}))
    listed = SeenClient.objects.get().list_at
    assert f"{listed:%Y-%m-%d %H:%M} UTC" in page(operator)
