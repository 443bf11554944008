"""An operator asks why at a real browser, and sees what is effective for a caller; in light and in dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from playwright.sync_api import Page

from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack
from tests.site.browser import shoot, signed_in_page
from tests.site.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
POLICIES = [
    {
        "name": "HR is private", "effect": "deny", "tools": ["*"], "paths": ["/HR/**", "/Users/*/HR/**"],
        "except_subjects": ["usr_hanna", "usr_hugo"],
    },
    {
        "name": "Partners", "effect": "allow", "scopes": ["ctera:read"], "organizations": ["org_partner"],
        "tools": ["ctera_portal_list_dir"], "tenants": ["acme"], "paths": ["/Partners/**"],
    },
    {
        "name": "Holiday cover", "effect": "allow", "scopes": ["user:read"], "tools": ["ctera_portal_list_dir"],
        "paths": ["/Shared/**"], "valid_until": "2099-01-31T18:00:00Z",
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    with start_stack(tmp_path_factory.mktemp("explain")) as stack:
        stack.manage("import_config", "-", stdin=yaml.safe_dump({"version": 1, "policies": POLICIES}))
        yield stack


@pytest.fixture(scope="module")
def page(served: RunningStack) -> Iterator[Page]:
    with signed_in_page(served, "olga", PASSWORD) as page:
        yield page


def in_dark(page: Page, name: str) -> None:
    """Shoot the page in the dark theme too."""
    page.evaluate("document.documentElement.classList.add('dark')")
    shoot(page, name)
    page.evaluate("document.documentElement.classList.remove('dark')")


def ask(page: Page, served: RunningStack, token: str) -> None:
    """Come from the side bar and ask about a closed path."""
    page.goto(f"{served.base}/admin/")
    page.click("nav >> text=Why?")
    page.fill("input[name=token]", token)
    page.select_option("select[name=tool]", "ctera_portal_list_dir")
    page.select_option("select[name=portal]", "hq")
    page.fill("input[name=tenant]", "-")
    page.fill("textarea[name=paths]", "/HR/Pay")
    page.click("#why_form button[type=submit]")
    page.wait_for_selector(".explain-verdict.is-denied")


def test_a_pasted_token_is_explained_and_gone(page: Page, served: RunningStack) -> None:
    token = served.token("alice")
    ask(page, served, token)
    shoot(page, "why")
    in_dark(page, "why-dark")
    assert "HR is private" in page.inner_text(".explain-verdict")
    assert "usr_alice" in page.inner_text(".explain-claims")
    assert "this decides" in page.inner_text(".explain-ladder li.decides")
    assert page.input_value("input[name=token]") == ""
    assert token.split(".")[1] not in page.content()
    assert token.split(".")[1] not in served.log_file.read_text()


def test_the_deciding_policy_is_one_click_away_and_leads_back(page: Page, served: RunningStack) -> None:
    ask(page, served, served.token("alice"))
    page.click(".explain-verdict a:has-text('HR is private')")
    page.wait_for_url("**/admin/oauth/policy/*/change/")
    page.click("text=Ask about a call of this kind")
    page.wait_for_url("**/admin/oauth/policy/why/?policy=*")
    assert page.input_value("textarea[name=paths]") == "/HR"


def test_a_refused_call_is_explained_from_its_audit_event(page: Page, served: RunningStack) -> None:
    with Wire(served, "2026-07-28") as wire:
        decision = wire.bad("list_dir", served.token("bob"), path="/HR", tenant="acme")["decision"]
    page.goto(f"{served.base}/admin/oauth/auditevent/?q={decision}")
    page.click("#result_list a[href*='/change/'] >> nth=0")
    page.click("text=Explain this call")
    page.wait_for_url("**/admin/oauth/policy/why/?event=*")
    assert page.input_value("input[name=subject]") == "usr_bob"
    assert page.input_value("input[name=tenant]") == "acme"
    page.click("#why_form button[type=submit]")
    page.wait_for_selector(".explain-verdict.is-denied")
    assert "HR is private" in page.inner_text(".explain-verdict")


def test_what_is_effective_is_told_by_word_and_leads_to_its_policy(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/oauth/policy/effective-access/")
    shoot(page, "effective-access")
    in_dark(page, "effective-access-dark")
    row = page.inner_text(".explain-table tr:has(th:text('list_dir'))")
    assert "not /HR/** and /Users/*/HR/** (HR is private)" in row
    assert "only /Shared/**" in row
    assert "until 2099-01-31 18:00 UTC" in row
    page.fill("input[name=path]", "/HR/Pay")
    page.click("#effective_form button[type=submit]")
    page.wait_for_url("**path=%2FHR%2FPay*")
    cell = page.locator(".explain-table tr:has(th:text('list_dir')) td").nth(1)
    assert "DENY" in cell.inner_text().upper()
    cell.locator("a").click()
    page.wait_for_url("**/admin/oauth/policy/*/change/")
    assert page.input_value("input[name=name]") == "HR is private"


def test_the_first_column_and_the_head_stay_in_sight(page: Page, served: RunningStack) -> None:
    page.set_viewport_size({"width": 700, "height": 420})
    page.goto(f"{served.base}/admin/oauth/policy/effective-access/")
    area = page.locator(".explain-scroll")
    area.evaluate("area => { area.scrollTop = 200; area.scrollLeft = 200; }")
    corner, frame = page.locator(".explain-table thead th").first.bounding_box(), area.bounding_box()
    assert corner is not None
    assert frame is not None
    assert (round(corner["x"] - frame["x"]), round(corner["y"] - frame["y"])) == (1, 1)
    page.set_viewport_size({"width": 1400, "height": 900})
