"""The admin and the API's page work in Chromium under the policy that they bear, without one complaint of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.simulators.stack import RunningStack
from tests.site.browser import open_policy, save, shoot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
WATCH = """
window.broken = [];
document.addEventListener("securitypolicyviolation", (event) => {
    window.broken.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""
PAGES = [
    "",
    "oauth/policy/", "oauth/policy/?effect=deny", "oauth/policy/add/", "oauth/policy/why/",
    "oauth/policy/effective-access/", "oauth/scope/", "oauth/scope/add/", "oauth/suspension/", "oauth/suspension/add/",
    "oauth/auditevent/", "tools/portalprofile/", "tools/portalprofile/add/", "tools/revision/", "changes/", "scalekit/",
    "auth/user/", "auth/user/add/", "auth/group/", "auth/group/add/", "password_change/", "no/such/page/",
]  # fmt: skip


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser's console says as an error, whatever page it is about."""
    heard: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and "404 (Not Found)" not in message.text:
            heard.append(f"{page.url}: {message.text}")

    page.on("console", hear)
    page.on("pageerror", lambda error: heard.append(f"{page.url}: {error}"))
    page.add_init_script(WATCH)
    return heard


def violations(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.broken")
    return [f"{page.url} {each}" for each in found]


def test_no_page_of_the_admin_meets_the_policy(page: Page, served: RunningStack, complaints: list[str]) -> None:
    met = []
    for address in PAGES:
        page.goto(f"{served.base}/admin/{address}", wait_until="networkidle")
        met += violations(page)
    assert (met, complaints) == ([], [])


def test_an_operator_s_work_meets_it_neither(page: Page, served: RunningStack, complaints: list[str]) -> None:
    open_policy(page, served, "Readers")
    met = violations(page)
    with page.expect_navigation(wait_until="networkidle"):
        page.click("text=History")
    met += violations(page)
    open_policy(page, served, "Readers")
    page.fill("textarea[name=description], input[name=description]", "seen by the browser")
    save(page)
    page.check("#result_list input.action-select >> nth=0")
    page.select_option("select[name=action] >> nth=0", "disable")
    met += violations(page)
    page.goto(f"{served.base}/admin/oauth/policy/")
    page.click("button:has-text('Filters')")
    page.wait_for_selector("#changelist-filter")
    met += violations(page)
    assert (met, complaints) == ([], [])


def test_the_sign_in_page_meets_it_neither(page: Page, served: RunningStack, complaints: list[str]) -> None:
    page.context.clear_cookies()
    page.goto(f"{served.base}/admin/", wait_until="networkidle")
    assert page.is_visible("input[name=password]")
    assert (violations(page), complaints) == ([], [])


def test_the_page_of_the_api_shows_its_operations(page: Page, served: RunningStack, complaints: list[str]) -> None:
    page.goto(f"{served.base}/api/docs")
    page.wait_for_selector(".opblock-summary-path >> nth=0")
    for address in ("/api/v1/explain", "/readyz", "/healthz"):
        page.wait_for_function(
            "wanted => document.getElementById('swagger-ui').innerText.replaceAll('\u200b', '').includes(wanted)",
            arg=address,
        )
    page.click("text=Explain a decision")
    page.wait_for_selector("button:has-text('Try it out')")
    shoot(page, "api-docs")
    assert (violations(page), complaints) == ([], [])


def test_what_the_policy_forbids_does_not_happen(page: Page, served: RunningStack) -> None:
    """So that the silence above means something."""
    page.add_init_script(WATCH)
    page.goto(f"{served.base}/admin/", wait_until="networkidle")
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.ran = true";
        document.head.append(script);
        const image = document.createElement("img");
        image.src = "http://127.0.0.1:9/elsewhere.png";
        document.body.append(image);
        const style = document.createElement("style");
        style.textContent = "body { outline: 3px solid red }";
        document.head.append(style);
    }""")
    page.wait_for_function("window.broken.length >= 3")
    assert page.evaluate("window.ran") is None
    kinds = {each.split(" ")[1].rstrip(":") for each in violations(page)}
    assert kinds == {"script-src-elem", "img-src", "style-src-elem"}
