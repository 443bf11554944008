"""The whole OAuth flow by real Python clients: discovery, registration, PKCE, token, call, refresh, step-up."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import fastmcp
import httpx2
import pytest
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from tests.simulators.stack import RunningStack

REDIRECT = "http://localhost:3030/callback"


@pytest.fixture
def person(stack: RunningStack) -> Iterator[RunningStack]:
    """The stack; whoever a test approves is forgotten afterwards."""
    yield stack
    stack.scalekit.control(approve=None, lifetime=3600)


class Memory:
    """A token storage for one test."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Browser:
    """Follows the authorization address as a browser would, up to the redirect back; remembers the addresses."""

    def __init__(self) -> None:
        self.visited: list[dict[str, list[str]]] = []
        self._answer: dict[str, list[str]] = {}

    async def open(self, url: str) -> None:
        self.visited.append(parse_qs(urlsplit(url).query))
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.get(url)
        assert answer.status_code == 302, answer.text
        self._answer = parse_qs(urlsplit(answer.headers["location"]).query)

    async def come_back(self) -> AuthorizationCodeResult:
        found = {name: values[0] for name, values in self._answer.items()}
        return AuthorizationCodeResult(code=found["code"], state=found.get("state"), iss=found.get("iss"))


@asynccontextmanager
async def signing_in(stack: RunningStack, memory: Memory, browser: Browser, mode: str) -> AsyncIterator[Client]:
    """An MCP client that signs in when it is challenged."""
    metadata = OAuthClientMetadata(
        client_name="Test client", redirect_uris=[AnyUrl(REDIRECT)], grant_types=["authorization_code", "refresh_token"]
    )
    auth = OAuthClientProvider(stack.url, metadata, memory, browser.open, browser.come_back)
    async with (
        httpx2.AsyncClient(auth=auth, trust_env=False, timeout=30) as http,
        Client(streamable_http_client(stack.url, http_client=http), mode=mode) as client,
    ):
        yield client


@pytest.mark.parametrize("mode", ["2026-07-28", "legacy", "auto"])
async def test_a_client_finds_its_way_from_the_address_alone(person: RunningStack, mode: str) -> None:
    person.scalekit.control(approve="alice")
    memory, browser = Memory(), Browser()
    async with signing_in(person, memory, browser, mode) as client:
        listed = await client.list_tools()
        called = await client.call_tool("ctera_portal_list_dir", {"path": "/"})
    assert "ctera_portal_list_dir" in {tool.name for tool in listed.tools}
    assert called.structured_content is not None
    assert called.structured_content["portal"] == "hq"
    asked = browser.visited[0]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["resource"] == [person.url]
    assert set(asked["scope"][0].split()) >= {"user:read", "ctera:read"}


async def test_an_expired_token_is_refreshed_without_the_person(person: RunningStack) -> None:
    person.scalekit.control(approve="alice", lifetime=1)
    memory, browser = Memory(), Browser()
    async with signing_in(person, memory, browser, "2026-07-28") as client:
        await client.call_tool("ctera_portal_list_portals")
        first = memory.tokens
        deadline = time.monotonic() + 20
        while memory.tokens is first and time.monotonic() < deadline:
            await client.call_tool("ctera_portal_list_portals")
    assert first is not None
    assert memory.tokens is not None
    assert memory.tokens.access_token != first.access_token
    assert memory.tokens.refresh_token != first.refresh_token
    assert len(browser.visited) == 1


async def test_a_refused_scope_makes_the_client_step_up(person: RunningStack) -> None:
    person.scalekit.control(approve="bob")
    memory, browser = Memory(), Browser()
    narrow = person.token("bob", scope="user:read", scopes=["user:read"])
    memory.tokens = OAuthToken(access_token=narrow, token_type="Bearer", scope="user:read")
    async with signing_in(person, memory, browser, "2026-07-28") as client:
        called = await client.call_tool("ctera_portal_browse_team_portal", {"tenant": "acme"})
    assert called.structured_content == {"portal": "hq", "tenant": "acme"}
    assert "ctera:admin" in browser.visited[0]["scope"][0]


async def test_the_fastmcp_client_lists_and_calls(stack: RunningStack) -> None:
    async with fastmcp.Client(stack.url, auth=stack.token("bob")) as client:
        names = {tool.name for tool in await client.list_tools()}
        called = await client.call_tool("ctera_portal_list_dir", {"path": "/", "tenant": "globex"})
    assert "ctera_portal_browse_team_portal" in names
    assert called.structured_content is not None
    assert called.structured_content["tenant"] == "globex"


async def test_the_consent_page_names_the_client_and_what_it_asks_for(stack: RunningStack) -> None:
    client = stack.scalekit.url
    async with httpx2.AsyncClient(trust_env=False) as http:
        wanted = {"redirect_uris": [REDIRECT], "client_name": "Curious <client>"}
        path = f"/api/v1/resources/{stack.scalekit.resource_id}/clients:register"
        registered = (await http.post(client + path, json=wanted)).json()
        query = {
            "response_type": "code",
            "client_id": registered["client_id"],
            "redirect_uri": REDIRECT,
            "code_challenge": "x" * 43,
            "code_challenge_method": "S256",
            "scope": "ctera:read",
        }
        page = await http.get(f"{stack.scalekit.authorization_server}/oauth/authorize", params=query)
    assert "Curious &lt;client&gt;" in page.text
    assert "ctera:read" in page.text
