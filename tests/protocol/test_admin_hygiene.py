"""What an operator types and carries at the admin is in no line of a server that logs all it can, and in no record."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import httpx2
import pytest

from tests.simulators.stack import RunningStack, start_stack

RIGHT, WRONG, PORTAL = "an operator in a hurry", "hunter2-or-what-was-it", "s3cret-of-the-portal"


@pytest.fixture(scope="module", params=["console", "json"])
def talkative(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    directory = tmp_path_factory.mktemp(f"admin-{request.param}")
    with start_stack(directory, LOG_LEVEL="DEBUG", LOG_FORMAT=request.param, DEBUG="true") as running:
        running.environment["DJANGO_SUPERUSER_PASSWORD"] = RIGHT
        running.manage("createsuperuser", "--noinput", "--username", "olga", "--email", "olga@example.com")
        yield running


class Operator:
    """Olga at her browser."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self.browser = httpx2.Client(base_url=stack.base, trust_env=False, timeout=60, headers={"Origin": stack.base})
        self.secrets = {RIGHT, WRONG, PORTAL, stack.environment["SECRET_KEY"], stack.environment["CREDENTIAL_KEYS"]}

    def post(self, path: str, **values: str) -> httpx2.Response:
        """Open the page, and send its form."""
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.browser.get(path).text)
        assert found is not None
        answer = self.browser.post(path, data={**values, "csrfmiddlewaretoken": found[1]})
        self.secrets |= {found[1], *(cookie.value or "" for cookie in self.browser.cookies.jar)}
        return answer


@pytest.fixture
def olga(talkative: RunningStack) -> Iterator[Operator]:
    operator = Operator(talkative)
    yield operator
    operator.browser.close()


def test_a_day_of_an_operator_leaves_no_secret_behind(talkative: RunningStack, olga: Operator) -> None:
    token = talkative.token("alice")
    assert olga.post("/admin/login/", username="olga", password=WRONG).status_code == 200
    assert olga.post("/admin/login/", username="olga", password=RIGHT, next="/admin/").status_code == 302
    assert "accepts this token" in olga.post("/admin/scalekit/", what="token", token=token).text
    why = olga.post("/admin/oauth/policy/why/", token=token, tool="ctera_portal_list_dir", portal="hq", tenant="-")
    assert "usr_alice" in why.text
    olga.post("/admin/tools/portalprofile/add/", name="second", host="localhost", password=PORTAL, username="svc")
    assert olga.browser.get("/admin/no/such/page/").status_code == 404
    assert olga.browser.get(f"/admin/?access_token={token}").status_code == 200
    olga.secrets |= {*token.split(".")}
    written = talkative.log_file.read_text()
    assert written.count("\n") > 5
    assert [secret[:8] for secret in olga.secrets if secret in written] == []
    with sqlite3.connect(talkative.environment["DATABASE_URL"].removeprefix("sqlite:///")) as database:
        dump = "\n".join(line for line in database.iterdump() if '"django_session"' not in line)
    assert '"axes_accesslog"' in dump
    assert [secret[:8] for secret in olga.secrets if secret in dump] == []


def test_error_pages_of_a_debugging_server_show_an_operator_no_secret(olga: Operator) -> None:
    assert olga.post("/admin/login/", username="olga", password=RIGHT, next="/admin/").status_code == 302
    page = olga.browser.get("/no/such/page")
    refused = olga.browser.post("/admin/scalekit/", data={"what": "token", "token": "eyJhbGciOi.J9.x"})  # no CSRF token
    assert (page.status_code, refused.status_code) == (404, 403)
    for text in (page.text, refused.text):
        assert [secret[:8] for secret in olga.secrets if secret in text] == []
        assert "eyJhbGciOi" not in text
