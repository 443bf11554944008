"""A portal's health as an operator sees it: badge, since when, what to do, and *Check now*; in light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.simulators.stack import RunningStack
from tests.site.browser import shoot, words

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def of_hq(page: Page, served: RunningStack) -> None:
    """From the list to the page of the portal `hq`."""
    page.goto(f"{served.base}/admin/tools/portalprofile/")
    page.click("#result_list a:text-is('hq')")
    page.wait_for_selector("section[aria-label=Health]")


def check_now(page: Page) -> str:
    """Press the button; the words of the badge's section afterwards."""
    with page.expect_navigation():
        page.click("section[aria-label=Health] button:has-text('Check now')")
    page.wait_for_selector("section[aria-label=Health]")
    return words(page, "section[aria-label=Health]")


def open_sessions(served: RunningStack) -> int:
    """At the portal, of all accounts."""
    found = served.portal.stats()["open_sessions"]
    assert isinstance(found, int)
    return found


def both(page: Page, name: str) -> None:
    """A screenshot in each of the admin's themes."""
    shoot(page, f"{name}-light")
    page.evaluate("document.documentElement.classList.add('dark')")
    shoot(page, f"{name}-dark")
    page.evaluate("document.documentElement.classList.remove('dark')")


def test_a_portal_goes_from_good_to_trouble_and_back_by_check_now(page: Page, served: RunningStack) -> None:
    left = open_sessions(served)  # of calls before, in the pool for a while
    of_hq(page, served)
    assert "good for" in check_now(page).lower()
    both(page, "portal-good")
    served.portal.control(password={"account": "svc-mcp", "password": "another one"})
    try:
        shown = check_now(page)
        assert "trouble for" in shown.lower()
        assert "Enter the right password" in shown
        assert "in this state since" in shown
        both(page, "portal-trouble")
        page.goto(f"{served.base}/admin/tools/portalprofile/")
        listed = words(page, "#result_list")
        assert "TROUBLE" in listed.upper()
        assert "acme-files" in listed
        both(page, "portals")
    finally:
        served.portal.control(password={"account": "svc-mcp", "password": "svc-secret"})
    of_hq(page, served)
    assert "good for" in check_now(page).lower()
    assert open_sessions(served) <= left


def test_the_button_is_pressed_by_the_keyboard_alone(page: Page, served: RunningStack) -> None:
    of_hq(page, served)
    page.focus("section[aria-label=Health] button:has-text('Check now')")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_selector("text=Good: hq.")
