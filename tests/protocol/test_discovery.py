"""What an unauthenticated client finds, and what it must not find."""

from __future__ import annotations

import httpx2
import pytest

from tests.simulators.stack import RunningStack


def get(stack: RunningStack, path: str, **headers: str) -> httpx2.Response:
    return httpx2.get(stack.base + path, headers=headers, trust_env=False)


@pytest.mark.requirement("4.1 RFC9728-2, MCP ASD: the document names an authorization server")
@pytest.mark.requirement("4.9 RFC9728-2: tokens are taken from the header alone, and the document says so")
@pytest.mark.parametrize("path", ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"])
def test_the_metadata_names_resource_and_authorization_server(stack: RunningStack, path: str) -> None:
    answer = get(stack, path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["access-control-allow-origin"] == "*"
    document = answer.json()
    assert document["resource"] == stack.url
    assert document["authorization_servers"] == [stack.scalekit.authorization_server]
    assert document["scopes_supported"] == ["ctera:admin", "ctera:read", "user:read"]
    assert document["bearer_methods_supported"] == ["header"]


@pytest.mark.attack(46)
def test_a_forged_host_does_not_change_the_metadata(stack: RunningStack) -> None:
    path = "/.well-known/oauth-protected-resource/mcp"
    answer = get(stack, path, **{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})
    assert answer.json()["resource"] == stack.url
    assert get(stack, path, Host="evil.example").status_code == 400


@pytest.mark.requirement("4.11 RFC8414-3.3: no document on this host speaks for another issuer")
@pytest.mark.parametrize("name", ["oauth-authorization-server", "openid-configuration"])
@pytest.mark.parametrize("path", ["/.well-known/{}", "/.well-known/{}/mcp", "/mcp/.well-known/{}"])
def test_there_is_no_authorization_server_metadata_on_this_host(stack: RunningStack, name: str, path: str) -> None:
    assert get(stack, path.format(name)).status_code == 404


def test_health_tells_life_and_readiness(stack: RunningStack) -> None:
    assert get(stack, "/healthz").json() == {"status": "alive"}
    assert get(stack, "/readyz").json()["status"] == "ready"
