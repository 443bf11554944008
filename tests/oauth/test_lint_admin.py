"""In the admin, lint speaks before anything is saved, switched or deleted, and what was confirmed is kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from oauth.models import Policy
from tests.oauth.test_admin import CHANGELIST, NO_HR, READERS, as_posted, errors, olga, page_of, told, viktor

pytestmark = pytest.mark.django_db
__all__ = ["olga", "viktor"]
ADD = "/admin/oauth/policy/add/"
STOP: dict[str, Any] = {**READERS, "name": "Stop", "effect": "deny", "scopes": "", "toolsets": [], "tools": ["*"]}


def asked(answer: Any) -> str:
    return " ".join(errors(answer)["confirms_findings"])


def yes(answer: Any) -> dict[str, str]:
    """What the switch posts that stands under the findings of this page."""
    form = answer.context["adminform"].form
    return {"confirms_findings": form.fields["confirms_findings"].widget.attrs["value"]}


def reason(name: str) -> str | None:
    found: str | None = Policy.objects.get(name=name).history.first().history_change_reason
    return found


def test_a_name_without_a_row_is_asked_about_then_saved_then_told(olga: Client) -> None:
    row = Policy.objects.get(name="Readers")
    wish = {**READERS, "portals": "hq"}
    first = olga.post(page_of(row), wish)
    assert "Portals: no portal is called hq; until one is, it matches nothing by that name. (L030)" in asked(first)
    assert Policy.objects.get(pk=row.pk).portals == ["*"]
    second = olga.post(page_of(row), {**wish, **yes(first)}, follow=True)
    assert "Readers: no portal is called hq" in told(second)
    assert reason("Readers") == "confirmed L030 L008"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"valid_until_0": "2020-01-01", "valid_until_1": "00:00"}, "L001"),
        ({"scopes": "no:row"}, "L002"),
        ({"tools": ["ctera_portal_list_dir"], "portals": "hq"}, "L004"),
        ({"enabled": "", "name": "Administrators"}, "L020"),
    ],
)
def test_what_can_never_match_or_takes_everything_away_waits_for_a_yes(
    olga: Client, wish: dict[str, str], code: str
) -> None:
    Policy.objects.filter(name__in={"Readers", "Everyone signed in"}).update(enabled=False)
    row = Policy.objects.get(name="Administrators")
    posted = {**as_posted(row), **wish}
    first = olga.post(page_of(row), posted)
    assert code in asked(first)
    assert reason("Administrators") != f"confirmed {code}"
    assert olga.post(page_of(row), {**posted, **yes(first)}).status_code == 302
    assert code in str(reason("Administrators"))


def test_a_deny_that_leaves_others_nothing_waits_for_a_yes(olga: Client) -> None:
    stop = {**STOP, "tenants": "*", "subjects": "usr_1"}
    narrow = {"name": "One", "scopes": ["user:read"], "subjects": ["usr_1"], "tools": ["*"]}
    Policy.objects.create(**narrow)
    first = olga.post(ADD, stop)
    assert "stops all that One allows" in asked(first)
    assert not Policy.objects.filter(name="Stop").exists()
    assert olga.post(ADD, {**stop, **yes(first)}).status_code == 302
    assert "L011" in str(reason("Stop"))


def test_an_allow_under_a_deny_of_everything_it_allows_waits_for_a_yes(olga: Client) -> None:
    Policy.objects.create(name="No tenants", effect="deny", toolsets=["read"], tenants=["-"])
    wish = {**READERS, "name": "More readers", "toolsets": [], "tools": ["ctera_portal_list_dir"]}
    first = olga.post(ADD, wish)
    assert "No tenants denies all that this allows" in asked(first)
    assert not Policy.objects.filter(name="More readers").exists()


def test_a_yes_counts_only_for_what_was_shown(olga: Client) -> None:
    row = Policy.objects.get(name="Readers")
    first = olga.post(page_of(row), {**READERS, "portals": "hq"})
    again = olga.post(page_of(row), {**READERS, "portals": "hq", "scopes": "no:row", **yes(first)})
    assert "L002" in asked(again)
    assert "L002" in asked(olga.post(page_of(row), {**READERS, "scopes": "no:row", "confirms_findings": "on"}))


def test_what_was_so_before_is_not_asked_about_again(olga: Client) -> None:
    row = Policy.objects.create(name="Waits", scopes=["user:read"], toolsets=["read"], portals=["hq"])
    answer = olga.post(page_of(row), {**as_posted(row), "description": "for later"})
    assert answer.status_code == 302


def test_hints_are_told_after_the_save(olga: Client) -> None:
    wish = {**READERS, "name": "Twin", "tenants": "-", "subjects": "usr_1"}
    answer = olga.post(ADD, wish, follow=True)
    assert "Twin: Readers allows all of this already" in told(answer)


def test_the_switch_is_there_only_when_something_is_asked(olga: Client) -> None:
    row = Policy.objects.get(name="Readers")
    assert b"confirms_findings" not in olga.get(page_of(row)).content
    html = olga.post(page_of(row), {**READERS, "portals": "hq"}).content.decode()
    assert html.index("Before it is saved") < html.index("id_description")
    assert 'name="confirms_findings"' in html


def test_widening_and_findings_are_asked_about_together(olga: Client) -> None:
    row = Policy.objects.create(**NO_HR)
    wish = {**as_posted(row), "paths": "/HR/**", "portals": "gone"}
    first = olga.post(page_of(row), wish)
    assert "L021" in " ".join(errors(first)["confirms_widening"])
    assert "L030" in asked(first)
    assert olga.post(page_of(row), {**wish, **yes(first)}).status_code == 200
    assert olga.post(page_of(row), {**wish, **yes(first), "confirms_widening": "on"}).status_code == 302
    assert reason("No HR") == "confirmed that it lets more through; confirmed L030"


def test_deleting_a_deny_shows_first_what_it_lets_through(olga: Client) -> None:
    row = Policy.objects.create(**NO_HR)
    one = olga.get(page_of(row, "delete")).content.decode()
    several = olga.post(CHANGELIST, {"action": "delete_selected", "_selected_action": [row.pk]}).content.decode()
    for html in (one, several):
        assert "Before you delete" in html
        assert "everyone: every tool, path /HR/** or /Legal/**. (L021)" in html
    assert Policy.objects.filter(pk=row.pk).exists()
    olga.post(page_of(row, "delete"), {"post": "yes"})
    assert Policy.history.filter(name="No HR").first().history_change_reason == "confirmed that it lets more through"


def test_deleting_or_disabling_the_last_allow_says_that_nobody_is_left(olga: Client) -> None:
    keys = list(Policy.objects.values_list("pk", flat=True))
    for action in ("delete_selected", "disable"):
        html = olga.post(CHANGELIST, {"action": action, "_selected_action": keys}).content.decode()
        assert "nobody can call any tool" in html
    assert Policy.objects.filter(enabled=True).count() == 3
    assert b"Before you" not in olga.get(page_of(Policy.objects.get(name="Readers"), "delete")).content


def test_enabling_asks_about_findings_and_records_the_yes(olga: Client) -> None:
    row = Policy.objects.create(**{**NO_HR, "paths": ["/**"], "subjects": ["u*"]}, enabled=False)
    Policy.objects.create(name="One", scopes=["user:read"], subjects=["usr_1"], tools=["*"])
    wish = {"action": "enable", "_selected_action": [row.pk]}
    assert "stops all that One allows" in olga.post(CHANGELIST, wish).content.decode()
    assert not Policy.objects.get(pk=row.pk).enabled
    olga.post(CHANGELIST, {**wish, "confirmed": "yes"})
    assert reason("No HR") == "confirmed L011"


def test_who_may_only_look_is_shown_no_switch(viktor: Client) -> None:
    assert b"confirms_findings" not in viktor.get(page_of(Policy.objects.get(name="Readers"))).content
