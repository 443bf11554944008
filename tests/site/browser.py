"""What the browser tests share: steps of an operator in the admin, and screenshots where they are asked for."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

from tests.simulators.stack import RunningStack


def shoot(page: Page, name: str, *, whole: bool = True) -> None:
    """Keep a screenshot where `SCREENSHOTS` names a folder (`make screenshots`); by itself a test run writes none."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole, animations="disabled")


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
