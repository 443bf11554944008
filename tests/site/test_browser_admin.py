"""An operator at a real browser: what is saved in the admin changes what the next request may do."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.protocol.from_outside import wait_for_workers
from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack
from tests.site.browser import open_policy, save, shoot, words

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_the_policies_read_aloud_in_the_list(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/oauth/policy/")
    shoot(page, "policies")
    row = words(page, "#result_list tr:has-text('Readers')")
    assert "ctera:read" in row
    assert "all read" in row


def test_an_edit_in_the_admin_is_felt_by_the_next_request(page: Page, served: RunningStack) -> None:
    alice = served.token("alice")
    with Wire(served, "2026-07-28") as wire:
        assert wire.bad("list_dir", alice, path="/", tenant="acme")["code"] == "policy_denied"
        open_policy(page, served, "Readers")
        shoot(page, "policy")
        page.fill("textarea[name=tenants]", "-\nacme")
        save(page)
        wait_for_workers(served, 2)
        assert wire.good("list_dir", alice, path="/", tenant="acme")["tenant"] == "acme"


def test_a_policy_that_cannot_be_is_refused_with_the_field_and_the_remedy(page: Page, served: RunningStack) -> None:
    open_policy(page, served, "Readers")
    page.fill("textarea[name=paths]", "/HR/**/x")
    page.click("button[name=_save] >> nth=0")
    page.wait_for_selector("text=may only stand at the end")
    shoot(page, "refused")
    assert page.get_attribute("textarea[name=paths]", "aria-invalid") == "true"
    assert page.input_value("textarea[name=paths]") == "/HR/**/x"


def test_disabling_a_deny_shows_what_opens_before_it_does(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/oauth/policy/add/")
    page.fill("input[name=name]", "No HR")
    page.select_option("select[name=effect]", "deny")
    page.check("input[name=tools][value='*']")
    page.fill("textarea[name=paths]", "/HR/**")
    save(page)
    page.check("#result_list tr:has-text('No HR') input[name=_selected_action]")
    page.select_option("select[name=action]", "disable")
    page.click("button[name=index]")
    page.wait_for_selector("text=Before you disable")
    shoot(page, "confirm")
    told = words(page)
    assert "No HR" in told
    assert "path /HR/**" in told
    page.click("text=Yes, disable")
    page.wait_for_selector("text=Now disabled: No HR")


def test_a_password_goes_in_and_never_comes_out(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/tools/portalprofile/")
    page.click("#result_list a:has-text('hq')")
    page.wait_for_selector("input[name=new_password]")
    shoot(page, "profile")
    assert "svc-secret" not in page.content()
    assert page.input_value("input[name=new_password]") == ""
    assert "set on" in words(page)


def test_a_scope_in_use_cannot_be_deleted(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/oauth/scope/")
    page.click("#result_list a:has-text('ctera:read')")
    page.wait_for_url("**/change/**")
    page.goto(page.url.split("?")[0].replace("/change/", "/delete/"))
    page.wait_for_selector("text=is named by policy Readers")


def test_filters_open_by_the_keyboard_and_find_policies(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/oauth/policy/")
    page.focus("button[aria-controls=changelist-filter]")
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.id === 'filter-effect'")
    page.select_option("#filter-scope", "ctera:admin")
    shoot(page, "filters", whole=False)
    page.click("#filter-form button[type=submit]")
    page.wait_for_url("**scope=ctera%3Aadmin*")
    assert "Administrators" in words(page, "#result_list")
    assert "Readers" not in words(page, "#result_list")
