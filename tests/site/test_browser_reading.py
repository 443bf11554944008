"""The admin can be read in light and dark and worked without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.simulators.stack import RunningStack
from tests.site.browser import shoot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

# The contrast of each text with what lies behind it, by WCAG's formula; colours are read back from a canvas, since
# the style sheet writes them in a form that only browsers read.
FAINT = """
() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map(each => each / 255);
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat([1]);
  const light = (c) => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) =>
    sum + weight * (c[i] <= 0.04045 ? c[i] / 12.92 : ((c[i] + 0.055) / 1.055) ** 2.4), 0);
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const colour = rgba(getComputedStyle(each).backgroundColor);
      layers.push(colour);
      if (colour[3] === 1) { break; }
    }
    return layers.reverse().reduce((below, top) => over(top, below), [1, 1, 1, 1]);
  };
  const faint = [];
  const walker = document.createTreeWalker(document.querySelector('#main'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    if (!text || !element.checkVisibility({visibilityProperty: true, opacityProperty: true})) { continue; }
    if (element.closest('.material-symbols-outlined, script, style, option, textarea')) { continue; }
    const ground = behind(element), colour = over(rgba(getComputedStyle(element).color), ground);
    const [high, low] = [light(colour), light(ground)].sort((a, b) => b - a);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 3.5) { faint.push(`${text.slice(0, 40)}: ${contrast.toFixed(1)}`); }
  }
  return faint;
}
"""
PAGES = {
    "start": "/admin/",
    "policies": "/admin/oauth/policy/",
    "add a policy": "/admin/oauth/policy/add/",
    "scopes": "/admin/oauth/scope/",
    "policy tests": "/admin/oauth/policytest/",
    "add a policy test": "/admin/oauth/policytest/add/",
    "profiles": "/admin/tools/portalprofile/",
    "add a profile": "/admin/tools/portalprofile/add/",
    "audit": "/admin/oauth/auditevent/",
    "recent changes": "/admin/changes/",
    "accounts": "/admin/auth/user/",
}


@pytest.mark.parametrize("address", PAGES.values(), ids=PAGES.keys())
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(page: Page, served: RunningStack, scheme: str, address: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{served.base}{address}")
    page.wait_for_selector("#content")
    assert page.evaluate("document.documentElement.classList.contains('dark')") is (scheme == "dark")
    assert page.evaluate(FAINT) == []
    if scheme == "dark" and address == "/admin/oauth/policy/":
        shoot(page, "policies-dark")


def test_the_first_tab_leads_past_the_sidebar(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/oauth/policy/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('#content').contains(document.activeElement)")


def test_every_control_of_the_policys_form_has_a_name_and_is_reached_in_the_order_of_the_page(
    page: Page, served: RunningStack
) -> None:
    page.goto(f"{served.base}/admin/oauth/policy/add/")
    page.wait_for_selector("input[name=name]")
    nameless = page.evaluate(
        """() => [...document.querySelector('#policy_form').elements]
        .filter(each => !['hidden', 'submit', 'button', 'fieldset'].includes(each.type))
        .filter(each => !each.labels.length && !each.ariaLabel).map(each => each.name)"""
    )
    assert nameless == []
    page.focus("input[name=name]")
    seen: list[str] = []
    while len(seen) < 200 and (not seen or seen[-1] != "paths"):
        page.keyboard.press("Tab")
        name = str(page.evaluate("document.activeElement.name || ''"))
        if name and (not seen or seen[-1] != name):
            seen.append(name)
    wanted = ["description", "effect", "enabled", "scopes", "subjects", "clients", "organizations", "except_subjects"]
    assert [name for name in seen if name in wanted] == wanted
    assert seen.index("tools") < seen.index("toolsets") < seen.index("portals") < seen.index("paths")


def test_a_scope_is_made_without_a_mouse(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/oauth/scope/add/")
    page.focus("input[name=name]")
    page.keyboard.type("hr:read")
    page.keyboard.press("Tab")
    page.keyboard.type("Look at HR")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/oauth/scope/")
    page.wait_for_selector("#result_list a:has-text('hr:read')")


def test_every_control_that_reacts_to_a_click_can_be_focused(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/oauth/policy/")
    out_of_reach = page.evaluate(
        """() => [...document.querySelectorAll('a:not([href]), [role=button]')]
        .filter(each => each.hasAttribute('x-on:click') && each.tabIndex < 0).map(each => each.outerHTML)"""
    )
    assert out_of_reach == []
