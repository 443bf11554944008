"""Behind a proxy that ends TLS: what PUBLIC_URL promises holds, and only the trusted proxy says who is calling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.simulators.stack import RunningStack, start_stack

PUBLIC = "https://mcp.example.com"
HTTPS = {"Host": "mcp.example.com", "X-Forwarded-Proto": "https"}
RIGHT = "an operator in a hurry"


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The product as a proxy on this machine sees it, with an operator, Olga."""
    changes: Any = {"PUBLIC_URL": PUBLIC, "ALLOWED_HOSTS": "mcp.example.com,localhost", "TRUSTED_PROXIES": "127.0.0.1"}
    with start_stack(tmp_path_factory.mktemp("proxied"), **changes) as stack:
        stack.environment["DJANGO_SUPERUSER_PASSWORD"] = RIGHT
        stack.manage("createsuperuser", "--noinput", "--username", "olga", "--email", "olga@example.com")
        yield stack


def client(stack: RunningStack, **headers: str) -> httpx2.Client:
    base = f"http://127.0.0.1:{stack.port}"
    return httpx2.Client(base_url=base, headers={**HTTPS, **headers}, trust_env=False, timeout=60)


def sign_in(stack: RunningStack, password: str, **headers: str) -> httpx2.Response:
    """Fetch the form, and post it as the browser of `headers` does; cookies go by hand, for they are for https."""
    origin = {"Origin": PUBLIC, **headers}
    with client(stack) as browser:
        form = browser.get("/admin/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        assert token is not None
        cookie = form.headers["set-cookie"].split(";")[0]
        values = {"username": "olga", "password": password, "csrfmiddlewaretoken": token[1], "next": "/admin/"}
        return browser.post("/admin/login/", data=values, headers={"Cookie": cookie, **origin})


def test_cookies_are_for_https_for_this_host_and_for_no_script(proxied: RunningStack) -> None:
    answer = sign_in(proxied, RIGHT)
    assert answer.status_code == 302
    cookies = answer.headers.get_list("set-cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {"__Host-csrftoken", "__Host-sessionid"}
    for cookie in cookies:
        attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(part.startswith("domain") for part in attributes)


@pytest.mark.parametrize("path", ["/admin/login/", "/healthz", "/readyz", "/static/governor/admin.css", "/mcp"])
def test_every_answer_keeps_browsers_on_https(proxied: RunningStack, path: str) -> None:
    with client(proxied) as browser:
        assert "max-age=31536000" in browser.get(path).headers["strict-transport-security"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://mcp.example.com"},
        {"Origin": "https://mcp.example.com.evil.example"},
        {"Origin": "https://mcp.example.com:8443"},
    ],
    ids=lambda headers: headers["Origin"],
)
def test_a_form_is_taken_from_the_public_origin_only(proxied: RunningStack, headers: dict[str, str]) -> None:
    answer = sign_in(proxied, RIGHT, **headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_plain_http_is_sent_to_https_and_carries_no_cookie(proxied: RunningStack) -> None:
    with client(proxied, **{"X-Forwarded-Proto": "http"}) as browser:
        answer = browser.get("/admin/login/")
    assert (answer.status_code, answer.headers["location"]) == (301, f"{PUBLIC}/admin/login/")
    assert "set-cookie" not in answer.headers


def test_another_host_is_not_redirected_to_either(proxied: RunningStack) -> None:
    with client(proxied, Host="evil.example") as browser:
        answer = browser.get("/admin/login/")
    assert (answer.status_code, answer.headers.get("location")) == (400, None)


def test_what_a_caller_writes_before_the_proxy_s_own_address_moves_no_lockout(proxied: RunningStack) -> None:
    attacker = "203.0.113.50"
    for number in range(10):
        sign_in(proxied, "a guess", **{"X-Forwarded-For": f"192.0.2.{number}, {attacker}"})
    assert sign_in(proxied, RIGHT, **{"X-Forwarded-For": f"192.0.2.77, {attacker}"}).status_code == 429
    assert sign_in(proxied, RIGHT, **{"X-Forwarded-For": "198.51.100.4"}).status_code == 302


def test_without_a_trusted_proxy_nobody_s_headers_are_believed(stack: RunningStack) -> None:
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Host": "evil.example"}
    with httpx2.Client(base_url=stack.base, headers=forwarded, trust_env=False, timeout=60) as browser:
        form = browser.get("/admin/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
        assert token is not None
        for number in range(10):
            values = {"username": "nobody-here", "password": "guess", "csrfmiddlewaretoken": token[1]}
            answer = browser.post(
                "/admin/login/", data=values, headers={"Origin": stack.base, "X-Forwarded-For": f"192.0.2.{number}"}
            )
    assert answer.status_code == 429
    assert "strict-transport-security" not in answer.headers
