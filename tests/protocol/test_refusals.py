"""The table of refusals: each case has its status, its challenge and its body."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest

from tests.protocol.wire import Wire


def challenge(answer: httpx2.Response) -> str:
    """The one WWW-Authenticate value."""
    assert len(answer.headers.get_list("www-authenticate")) == 1
    return str(answer.headers["www-authenticate"])


def test_no_token_is_challenged_without_an_error(wire: Wire) -> None:
    answer = wire.send("tools/list", {}, token=None)
    assert answer.status_code == 401
    assert f'resource_metadata="{wire.stack.base}/.well-known/oauth-protected-resource/mcp"' in challenge(answer)
    assert "scope=" in challenge(answer)
    assert "error" not in challenge(answer)


def test_a_bad_token_is_told_apart_but_not_why(wire: Wire) -> None:
    answer = wire.send("tools/list", {}, token="a.b.c")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in challenge(answer)
    assert "a.b.c" not in answer.text + challenge(answer)


def test_a_token_in_the_query_beside_one_in_the_header_is_an_invalid_request(wire: Wire) -> None:
    token = wire.stack.token("alice")
    answer = wire.send("tools/list", {}, token=token, path=f"/mcp?access_token={token}")
    assert answer.status_code == 400
    assert 'error="invalid_request"' in challenge(answer)


def test_a_tool_that_a_scope_would_open_is_challenged_with_all_that_the_call_needs(wire: Wire) -> None:
    answer = wire.call("browse_team_portal", wire.stack.token("alice"), tenant="acme")
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in challenge(answer)
    assert 'scope="ctera:admin"' in challenge(answer)
    error = answer.json()["error"]
    assert error["code"] == -32010
    assert error["data"]["required_scopes"] == ["ctera:admin"]
    assert error["data"]["decision"].startswith("D-")
    assert answer.json()["id"] == 7


def test_the_challenge_covers_the_arguments_of_the_call(wire: Wire) -> None:
    answer = wire.call("list_dir", wire.stack.token("mallory"), path="/", tenant="acme")
    assert 'scope="ctera:admin"' in challenge(answer)


def test_arguments_that_a_further_scope_would_cure_are_refused_in_the_result(wire: Wire) -> None:
    found = wire.bad("list_dir", wire.stack.token("alice"), path="/", tenant="acme")
    assert found["code"] == "policy_denied"
    assert found["required_scopes"] == ["ctera:admin"]
    assert found["decision"].startswith("D-")


def test_an_unknown_tool_is_a_protocol_error(wire: Wire) -> None:
    answer = wire.call("format_disk", wire.stack.token("bob"))
    assert answer.json()["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"path": 7}, "path"),
        ({"path": "/", "limit": "many"}, "limit"),
        ({"path": "/", "limit": 0}, "limit"),
        ({"path": "/", "depth": 3}, "depth"),
        ({"path": "/a/../b"}, "path"),
        ({"path": "/a\\b"}, "path"),
        ({"path": "/", "cursor": "made up"}, "cursor"),
        ({"path": "/", "include_deleted": "yes"}, "include_deleted"),
    ],
)
def test_a_wrong_argument_is_named(wire: Wire, arguments: dict[str, Any], named: str) -> None:
    found = wire.bad("list_dir", wire.stack.token("bob"), **arguments)
    assert found["code"] == "invalid_argument"
    assert f"'{named}'" in found["message"]


def test_a_missing_argument_is_named(wire: Wire) -> None:
    found = wire.bad("browse_team_portal", wire.stack.token("bob"))
    assert found["code"] == "invalid_argument"
    assert "'tenant'" in found["message"]


def test_an_unknown_portal_is_not_found(wire: Wire) -> None:
    assert wire.bad("list_dir", wire.stack.token("bob"), path="/", portal="nowhere")["code"] == "not_found"


def test_an_unknown_team_portal_is_not_found(wire: Wire) -> None:
    assert wire.bad("list_dir", wire.stack.token("bob"), path="/", tenant="nowhere")["code"] == "not_found"


def test_a_missing_path_is_not_found(wire: Wire) -> None:
    found = wire.bad("list_dir", wire.stack.token("bob"), path="/Users/Nobody/At all", tenant="acme")
    assert found["code"] == "not_found"


def test_another_team_portal_on_a_users_profile_is_an_invalid_argument(wire: Wire) -> None:
    found = wire.bad("list_dir", wire.stack.token("bob"), path="/", portal="acme-files", tenant="globex")
    assert found["code"] == "invalid_argument"


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_other_methods_are_not_allowed(wire: Wire, method: str) -> None:
    token = wire.stack.token("alice")
    answer = httpx2.request(method, wire.stack.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"not json", 400), (b"[]", 400), (b'"text"', 400), (b"", 400), (b"\xff\xfe{}", 400), (b"[" * 100_000, 400)],
)
def test_a_body_that_is_not_one_json_object_is_refused(wire: Wire, content: bytes, status: int) -> None:
    answer = wire.send("tools/list", {}, token=wire.stack.token("alice"), content=content)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] in {-32700, -32600}


def test_a_body_beyond_four_mebibytes_is_too_large(wire: Wire) -> None:
    content = b'{"x":"' + b"a" * (4 * 1024 * 1024) + b'"}'
    answer = wire.send("tools/list", {}, token=wire.stack.token("alice"), content=content)
    assert answer.status_code == 413


def test_a_large_body_without_a_token_is_not_even_read(wire: Wire) -> None:
    content = b'{"x":"' + b"a" * (4 * 1024 * 1024) + b'"}'
    assert wire.send("tools/list", {}, token=None, content=content).status_code == 401


def test_another_content_type_is_refused(wire: Wire) -> None:
    answer = wire.send("tools/list", {}, token=wire.stack.token("alice"), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_a_foreign_origin_is_refused(wire: Wire) -> None:
    headers = {"Origin": "https://evil.example"}
    assert wire.send("tools/list", {}, token=wire.stack.token("alice"), headers=headers).status_code == 403


def test_another_host_is_refused(wire: Wire) -> None:
    headers = {"Host": "evil.example"}
    assert wire.send("tools/list", {}, token=wire.stack.token("alice"), headers=headers).status_code == 421


def test_a_browser_client_may_read_the_challenge(wire: Wire) -> None:
    answer = wire.send("tools/list", {}, token=None, headers={"Origin": wire.stack.base})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == wire.stack.base
    assert "www-authenticate" in answer.headers["access-control-expose-headers"].lower()


def test_a_lying_header_does_not_choose_the_tool(wire: Wire) -> None:
    params = {"name": "ctera_portal_browse_team_portal", "arguments": {"tenant": "acme"}}
    headers = {"Mcp-Name": "ctera_portal_list_portals"}
    answer = wire.send("tools/call", params, token=wire.stack.token("alice"), headers=headers)
    assert answer.status_code == 403


def test_a_doubled_routing_header_is_refused(wire: Wire) -> None:
    token = wire.stack.token("alice")
    headers = [*wire.headers("tools/list", None, token).items(), ("MCP-Protocol-Version", "2025-06-18")]
    body = json.dumps(wire.message("tools/list", {}))
    answer = httpx2.post(wire.stack.url, content=body, headers=headers, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == -32020
