"""The protected resource metadata, as RFC 9728 and the MCP authorization pages ask for it."""

from __future__ import annotations

import httpx2
import pytest

from ctera_mcp_site import environment as parse
from oauth.challenge import invalid_token, no_token
from oauth.metadata import protected_resource_metadata
from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack

PATHS = ["/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-protected-resource"]
ANY = "https://inspector.example"


def ask(stack: RunningStack, method: str, path: str, **headers: str) -> httpx2.Response:
    return httpx2.request(method, stack.base + path, headers=headers, trust_env=False)


@pytest.mark.requirement("4.2 RFC9728-3.1: the document lies between host and path of the resource, not below the path")
def test_the_document_is_where_the_resource_says(stack: RunningStack) -> None:
    assert ask(stack, "GET", PATHS[0]).json()["resource"] == stack.url
    assert ask(stack, "GET", "/mcp/.well-known/oauth-protected-resource").status_code == 404


@pytest.mark.requirement("4.3 RFC9728-3.1: one identifier without a slash at its end, and no redirect to it")
def test_a_slash_at_the_end_makes_no_second_resource(wire: Wire) -> None:
    answer = wire.send("tools/list", {}, token=wire.stack.token("alice"), path="/mcp/")
    assert answer.status_code == 200
    assert answer.history == []
    assert ask(wire.stack, "GET", PATHS[0] + "/").status_code == 404
    assert not ask(wire.stack, "GET", PATHS[0]).json()["resource"].endswith("/")


@pytest.mark.requirement("4.4 RFC9728-3.3: the resource is the address that was called, found by the challenge")
def test_the_challenge_leads_to_a_document_about_the_called_address(wire: Wire) -> None:
    challenge = wire.send("tools/list", {}, token=None).headers["www-authenticate"]
    address = challenge.split('resource_metadata="', 1)[1].split('"', 1)[0]
    assert httpx2.get(address, trust_env=False).json()["resource"] == wire.stack.url


@pytest.mark.requirement("4.5 MCP ASD: the root form is served too, about the same resource")
def test_the_root_document_is_the_same(stack: RunningStack) -> None:
    assert ask(stack, "GET", PATHS[1]).json() == ask(stack, "GET", PATHS[0]).json()


@pytest.mark.requirement("4.6 RFC9728-3.2: 200 and JSON, for GET and HEAD, with lists as arrays")
@pytest.mark.parametrize("path", PATHS)
def test_the_document_is_json_and_may_be_asked_for_without_its_body(stack: RunningStack, path: str) -> None:
    full, head = ask(stack, "GET", path), ask(stack, "HEAD", path)
    assert full.status_code == head.status_code == 200
    assert (
        full.headers["content-type"].split(";")[0] == head.headers["content-type"].split(";")[0] == "application/json"
    )
    assert head.content == b""
    for name in ("authorization_servers", "scopes_supported", "bearer_methods_supported"):
        assert isinstance(full.json()[name], list)
    assert all(full.json().values())


@pytest.mark.requirement("4.6 RFC9728-3.2: members without a value are left out")
def test_a_document_without_scopes_does_not_mention_them() -> None:
    document = protected_resource_metadata("https://mcp.example.com/mcp", "https://a.example/resources/res_1", [], "")
    assert "scopes_supported" not in document
    assert "resource_name" not in document


@pytest.mark.requirement("4.7 RFC9728-1.2, RFC8707-2: https, or http on this machine; no query, no fragment")
@pytest.mark.parametrize(
    "address",
    ["http://mcp.example.com", "https://mcp.example.com?x", "https://mcp.example.com#x", "https://mcp.example.com/mcp"],
)
def test_a_resource_that_is_no_secure_address_stops_the_start(address: str) -> None:
    with pytest.raises(parse.Malformed):
        parse.secure_base_url(address)


@pytest.mark.requirement("4.8 MCP Refresh Tokens: offline_access is never asked for, and no wildcard")
def test_refresh_tokens_are_the_clients_own_affair(stack: RunningStack) -> None:
    scopes = ["offline_access", "ctera:read"]
    assert protected_resource_metadata("r", "a", scopes, "n")["scopes_supported"] == ["ctera:read"]
    assert "offline_access" not in no_token("m", scopes) + invalid_token("m", scopes)
    assert not any("*" in scope for scope in ask(stack, "GET", PATHS[0]).json()["scopes_supported"])


@pytest.mark.requirement("4.10 RFC9728-3.1, CORS: public, for pages of any origin, with the protocol's version header")
@pytest.mark.parametrize("path", PATHS)
def test_a_web_page_of_any_origin_may_read_the_document(stack: RunningStack, path: str) -> None:
    wanted = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "mcp-protocol-version"}
    preflight = ask(stack, "OPTIONS", path, Origin=ANY, **wanted)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert "GET" in preflight.headers["access-control-allow-methods"]
    assert "mcp-protocol-version" in preflight.headers["access-control-allow-headers"].lower()
    answer = ask(stack, "GET", path, Origin=ANY, **{"MCP-Protocol-Version": "2026-07-28"})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.requirement("4.10 CORS: a page that may call may read the challenge")
def test_a_web_page_may_read_the_challenge(wire: Wire) -> None:
    answer = wire.send("tools/list", {}, token=None, headers={"Origin": wire.stack.base})
    assert "WWW-Authenticate" in answer.headers["access-control-expose-headers"]


@pytest.mark.requirement("4.12 RFC9728-2, MCP ASD: the authorization server is named by its issuer, byte for byte")
def test_the_named_authorization_server_calls_itself_that(stack: RunningStack) -> None:
    (named,) = ask(stack, "GET", PATHS[0]).json()["authorization_servers"]
    origin, path = named.split("/resources/", 1)
    for address in (
        f"{origin}/.well-known/oauth-authorization-server/resources/{path}",
        f"{named}/.well-known/oauth-authorization-server",
    ):
        assert httpx2.get(address, trust_env=False).json()["issuer"] == named
