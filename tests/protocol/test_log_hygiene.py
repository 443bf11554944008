"""A server that logs everything it can still logs no token, password, cookie, session id or key."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import httpx2
import pytest

from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack


@pytest.fixture(scope="module", params=["console", "json"])
def talkative(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    directory = tmp_path_factory.mktemp(f"talkative-{request.param}")
    with start_stack(directory, LOG_LEVEL="DEBUG", LOG_FORMAT=request.param, DEBUG="true") as running:
        yield running


def test_nothing_secret_is_logged_or_stored(talkative: RunningStack) -> None:
    token = talkative.token("bob")
    bad = talkative.token("alice", exp=5)
    with Wire(talkative, "2026-07-28") as wire:
        wire.good("list_dir", token, path="/", tenant="acme")
        wire.good("who_am_i", token, tenant="globex")
        wire.bad("who_am_i", token, tenant="nowhere")
        assert wire.send("tools/list", {}, token=bad).status_code == 401
        assert wire.send("tools/list", {}, token=None, path=f"/mcp?access_token={token}").status_code == 401
        assert wire.send("tools/list", {}, token=token + "x").status_code == 401
    signed_in = httpx2.post(
        f"{talkative.base}/admin/login/", data={"username": "olga", "password": "guess-of-hers"}, trust_env=False
    )
    assert signed_in.status_code == 403  # no CSRF token
    environment = talkative.environment
    secrets = [
        *token.split("."),
        *bad.split("."),
        "svc-secret",
        "alice-secret",
        "guess-of-hers",
        environment["SECRET_KEY"],
        environment["CREDENTIAL_KEYS"],
        environment["AUDIT_KEYS"],
        "JSESSIONID=",
    ]
    written = talkative.log_file.read_text()
    assert "policy revision" in written
    assert [secret[:12] for secret in secrets if secret in written] == []
    with sqlite3.connect(environment["DATABASE_URL"].removeprefix("sqlite:///")) as database:
        dump = "\n".join(database.iterdump())
    assert "oauth_auditevent" in dump
    assert [secret[:12] for secret in secrets if secret in dump] == []


def test_a_debug_page_of_the_running_server_shows_no_secret(talkative: RunningStack) -> None:
    page = httpx2.get(f"{talkative.base}/no-such-page", headers={"Cookie": "sessionid=abcdef0123"}, trust_env=False)
    assert page.status_code == 404
    for name in ("SECRET_KEY", "CREDENTIAL_KEYS", "AUDIT_KEYS"):
        assert talkative.environment[name] not in page.text
    assert "abcdef0123" not in page.text
