"""A person moves files by links in a browser, and an operator sees and withdraws them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.conftest import CHROMIUM
from tests.protocol.wire import MODERN, Wire
from tests.simulators.stack import RunningStack, start_stack
from tests.site.browser import FLAGS, shoot
from tests.site.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
DOCS = "/My Files/Docs"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    with start_stack(tmp_path_factory.mktemp("links")) as stack:
        stack.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        stack.manage("createsuperuser", "--noinput", "--username", "olga", "--email", "olga@example.com")
        yield stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def link(served: RunningStack, tool: str, **arguments: str | int) -> str:
    """The address that Bob's model is given."""
    with Wire(served, MODERN) as wire:
        made = wire.good(tool, served.token("bob"), portal="acme-files", **arguments)
    address: str = made["url"]
    return address


def test_a_button_downloads_the_file_and_the_link_is_over(served: RunningStack, browser: Browser) -> None:
    address = link(served, "download_file", path=f"{DOCS}/plan.txt")
    page = browser.new_page()
    page.goto(address)
    page.reload()
    with page.expect_download() as begun:
        page.click("text=Download")
    assert begun.value.suggested_filename == "plan.txt"
    assert Path(begun.value.path()).read_text().startswith("The plan of Alice")
    page.goto(address)
    assert "has been used" in page.inner_text("main")


def test_a_chosen_file_is_stored(served: RunningStack, browser: Browser) -> None:
    address = link(served, "upload_file", destination=f"{DOCS}/notes from afar.txt")
    page = browser.new_page()
    page.goto(address)
    page.set_input_files("#file", {"name": "x", "mimeType": "text/plain", "buffer": b"from afar"})
    page.click("button")
    page.wait_for_selector("#state:has-text('Stored.')")
    with Wire(served, MODERN) as wire:
        found = wire.good("read_file", served.token("bob"), portal="acme-files", path=f"{DOCS}/notes from afar.txt")
    assert found["content"] == "from afar"


def test_after_a_mistake_the_same_page_takes_another_file(served: RunningStack, browser: Browser) -> None:
    address = link(served, "upload_file", destination=f"{DOCS}/four bytes.txt", size=4)
    page = browser.new_page()
    page.goto(address)
    page.set_input_files("#file", {"name": "x", "mimeType": "text/plain", "buffer": b"too many"})
    page.click("button")
    page.wait_for_selector("#state:has-text('exactly 4 bytes, not 8')")
    page.set_input_files("#file", {"name": "x", "mimeType": "text/plain", "buffer": b"four"})
    page.route("**/files/**", lambda route: route.abort())
    page.click("button")
    page.wait_for_selector("#state:has-text('The connection broke. If it happens again, ask for a new link.')")
    page.unroute("**/files/**")
    page.click("button")
    page.wait_for_selector("#state:has-text('Stored.')")
    assert page.is_disabled("button")


def test_an_operator_withdraws_a_link(served: RunningStack, browser: Browser) -> None:
    address = link(served, "download_file", path=f"{DOCS}/plan.txt")
    page = browser.new_page(viewport={"width": 1400, "height": 700})
    page.goto(f"{served.base}/admin/oauth/filelink/")
    page.fill("input[name=username]", "olga")
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_selector("#result_list")
    shoot(page, "file-links")
    page.check("#result_list tbody tr:nth-child(1) input[name=_selected_action]")
    page.select_option("select[name=action]", "withdraw_links")
    page.click("button[name=index]")
    page.wait_for_selector("text=1 open link was withdrawn")
    shown = browser.new_page()
    shown.goto(address)
    assert "withdrawn" in shown.inner_text("main")
