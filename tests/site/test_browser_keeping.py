"""An operator makes a test of an answer, is asked before a policy breaks it, and sees which keys seal what."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from cryptography.fernet import Fernet
from playwright.sync_api import Page

from tests.simulators.stack import RunningStack, manage, portals_of, start_stack
from tests.site.browser import open_policy, shoot, signed_in_page, words
from tests.site.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]
DENY = {"name": "HR is private", "effect": "deny", "tools": ["*"], "paths": ["/HR/**"]}
OPEN = {
    "name": "Readers see the shared folder", "tool": "list_dir", "scopes": ["ctera:read"], "portal": "hq",
    "tenant": "-", "paths": ["/Shared"],
}  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """One profile is sealed by a key that nobody has any more."""
    with start_stack(tmp_path_factory.mktemp("keeping")) as stack:
        text = yaml.safe_dump({"version": 1, "policies": [DENY], "tests": [OPEN]})
        stack.manage("import_config", "-", stdin=text)
        lost = portals_of(stack.portal)[1] | {"name": "branch"}
        manage(
            stack.environment | {"CREDENTIAL_KEYS": Fernet.generate_key().decode()},
            "import_config", "-", stdin=yaml.safe_dump({"version": 1, "portals": [lost]}),
        )  # fmt: skip
        yield stack


@pytest.fixture(scope="module")
def page(served: RunningStack) -> Iterator[Page]:
    with signed_in_page(served, "olga", PASSWORD) as page:
        yield page


def test_an_answer_becomes_a_test_that_a_later_change_has_to_answer_to(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/oauth/policy/why/")
    page.fill("input[name=scopes]", "ctera:read")
    page.select_option("select[name=tool]", "ctera_portal_list_dir")
    page.select_option("select[name=portal]", "hq")
    page.fill("input[name=tenant]", "-")
    page.fill("textarea[name=paths]", "/HR/Pay")
    page.click("#why_form button[type=submit]")
    page.click("text=Make a test of this")
    page.wait_for_url("**/policytest/add/**")
    assert page.input_value("textarea[name=paths]") == "/HR/Pay"
    assert page.input_value("input[name=policy]") == "HR is private"
    page.fill("input[name=name]", "Nobody reads HR")
    shoot(page, "policy-test")
    page.click("button[name=_save] >> nth=0")
    page.wait_for_url("**/admin/oauth/policytest/")
    assert "denied by HR is private" in words(page)
    shoot(page, "policy-tests")

    open_policy(page, served, "HR is private")
    page.fill("textarea[name=paths]", "/HR/Pay/Old/**\n/Shared/**")
    page.click("[for=id_confirms_widening]")
    page.click("button[name=_save] >> nth=0")
    page.wait_for_selector("text=Save all the same")
    said = words(page)
    assert "test Nobody reads HR passes now and would fail" in said
    assert "test Readers see the shared folder passes now and would fail: denied by HR is private" in said
    shoot(page, "policy-test-asked")


def test_the_list_of_profiles_tells_of_keys_and_of_what_none_opens(page: Page, served: RunningStack) -> None:
    page.goto(f"{served.base}/admin/tools/portalprofile/")
    said = words(page)
    assert "No key in CREDENTIAL_KEYS opens the password of: branch. Calls on them fail." in said
    assert "cannot be unsealed: set it again" in said
    assert "the first of CREDENTIAL_KEYS (2); by a key that is not there (1)." in said
    shoot(page, "profile-keys")
    page.click("#result_list a:has-text('branch')")
    page.wait_for_selector("input[name=host]")
    assert "No key in CREDENTIAL_KEYS opens the password of this profile" in words(page)
    shoot(page, "profile-lost", whole=False)
