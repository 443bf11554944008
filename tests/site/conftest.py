"""One running product for all browser tests, brought back to its first configuration before each; one signed-in page."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import CHROMIUM
from tests.simulators.stack import RunningStack, start_stack

PASSWORD = "an operator in a hurry"  # of the throw-away database
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The product with an operator, Olga; two workers, as in earnest."""
    with start_stack(tmp_path_factory.mktemp("admin"), WORKERS="2") as stack:
        stack.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        stack.manage("createsuperuser", "--noinput", "--username", "olga", "--email", "olga@example.com")
        yield stack


@pytest.fixture(scope="session")
def first_configuration(served: RunningStack) -> str:
    """What portals, scopes and policies there are before any test."""
    return served.manage("export_config").stdout


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; for one module only, since its event loop would stand in the way of asynchronous tests."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: RunningStack) -> dict[str, Any]:
    """The cookies of Olga's session."""
    page = browser.new_page()
    page.goto(f"{served.base}/admin/")
    page.fill("input[name=username]", "olga")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
    state: dict[str, Any] = json.loads(json.dumps(page.context.storage_state()))
    page.context.close()
    return state


@pytest.fixture
def page(browser: Browser, served: RunningStack, signed_in: dict[str, Any], first_configuration: str) -> Iterator[Page]:
    """A page of Olga's, on the first configuration, whatever tests ran before."""
    served.manage("import_config", "-", "--prune", stdin=first_configuration)
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, storage_state=signed_in, color_scheme="light", reduced_motion="reduce"
    )
    page = context.new_page()
    yield page
    context.close()
