"""What happened and what was changed, read in a real browser; ids are copied by button, and by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack
from tests.site.browser import open_policy, save, shoot, words

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def edit(page: Page, served: RunningStack, **fields: str) -> None:
    open_policy(page, served, "Readers")
    for name, value in fields.items():
        page.fill(f"[name={name}]", value)
    save(page)


def test_the_audit_shows_who_called_what(page: Page, served: RunningStack) -> None:
    with Wire(served, "2026-07-28") as wire:
        wire.good("who_am_i", served.token("bob"))
        wire.call("list_dir", served.token("mallory"), path="/HR")
        wire.bad("list_dir", served.token("alice"), path="/", tenant="acme")
        wire.good("list_portals", served.token("alice"))
    page.goto(f"{served.base}/admin/oauth/auditevent/")
    shoot(page, "audit", whole=False)
    assert "usr_alice" in words(page, "#result_list")


def test_one_event_tells_its_decision_its_seal_and_leads_to_its_neighbours(page: Page, served: RunningStack) -> None:
    with Wire(served, "2026-07-28") as wire:
        for path in ("/HR", "/"):
            decision = wire.bad("list_dir", served.token("alice"), path=path, tenant="acme")["decision"]
    page.goto(f"{served.base}/admin/oauth/auditevent/?q={decision}")
    page.click("#result_list tbody th a >> nth=0")
    page.wait_for_selector("text=it is as it was sealed")
    shoot(page, "audit-event")
    assert decision in words(page)
    before = page.url
    page.click("a.underline[href*='/auditevent/'] >> nth=0")
    page.wait_for_url(lambda address: address != before)
    page.wait_for_selector("text=it is as it was sealed")
    assert decision not in words(page)


def test_the_list_is_filtered_by_what_one_types_and_chooses(page: Page, served: RunningStack) -> None:
    with Wire(served, "2026-07-28") as wire:
        wire.good("who_am_i", served.token("bob"))
        wire.bad("list_dir", served.token("alice"), path="/", tenant="acme")
    page.goto(f"{served.base}/admin/oauth/auditevent/")
    page.click("button[aria-controls=changelist-filter]")
    page.fill("input[name=subject]", "usr_alice")
    page.select_option("select[name=outcome]", "denied")
    page.keyboard.press("Tab")
    page.locator("#changelist-filter button[type=submit], #changelist-filter [type=submit]").first.click()
    page.wait_for_url("**outcome=denied*")
    shown = words(page, "#result_list")
    assert "usr_alice" in shown
    assert "usr_bob" not in shown


def test_a_decision_id_is_copied_by_the_keyboard_and_finds_its_event(page: Page, served: RunningStack) -> None:
    with Wire(served, "2026-07-28") as wire:
        decision = wire.bad("list_dir", served.token("alice"), path="/", tenant="acme")["decision"]
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=served.base)
    page.goto(f"{served.base}/admin/oauth/auditevent/")
    page.focus(f"button[data-copy='{decision}']")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"button[data-copy='{decision}']:has-text('Copied')")
    assert page.text_content("#governor-told") == f"Copied {decision}"
    assert page.evaluate("navigator.clipboard.readText()") == decision
    page.fill("input[name=q]", page.evaluate("navigator.clipboard.readText()"))
    page.keyboard.press("Enter")
    page.wait_for_url("**q=D-*")
    assert page.locator("#result_list tbody tr.data-row").count() == 1


def test_the_history_of_a_policy_tells_who_changed_which_entries(page: Page, served: RunningStack) -> None:
    edit(page, served, tenants="acme", description="Acme only")
    open_policy(page, served, "Readers")
    page.goto(page.url.split("?")[0].replace("/change/", "/history/"))
    shoot(page, "history", whole=False)
    newest = words(page, "#change-history article >> nth=0")
    assert "by olga" in newest
    assert "Description Who has ctera:read may look at files, in global administration only. Acme only" in newest
    assert "Team Portals removed - added acme" in newest


def test_a_former_state_is_brought_back_from_the_history(page: Page, served: RunningStack) -> None:
    edit(page, served, tenants="acme")
    open_policy(page, served, "Readers")
    page.goto(page.url.split("?")[0].replace("/change/", "/history/"))
    page.click("#change-history article >> nth=1 >> text=look, or bring it back")
    page.wait_for_selector("text=Bringing this state back changes:")
    shoot(page, "bring-back")
    page.click("button:has-text('Bring this back')")
    page.wait_for_selector("input[name=name]")
    assert page.input_value("textarea[name=tenants]") == "-"


def test_a_deleted_policy_is_found_in_recent_changes_with_what_it_was(page: Page, served: RunningStack) -> None:
    open_policy(page, served, "Everyone signed in")
    page.goto(page.url.split("?")[0].replace("/change/", "/delete/"))
    page.click("#content form [type=submit]")
    page.wait_for_url("**/admin/oauth/policy/")
    page.click("#nav-sidebar-apps >> text=Recent changes")
    page.fill("input[name=name]", "signed in")
    page.select_option("select[name=action]", "-")
    page.focus("input[name=author]")
    page.keyboard.press("Enter")
    page.wait_for_url("**action=-*")
    page.click("#recent-changes summary >> nth=0")
    shoot(page, "recent-changes", whole=False)
    first = words(page, "#recent-changes article >> nth=0")
    assert "Policy Everyone signed in deleted" in first
    assert "by olga" in first
    assert "user:read" in first
