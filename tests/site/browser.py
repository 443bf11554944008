"""What the browser tests share: steps of an operator in the admin, and screenshots where they are asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.conftest import CHROMIUM
from tests.simulators.stack import RunningStack

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def shoot(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep a screenshot where `SCREENSHOTS` names a folder (`make screenshots`); by itself a test run writes none."""
    folder, size = os.environ.get("SCREENSHOTS"), page.viewport_size
    if not folder or size is None:
        return
    if whole:  # bars that stick to the window's edge would lie across a taller picture
        height = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")
    page.set_viewport_size(size)


@contextmanager
def signed_in_page(served: RunningStack, name: str, password: str) -> Iterator[Page]:
    """A page of someone new who signs in, in a browser of its own."""
    account = ("--username", name, "--email", f"{name}@example.com")
    served.environment["DJANGO_SUPERUSER_PASSWORD"] = password
    served.manage("createsuperuser", "--noinput", *account)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        sign_in(page, served, name, password)
        yield page
        browser.close()


def sign_in(page: Page, served: RunningStack, name: str, password: str) -> None:
    """Through the form, to the first page of the admin."""
    page.goto(f"{served.base}/admin/")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_selector("#nav-sidebar-apps")  # the address of the sign-in page ends in /admin/ too


def open_policy(page: Page, served: RunningStack, name: str) -> None:
    """From the list to the page of a policy."""
    page.goto(f"{served.base}/admin/oauth/policy/")
    page.click(f"#result_list a:has-text('{name}')")
    page.wait_for_selector("input[name=name]")


def save(page: Page) -> None:
    """Press Save and arrive at the list."""
    page.click("button[name=_save] >> nth=0")
    page.wait_for_url("**/admin/oauth/policy/")


def words(page: Page, selector: str = "#main") -> str:
    """The text that one sees, with single spaces."""
    return " ".join(page.inner_text(selector).split())
