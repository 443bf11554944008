"""An operator checks Scalekit at a real browser, finds what is broken, and takes a token apart."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.simulators.stack import RunningStack
from tests.site.browser import shoot, words

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def check(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/")
    page.click("nav >> text=Check Scalekit")
    page.click("button:has-text('Check now')")
    page.wait_for_selector(".scalekit-verdict")


def test_a_good_environment_is_ticked_throughout(page: Page, served: RunningStack) -> None:
    check(page, served)
    shoot(page, "check-scalekit")
    assert "Everything fits" in words(page)
    assert page.locator(".scalekit-findings li").count() >= 15
    assert page.locator(".scalekit-findings li:not(.state-ok)").count() == 0
    assert " s" in page.inner_text(".scalekit-time >> nth=0")


def test_what_is_broken_is_told_with_what_to_do(page: Page, served: RunningStack) -> None:
    served.scalekit.control(keys_mode="down")
    try:
        check(page, served)
    finally:
        served.scalekit.control(keys_mode="good")
    shoot(page, "check-scalekit-failed")
    assert "Something is wrong" in words(page)
    told = page.inner_text(".state-failed")
    assert "signing keys" in told
    assert "Without keys every token is answered 503" in told


def test_a_token_is_taken_apart_and_gone(page: Page, served: RunningStack) -> None:
    token = served.token("alice", aud=["res_9"])
    page.goto(f"{served.base}/admin/scalekit/")
    page.fill("input[name=token]", token)
    page.keyboard.press("Enter")
    page.wait_for_selector(".scalekit-verdict.is-denied")
    shoot(page, "check-token")
    assert "audience" in page.inner_text(".state-failed >> nth=0")
    assert "usr_alice" in page.inner_text(".explain-claims")
    assert page.input_value("input[name=token]") == ""
    for part in token.split("."):
        assert part not in page.content()
        assert part not in served.log_file.read_text()
