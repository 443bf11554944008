"""`docs/admin-guide.md`, followed to the letter: a folder closed for all but two people, and a client suspended."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.protocol.from_outside import wait_for_workers
from tests.protocol.wire import JSON, Wire
from tests.simulators.stack import ROOT, RunningStack
from tests.site.browser import shoot, words

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
GUIDE = (ROOT / Path("docs/admin-guide.md")).read_text()
WORK = {"path": "/Users/Bob Acme/My Files", "portal": "hq", "tenant": "acme"}
HR = {**WORK, "path": "/Users/Bob Acme/My Files/HR"}


def table() -> dict[str, str]:
    """Field to what the guide says to enter, of the fields that it does not leave alone."""
    rows = re.findall(r"^   \| \*\*([^*|]+)\*\* \| ([^|]+) \|", GUIDE, re.MULTILINE)
    return {field: told for field, told in rows if not told.startswith("leave")}


def quoted(told: str) -> list[str]:
    """What stands between backquotes."""
    return re.findall(r"`([^`]+)`", told)


def subject_from_the_audit(page: Page, served: RunningStack, subject: str) -> str:
    """Step 1: copied by its button."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=served.base)
    page.click("#nav-sidebar-apps >> text=Audit events")
    page.click(f"button[data-copy='{subject}'] >> nth=0")
    page.wait_for_selector("button:has-text('Copied')")
    return str(page.evaluate("navigator.clipboard.readText()"))


def close_hr(page: Page, served: RunningStack, spared: list[str]) -> None:
    """Step 2: each field by the name that the guide gives it."""
    asked = table()
    page.click("#nav-sidebar-apps >> text=Policies")
    page.click("a[href$='/policy/add/'] >> nth=0")
    for field in ("Name", "Description"):
        page.get_by_role("textbox", name=field).fill(quoted(asked[field])[0])
    assert asked["Effect"] == "*Deny*"
    page.get_by_label("Effect").select_option(label="Deny")
    assert page.get_by_label("Enabled").is_checked()
    assert quoted(asked["Except subjects"]) == spared
    page.get_by_label("Except subjects").fill("\n".join(spared))
    assert "every tool, present and future" in asked["Tools"]
    page.get_by_label("every tool, present and future").check()
    for field in ("Portals", "Team Portals", "Paths"):
        page.get_by_label(field, exact=True).fill(quoted(asked[field])[0])
    shoot(page, "close-hr")
    page.click("button[name=_save] >> nth=0")
    page.wait_for_url("**/admin/oauth/policy/")


def names(listing: JSON) -> list[str]:
    return [entry["name"] for entry in listing["entries"]]


def test_hr_is_closed_for_everyone_but_two_people(page: Page, served: RunningStack) -> None:
    bob, carla, dora = (served.token("bob", sub=f"usr_{name}") for name in ("bob", "carla", "dora"))
    page.goto(f"{served.base}/admin/")
    with Wire(served, "2026-07-28") as wire:
        for caller in (bob, carla, dora):
            assert names(wire.good("list_dir", caller, **HR)) == ["Reviews", "salaries.txt"]
        spared = [subject_from_the_audit(page, served, name) for name in ("usr_bob", "usr_carla")]
        close_hr(page, served, spared)
        row = words(page, "#result_list tr:has-text('HR is closed')")
        for column in ("everyone, except usr_bob and usr_carla", "portal hq, Team Portal acme, path"):
            assert column in row
            assert column in " ".join(GUIDE.split())
        wait_for_workers(served, 2)
        assert wire.bad("list_dir", dora, **HR)["code"] == "policy_denied"
        assert "HR" not in names(wire.good("list_dir", dora, **WORK))
        assert (
            wire.bad("list_dir", dora, **{**HR, "path": "/users/bob acme/my files/hr/Reviews"})["code"]
            == "policy_denied"
        )
        for caller in (bob, carla):
            assert names(wire.good("list_dir", caller, **HR)) == ["Reviews", "salaries.txt"]
            assert "HR" in names(wire.good("list_dir", caller, **WORK))


def test_a_smaller_deny_is_asked_about(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/")
    close_hr(page, served, ["usr_bob", "usr_carla"])
    page.click("#result_list a:has-text('HR is closed')")
    page.get_by_label("Except subjects").fill("usr_bob\nusr_carla\nusr_dora")
    page.click("button[name=_save] >> nth=0")
    page.wait_for_selector("text=Switch this on to confirm")
    page.get_by_label("Let more through").check()
    page.click("button[name=_save] >> nth=0")
    page.wait_for_url("**/admin/oauth/policy/")
    assert "usr_dora" in words(page, "#result_list")


def test_a_client_is_suspended_and_resumed(page: Page, served: RunningStack) -> None:
    bob = served.token("bob", client_id="m2m_loop")
    other = served.token("bob", client_id="m2m_quiet")
    assert "**Level** *One client (client_id)*" in " ".join(GUIDE.split())
    page.goto(f"{served.base}/admin/")
    with Wire(served, "2026-07-28") as wire:
        wire.good("list_portals", bob)
        page.click("#nav-sidebar-apps >> text=Suspensions")
        page.click("a[href$='/suspension/add/'] >> nth=0")
        page.get_by_label("Level").select_option(label="One client (client_id)")
        page.get_by_label("Value").fill("m2m_loop")
        page.get_by_label("Reason").fill("asks in a loop, ticket 4711")
        page.click("button[name=_save] >> nth=0")
        page.wait_for_url("**/admin/oauth/suspension/")
        shoot(page, "suspended")
        wait_for_workers(served, 2)
        assert wire.bad("list_portals", bob)["code"] == "suspended"
        wire.good("list_portals", other)
        page.check("#result_list tr:has-text('m2m_loop') input[name=_selected_action]")
        page.select_option("select[name=action]", label="Resume")
        page.click("button[name=index]")
        page.click("#content form button[type=submit]")
        page.wait_for_selector("text=Resumed: client m2m_loop")
        wait_for_workers(served, 2)
        wire.good("list_portals", bob)
