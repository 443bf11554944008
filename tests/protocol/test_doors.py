"""Forms of a request that are easy to forget: bodies in pieces, Accept, other methods, the older address."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.protocol.wire import Wire
from tests.simulators.stack import start_stack

PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


def pieces(size: int) -> Iterator[bytes]:
    """A body of which nobody has told the length."""
    yield b'{"x":"'
    for _ in range(size // 65_536):
        yield b"a" * 65_536
    yield b'"}'


def test_a_body_without_a_length_is_read_up_to_the_limit(wire: Wire) -> None:
    headers = wire.headers("tools/list", None, wire.stack.token("alice"))
    answer = httpx2.post(wire.stack.url, content=pieces(5 * 1024 * 1024), headers=headers, trust_env=False)
    assert answer.status_code == 413
    assert "4194304 bytes" in answer.json()["error"]["message"]


def test_a_body_in_pieces_is_served(wire: Wire) -> None:
    text = json.dumps(wire.message("tools/list", {})).encode()
    headers = wire.headers("tools/list", None, wire.stack.token("alice"))
    answer = httpx2.post(wire.stack.url, content=iter([text[:20], text[20:]]), headers=headers, trust_env=False)
    assert answer.json()["result"]["tools"]


@pytest.mark.parametrize("accept", ["application/json", "application/*", "*/*", "text/event-stream;q=0.1, */*"])
def test_whoever_takes_json_is_served(wire: Wire, accept: str) -> None:
    answer = wire.send("tools/list", {}, token=wire.stack.token("alice"), headers={"Accept": accept})
    assert answer.status_code == 200


@pytest.mark.parametrize("accept", ["text/html", "image/*", "text/event-stream"])
def test_whoever_takes_no_json_is_told_so(wire: Wire, accept: str) -> None:
    answer = wire.send("tools/list", {}, token=wire.stack.token("alice"), headers={"Accept": accept})
    assert answer.status_code == 406


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_may_be_written_in_any_way(wire: Wire, kind: str) -> None:
    answer = wire.send("tools/list", {}, token=wire.stack.token("alice"), headers={"Content-Type": kind})
    assert answer.status_code == 200


@pytest.mark.parametrize("kind", ["text/json", "application/x-www-form-urlencoded", "application/jsonx"])
def test_another_content_type_says_which_one_is_wanted(wire: Wire, kind: str) -> None:
    answer = wire.send("tools/list", {}, token=wire.stack.token("alice"), headers={"Content-Type": kind})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["error"]["message"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "PUT", "PATCH", "TRACE"])
@pytest.mark.parametrize("path", ["/mcp", "/mcp/"])
def test_only_post_is_served_with_or_without_a_token(wire: Wire, path: str, method: str) -> None:
    for headers in ({}, {"Authorization": f"Bearer {wire.stack.token('bob')}"}):
        answer = httpx2.request(method, wire.stack.base + path, headers=headers, trust_env=False)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/mcp", "/"])
def test_a_browser_may_ask_before_it_calls_at_both_addresses(wire: Wire, path: str) -> None:
    headers = {"Origin": wire.stack.base, **PREFLIGHT}
    answer = httpx2.request("OPTIONS", wire.stack.base + path, headers=headers, trust_env=False)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == wire.stack.base
    assert "authorization" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    "message",
    [
        {"jsonrpc": "1.0", "id": 1, "method": "tools/list"},
        {"jsonrpc": "2.0", "id": 1},
        {"jsonrpc": "2.0", "id": 1, "method": 7},
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []},
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": "x"},
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 7}},
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "tools/call",
            "params": {"name": "ctera_portal_list_dir", "arguments": []},
        },
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {}},
    ],
    ids=lambda message: json.dumps(message)[16:70],
)
def test_an_object_that_is_no_call_is_a_protocol_error(wire: Wire, message: dict[str, object]) -> None:
    content = json.dumps(message).encode()
    answer = wire.send("tools/call", {}, token=wire.stack.token("bob"), content=content)
    assert answer.status_code in {200, 400}
    assert answer.json()["error"]["code"] in {-32600, -32602, -32020}
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("era", ["2026-07-28", "2025-11-25"])
def test_clients_that_cannot_step_up_get_the_scopes_in_a_result(tmp_path: Path, era: str) -> None:
    with start_stack(tmp_path, INSUFFICIENT_SCOPE="tool_error") as stack, Wire(stack, era) as wire:
        found = wire.bad("browse_team_portal", stack.token("alice"), tenant="acme")
        assert found["code"] == "policy_denied"
        assert found["required_scopes"] == ["ctera:admin"]
        nothing = wire.bad("list_portals", stack.token("mallory"))
        assert nothing["code"] == "policy_denied"
        assert nothing["required_scopes"]
