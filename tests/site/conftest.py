"""One running product for all browser tests, in its first configuration before each; a page that is signed in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import CHROMIUM
from tests.protocol.from_outside import revision, wait_for_workers
from tests.simulators.stack import RunningStack, start_stack
from tests.site.browser import FLAGS, sign_in

PASSWORD = "an operator in a hurry"  # of the throw-away database


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The product with an operator, Olga; two workers, as in earnest."""
    with start_stack(tmp_path_factory.mktemp("admin"), WORKERS="2") as stack:
        stack.environment["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        stack.manage("createsuperuser", "--noinput", "--username", "olga", "--email", "olga@example.com")
        yield stack


@dataclass(slots=True)
class First:
    """What portals, scopes and policies there are before any test, and the revision at which they were so last."""

    text: str
    revision: int


@pytest.fixture(scope="session")
def first_configuration(served: RunningStack) -> First:
    """The configuration to return to."""
    return First(served.manage("export_config").stdout, revision(served))


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
    sign_in(page, served, "olga", PASSWORD)
    state: dict[str, Any] = json.loads(json.dumps(page.context.storage_state()))
    page.context.close()
    return state


@pytest.fixture
def page(
    browser: Browser, served: RunningStack, signed_in: dict[str, Any], first_configuration: First
) -> Iterator[Page]:
    """A page of Olga's, on the first configuration and known to both workers, whatever tests ran before."""
    if revision(served) != first_configuration.revision:
        served.manage("import_config", "-", "--prune", stdin=first_configuration.text)
        first_configuration.revision = revision(served)
    wait_for_workers(served, 2)
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, storage_state=signed_in, color_scheme="light", reduced_motion="reduce"
    )
    context.set_default_timeout(10_000)
    page = context.new_page()
    yield page
    context.close()
