"""Every answer tells a browser how little it may do with it, whichever part of the process wrote it."""

from __future__ import annotations

import httpx2
import pytest

from ctera_mcp_site.browser_doors import guarded
from ctera_mcp_site.browser_rules import ADMIN, DOCS, SHUT, content_policy
from oauth.middleware import Receive, Scope, Send
from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack

COMMON = {
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
}


def bears_the_rules(answer: httpx2.Response, policy: str) -> None:
    assert answer.headers.get_list("content-security-policy") == [policy]
    assert len(answer.headers.get_list("permissions-policy")) == 1
    assert "camera=()" in answer.headers["permissions-policy"]
    assert answer.headers["referrer-policy"] in {"no-referrer", "same-origin"}
    for name, value in COMMON.items():
        assert answer.headers.get_list(name) == [value]


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-protected-resource/mcp", "/healthz", "/readyz", "/api/v1/explain", "/api/openapi.json",
        "/static/governor/admin.css", "/no/such/page", "/", "/mcp", "/mcp/", "/admin",
    ],
)  # fmt: skip
def test_what_is_no_page_may_do_nothing(stack: RunningStack, path: str) -> None:
    bears_the_rules(httpx2.get(stack.base + path, trust_env=False), SHUT)


def test_pages_of_the_admin_run_scripts_and_styles_of_this_server_only(stack: RunningStack) -> None:
    answer = httpx2.get(f"{stack.base}/admin/login/", trust_env=False)
    bears_the_rules(answer, ADMIN)
    assert answer.headers["x-frame-options"] == "DENY"


def test_answers_of_the_endpoint_bear_them_in_both_eras(wire: Wire) -> None:
    token = wire.stack.token("alice")
    for answer in (
        wire.send("tools/list", {}, token=token),
        wire.send("tools/list", {}, token=None),
        wire.send("tools/list", {}, token="nonsense"),
        wire.send("tools/list", {}, token=token, content=b"["),
        wire.send("tools/list", {}, token=token, headers={"Host": "evil.example"}),
        wire.send("tools/list", {}, token=token, headers={"Origin": "https://evil.example"}),
        wire.send("tools/list", {}, token=token, headers={"Origin": wire.stack.base}),
    ):
        bears_the_rules(answer, SHUT)


def test_pages_are_told_apart_by_address_and_by_what_they_are() -> None:
    html, json = "text/html; charset=utf-8", "application/json"
    assert content_policy("/admin/oauth/policy/", html) == ADMIN
    assert content_policy("/api/docs", html) == DOCS
    closed = [
        ("/admin/x/", json),
        ("/admin", html),
        ("/administration/", html),
        ("/api/docs/x", html),
        ("/", html),
        ("/admin/", ""),
    ]
    assert {content_policy(*each) for each in closed} == {SHUT}


def test_no_policy_lets_inline_scripts_run_or_pages_be_framed() -> None:
    for policy in (SHUT, ADMIN, DOCS):
        rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
        assert rules["default-src"] == "'none'"
        assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
        assert rules["form-action"] in {"'self'", "'none'"}
        for kind in ("script-src", "style-src"):
            assert "'unsafe-inline'" not in rules.get(kind, "")
            assert not any(mark in rules.get(kind, "") for mark in ("*", "http:", "https:", "data:"))


@pytest.mark.parametrize("is_https", [True, False])
async def test_what_a_part_has_said_itself_stays_and_the_rest_is_added(is_https: bool) -> None:
    events = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Content-Security-Policy", b"own")]})
        await send({"type": "http.response.body", "body": b"x"})

    async def send(event: Scope) -> None:
        events.append(event)

    async def receive() -> Scope:
        raise AssertionError

    await guarded(app, is_https=is_https)({"type": "http"}, receive, send)
    headers = [(name.lower(), value) for name, value in events[0]["headers"]]
    assert [value for name, value in headers if name == b"content-security-policy"] == [b"own"]
    assert (b"x-content-type-options", b"nosniff") in headers
    assert any(name == b"strict-transport-security" for name, _ in headers) is is_https
    assert events[1] == {"type": "http.response.body", "body": b"x"}
