"""An operator in a hurry opens the admin: what is wrong stands first, and one click leads to where it is cured."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.protocol.from_outside import wait_for_workers
from tests.protocol.wire import MODERN, Wire
from tests.simulators.editor import start_editor
from tests.simulators.stack import RunningStack
from tests.site.browser import shoot, words

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
OLDER = "2025-11-25"


@pytest.fixture
def calls(page: Page, served: RunningStack) -> Iterator[None]:
    """Two clients in two eras have listed and called; one list is stale. After `page`, which sets everything back."""
    claude, bob = served.token("alice", sub="usr_overview"), served.token("bob", sub="usr_overview_bob")
    with start_editor(served.environment) as editor, Wire(served, OLDER) as older, Wire(served, MODERN) as modern:
        editor.policy(
            "Bob", effect="deny", scopes=[], subjects=["usr_overview_bob"], tools=["ctera_portal_list_portals"]
        )
        info = {"name": "Claude", "version": "2.1"}
        params = {"protocolVersion": OLDER, "capabilities": {}, "clientInfo": info}
        older.send("initialize", params, token=claude)
        older.list(claude)
        wait_for_workers(served, 2)
        assert "ctera_portal_list_portals" not in modern.list(bob)
        for _ in range(5):
            older.call("list_portals", claude)
        modern.call("list_portals", bob)
        older.call("list_dir", claude, path="/Users", portal="hq", tenant="acme")
        served.manage("check_portal")
        editor.policy("Closed", effect="deny", scopes=[], subjects=["usr_overview"], tools=["ctera_portal_read_file"])
        wait_for_workers(served, 2)  # whichever draws the page judges by its own
        yield
        editor.remove("Closed")
        editor.remove("Bob")


def overview(page: Page, served: RunningStack, *wanted: str) -> None:
    """The first page as soon as it says something: workers tell of clients every few seconds."""
    deadline = time.monotonic() + 60
    page.goto(f"{served.base}/admin/")
    while not all(each in words(page) for each in wanted):
        assert time.monotonic() < deadline, words(page)
        page.wait_for_timeout(500)
        page.reload()


@pytest.mark.usefixtures("calls")
def test_one_look_tells_whether_all_is_well_and_who_holds_a_stale_list(
    page: Page, served: RunningStack, browser: Browser
) -> None:
    overview(page, served, "stale", "usr_overview_bob", "Claude")
    deadline = time.monotonic() + 60
    while "following" in words(page):
        assert time.monotonic() < deadline, words(page)
        page.wait_for_timeout(500)
        page.reload()
    shoot(page, "overview")
    assert "2 workers serving, 2 portals good" in words(page)
    assert page.locator("#workers tbody tr").count() >= 2
    row = page.locator("tr", has_text="usr_overview").filter(has_text="Claude")
    assert "stale" in row.inner_text()
    assert OLDER in row.inner_text()
    assert "current" in page.locator("tr", has_text="usr_overview_bob").inner_text()
    page.click(".overview-lists a:has-text('denied by policy')")
    page.wait_for_url("**/auditevent/?reason=denied_by_policy*")
    assert page.locator("#result_list tbody tr").count() >= 1
    state = page.context.storage_state()
    dark = browser.new_context(viewport={"width": 1280, "height": 900}, storage_state=state, color_scheme="dark")
    shown = dark.new_page()
    shown.goto(f"{served.base}/admin/")
    shoot(shown, "overview-dark")
    assert shown.locator(".overview-card").count() >= 4
    dark.close()


def test_what_is_wrong_leads_to_where_it_is_cured(page: Page, served: RunningStack) -> None:
    number = served.manage("suspend", "subject", "usr_gone", "--reason", "laptop lost").stdout
    try:
        overview(page, served, "laptop lost")
        shoot(page, "overview-wrong")
        page.click(".overview-verdict a:has-text('usr_gone')")
        page.wait_for_selector("input[name=reason]")
        assert "usr_gone" in page.content(), number
    finally:
        served.manage("resume", "--all")


def test_the_page_fits_a_narrow_window(page: Page, served: RunningStack) -> None:
    page.set_viewport_size({"width": 420, "height": 900})
    page.goto(f"{served.base}/admin/")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    shoot(page, "overview-narrow")
