"""A client that is a web page, as Inspector is: what a real browser lets it read, and what it does not."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.conftest import CHROMIUM
from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack
from tests.site.browser import FLAGS

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
FETCH = """async ([url, headers, body]) => {
  try {
    const answer = await fetch(url, {method: body ? "POST" : "GET", headers, body});
    return {status: answer.status, challenge: answer.headers.get("www-authenticate"), text: await answer.text()};
  } catch (fault) { return {fault: String(fault)}; }
}"""


class Blank(BaseHTTPRequestHandler):
    """An empty page at any address."""

    def do_GET(self) -> None:
        """Answer it."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>A client</title>")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its own name for it
        """Say nothing."""


@pytest.fixture(scope="module")
def pages() -> Iterator[int]:
    """The port at which pages of any name are served."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Blank)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def served(pages: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A server that an operator opened for one further origin."""
    with start_stack(tmp_path_factory.mktemp("cors"), ALLOWED_ORIGINS=f"http://inspector.example:{pages}") as stack:
        yield stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser to which every `.example` is this machine."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, "--host-resolver-rules=MAP *.example 127.0.0.1"]
        )
        yield found
        found.close()


def page_of(browser: Browser, origin: str) -> Page:
    page = browser.new_page()
    page.goto(origin)
    return page


def fetch(page: Page, url: str, headers: dict[str, str], body: object = None) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(FETCH, [url, headers, json.dumps(body) if body else None])
    return found


@pytest.mark.parametrize("era", ["2026-07-28", "2025-11-25"])
@pytest.mark.parametrize("path", ["/mcp", "/"])
def test_a_page_of_an_allowed_origin_reads_the_challenge_and_calls(
    browser: Browser, pages: int, served: RunningStack, era: str, path: str
) -> None:
    page = page_of(browser, f"http://inspector.example:{pages}/")
    with Wire(served, era) as wire:
        asked = wire.message("tools/list", {})
        refused = fetch(page, served.base + path, wire.headers("tools/list", None, None), asked)
        assert refused["status"] == 401
        assert "resource_metadata=" in refused["challenge"]
        answered = fetch(page, served.base + path, wire.headers("tools/list", None, served.token("alice")), asked)
        assert "ctera_portal_list_dir" in answered["text"]
        call = wire.message("tools/call", {"name": "ctera_portal_browse_global_admin", "arguments": {}})
        headers = wire.headers("tools/call", "ctera_portal_browse_global_admin", served.token("alice"))
        denied = fetch(page, served.base + path, headers, call)
        assert denied["status"] == 403
        assert "insufficient_scope" in denied["challenge"]
    page.close()


def test_a_page_of_an_allowed_origin_finds_the_metadata(browser: Browser, pages: int, served: RunningStack) -> None:
    page = page_of(browser, f"http://inspector.example:{pages}/")
    found = fetch(page, f"{served.base}/.well-known/oauth-protected-resource/mcp", {})
    assert json.loads(found["text"])["resource"] == served.url
    page.close()


def test_a_page_of_another_origin_gets_nothing(browser: Browser, pages: int, served: RunningStack) -> None:
    page = page_of(browser, f"http://evil.example:{pages}/")
    with Wire(served, "2025-11-25") as wire:
        headers = wire.headers("tools/list", None, served.token("alice"))
        found = fetch(page, served.url, headers, wire.message("tools/list", {}))
    assert "Failed to fetch" in found["fault"]
    page.close()
