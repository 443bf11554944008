"""An operator at a real browser: what is saved in the admin changes what the next request may do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.conftest import CHROMIUM
from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
PASSWORD = "an operator in a hurry"  # of the throw-away database
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A product of its own, since these tests change its policy."""
    with start_stack(tmp_path_factory.mktemp("admin"), WORKERS="2") as stack:
        stack.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        stack.manage("createsuperuser", "--noinput", "--username", "olga", "--email", "olga@example.com")
        yield stack


@pytest.fixture(scope="module")
def page(served: RunningStack) -> Iterator[Page]:
    """A browser, signed in."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(f"{served.base}/admin/")
        page.fill("input[name=username]", "olga")
        page.fill("input[name=password]", PASSWORD)
        page.click("button[type=submit]")
        page.wait_for_url("**/admin/")
        yield page
        browser.close()


def shoot(page: Page, name: str) -> None:
    """Keep a screenshot where `SCREENSHOTS` names a folder."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def open_policy(page: Page, served: RunningStack, name: str) -> None:
    page.goto(f"{served.base}/admin/oauth/policy/")
    page.click(f"#result_list a:has-text('{name}')")


def save(page: Page) -> None:
    page.click("button[name=_save] >> nth=0")
    page.wait_for_url("**/admin/oauth/policy/*")


def test_the_policies_read_aloud_in_the_list(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/oauth/policy/")
    shoot(page, "policies")
    row = page.inner_text("#result_list tr:has-text('Readers')")
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
        deadline = 40
        while wire.result("list_dir", alice, path="/", tenant="acme")["isError"] and deadline:
            deadline -= 1  # the other worker follows within a second
            page.wait_for_timeout(50)
        assert wire.good("list_dir", alice, path="/", tenant="acme")["tenant"] == "acme"


def test_a_policy_that_cannot_be_is_refused_with_the_field_and_the_remedy(page: Page, served: RunningStack) -> None:
    open_policy(page, served, "Readers")
    page.fill("textarea[name=paths]", "/HR/**/x")
    page.click("button[name=_save] >> nth=0")
    page.wait_for_selector("text=may only stand at the end")
    shoot(page, "refused")


def test_a_password_goes_in_and_never_comes_out(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/tools/portalprofile/")
    page.click("#result_list a:has-text('hq')")
    shoot(page, "profile")
    assert "svc-secret" not in page.content()
    assert page.input_value("input[name=new_password]") == ""
    assert "set on" in page.inner_text("main, body")


def test_a_scope_in_use_cannot_be_deleted(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/oauth/scope/")
    page.click("#result_list a:has-text('ctera:read')")
    page.goto(page.url.split("?")[0].replace("/change/", "/delete/"))
    page.wait_for_selector("text=is named by policy Readers")


def test_the_audit_shows_who_called_what(page: Page, served: RunningStack) -> None:
    with Wire(served, "2026-07-28") as wire:
        wire.good("list_portals", served.token("alice"))
    page.goto(f"{served.base}/admin/oauth/auditevent/")
    shoot(page, "audit")
    assert "usr_alice" in page.inner_text("#result_list")
