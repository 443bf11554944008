"""Policy tests in the admin: made from *Why?* in a click, told by the rows as they are, and asked about at a save."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from oauth.models import Policy, PolicyTest, Suspension
from oauth.policy_tests import save_test
from oauth.suspending import suspend
from tests.oauth.conftest import staff
from tests.oauth.test_admin import READERS, as_posted, olga, page_of, told, viktor
from tests.oauth.test_lint_admin import asked, reason, yes
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db
__all__ = ["olga", "viktor"]
LIST = "/admin/oauth/policytest/"
WHY = "/admin/oauth/policy/why/"
QUESTION = {
    "scopes": "ctera:read", "subject": "usr_1", "tool": "ctera_portal_list_dir", "portal": "hq", "tenant": "-",
    "paths": "/HR/Pay", "at": "2026-11-24T10:00",
}  # fmt: skip


@pytest.fixture(autouse=True)
def world() -> None:
    Policy.objects.all().delete()
    PortalProfile.objects.create(name="hq", host="portal.example.com", username="svc", default=True)
    Policy.objects.create(name="Readers", scopes=["ctera:read"], toolsets=["read"])
    Policy.objects.create(name="HR is closed", effect="deny", tools=["*"], paths=["/HR/**"])


def hr(**values: Any) -> PolicyTest:
    given = {
        "name": "HR stays closed", "scopes": ["ctera:read"], "tool": "list_dir", "portal": "hq", "tenant": "-",
        "paths": ["/HR/Pay"], "expected": "deny", **values,
    }  # fmt: skip
    return save_test(PolicyTest(**given))


def posted(client: Client, address: str) -> dict[str, str]:
    """What a browser would send of the form at an address, untouched."""
    form = client.get(address).context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    at = values.pop("at")
    if at:
        values |= {"at_0": f"{at:%Y-%m-%d}", "at_1": f"{at:%H:%M:%S}"}
    return {name: "on" if value is True else value for name, value in values.items() if value not in (None, "", False)}


def link(page: str) -> str:
    [found] = re.findall(rf'href="({LIST}add/\?[^"]+)"', page)
    return html.unescape(found)


def test_an_answer_of_why_becomes_a_test_that_expects_it(olga: Client) -> None:
    address = link(olga.post(WHY, QUESTION).content.decode())
    values = posted(olga, address)
    answer = olga.post(f"{LIST}add/", {**values, "name": "HR stays closed"})
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    row = PolicyTest.objects.get()
    assert (row.scopes, row.subject, row.tool, row.paths) == (["ctera:read"], "usr_1", QUESTION["tool"], ["/HR/Pay"])
    assert (row.portal, row.tenant, row.expected, row.policy) == ("hq", "-", "deny", "HR is closed")
    assert f"{row.at:%Y-%m-%dT%H:%M}" == QUESTION["at"]
    history: Any = row
    assert history.history.get().history_user.username == "olga"


def test_why_asks_the_same_as_a_test(olga: Client) -> None:
    row = hr(subject="usr_1")
    assert f"{WHY}?test={row.pk}" in olga.get(f"{LIST}{row.pk}/change/").content.decode()
    form = olga.get(f"{WHY}?test={row.pk}").context["form"]
    assert (form.initial["subject"], form.initial["paths"], form.initial["at"]) == ("usr_1", ["/HR/Pay"], "")


def test_who_may_not_add_tests_gets_no_link_and_no_content(client: Client) -> None:
    row = hr(subject="usr_secret")
    staff(client, "view_policy")
    answer = client.post(WHY, QUESTION)
    assert (answer.status_code, f"{LIST}add/" in answer.content.decode()) == (200, False)
    answer = client.get(f"{WHY}?test={row.pk}")
    assert (answer.status_code, "usr_secret" in answer.content.decode()) == (200, False)


def test_the_list_tells_what_comes_of_each_by_the_rows_as_they_are(olga: Client) -> None:
    hr()
    hr(name="Docs are open", paths=["/Docs"], expected="allow")
    page = olga.get(LIST).content.decode()
    assert page.count("passes") == 2
    assert "denied by HR is closed" in page
    Policy.objects.filter(name="HR is closed").update(enabled=False)
    page = olga.get(LIST).content.decode()
    assert (page.count("passes"), "allowed by Readers, but should be denied" in page) == (1, True)


def test_the_list_reads_policies_once_however_many_tests(olga: Client) -> None:
    for number in range(40):
        hr(name=f"t{number}")
    with CaptureQueriesContext(
        connection,
    ) as few:
        olga.get(LIST)
    assert len(few) <= 15


def test_the_form_says_what_comes_of_it(olga: Client) -> None:
    row = hr()
    assert "Passes now: denied by HR is closed." in olga.get(f"{LIST}{row.pk}/change/").content.decode()
    Policy.objects.filter(name="HR is closed").update(enabled=False)
    assert (
        "Fails now: allowed by Readers, but should be denied." in olga.get(f"{LIST}{row.pk}/change/").content.decode()
    )


def test_a_test_that_fails_as_it_is_saved_is_saved_and_told(olga: Client) -> None:
    row = hr()
    values = posted(olga, f"{LIST}{row.pk}/change/") | {"expected": "allow"}
    page = olga.post(f"{LIST}{row.pk}/change/", values, follow=True)
    assert "HR stays closed fails now: denied by HR is closed, but should be allowed." in told(page)
    assert PolicyTest.objects.get().expected == "allow"


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"policy": "HR is close"}, "policy", "Did you mean HR is closed?"),
        ({"portal": "gone"}, "portal", "not one of the available choices"),
        ({"paths": "/a\n/b"}, "paths", "takes one path"),
        ({"claims": "alice"}, "claims", "name=value"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(
    olga: Client, values: dict[str, str], field: str, words: str
) -> None:
    row = hr()
    answer = olga.post(f"{LIST}{row.pk}/change/", posted(olga, f"{LIST}{row.pk}/change/") | values)
    assert words in " ".join(answer.context["adminform"].form.errors[field])


def test_a_portal_that_is_gone_stays_to_be_seen(olga: Client) -> None:
    row = hr()
    PolicyTest.objects.update(portal="gone")
    page = olga.get(f"{LIST}{row.pk}/change/").content.decode()
    assert "gone: not there" in page
    assert "cannot be asked: portal: There is no portal gone" in html.unescape(page)


def test_a_former_state_is_brought_back_with_its_reason(olga: Client) -> None:
    row = hr()
    record = PolicyTest.history.first().history_id
    save_test(PolicyTest.objects.get()).note = "x"
    PolicyTest.objects.update(expected="allow")
    olga.post(f"{LIST}{row.pk}/history/{record}/")
    assert PolicyTest.objects.get().expected == "deny"


def test_a_policy_that_would_break_a_test_is_asked_about_before_it_is_saved(olga: Client) -> None:
    hr()
    row = Policy.objects.get(name="HR is closed")
    wish = as_posted(row) | {"name": "HR is closed", "paths": "/Other/**", "confirms_widening": "on"}
    first = olga.post(page_of(row), wish)
    words = "test HR stays closed passes now and would fail: allowed by Readers, but should be denied. (L050)"
    assert words in asked(first)
    assert Policy.objects.get(pk=row.pk).paths == ["/HR/**"]
    second = olga.post(page_of(row), wish | yes(first), follow=True)
    assert words in told(second)
    assert "confirmed L050" in str(reason("HR is closed"))


def test_a_test_that_failed_before_is_not_asked_about(olga: Client) -> None:
    hr(expected="allow")
    row = Policy.objects.get(name="Readers")
    answer = olga.post(page_of(row), as_posted(row) | {"description": "x"})
    assert answer.status_code == 302, READERS


def test_a_new_policy_that_breaks_one_is_asked_about(olga: Client) -> None:
    hr(name="Docs are open", paths=["/Docs"], expected="allow")
    wish = READERS | {
        "name": "Stop",
        "effect": "deny",
        "scopes": "",
        "toolsets": [],
        "tools": ["*"],
        "paths": "/Docs/**",
    }
    assert "test Docs are open passes now and would fail: denied by Stop, but should be allowed." in asked(
        olga.post("/admin/oauth/policy/add/", wish)
    )


@pytest.mark.parametrize("action", ["disable", "delete_selected"])
def test_switching_off_and_deleting_ask_too(olga: Client, action: str) -> None:
    hr()
    row = Policy.objects.get(name="HR is closed")
    page = olga.post("/admin/oauth/policy/", {"action": action, "_selected_action": [row.pk]}).content.decode()
    assert "test HR stays closed passes now and would fail" in html.unescape(page)
    assert Policy.objects.get(pk=row.pk).enabled


def test_many_broken_tests_are_counted(olga: Client) -> None:
    for number in range(9):
        hr(name=f"t{number}")
    row = Policy.objects.get(name="HR is closed")
    said = asked(olga.post(page_of(row), as_posted(row) | {"paths": "/Other/**", "confirms_widening": "on"}))
    assert (said.count("L050"), "4 more tests pass now and would fail." in said) == (6, True)


def test_what_a_suspension_decided_is_no_test(olga: Client) -> None:
    suspend(Suspension(level="everything", reason="drill"), author="otto")
    assert f"{LIST}add/?" not in olga.post(WHY, QUESTION).content.decode()
