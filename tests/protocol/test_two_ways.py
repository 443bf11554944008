"""A call answered straight and a call answered by the SDK's kernel differ in nothing."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from typing import Any

import pytest

from tests.protocol.wire import Wire

CALLS: list[tuple[str, dict[str, Any]]] = [
    ("list_portals", {}),
    ("list_dir", {"path": "/Users/Alice Acme", "tenant": "acme"}),
    ("list_dir", {"path": "/../x"}),
    ("list_dir", {"limit": "many"}),
    ("no_such_tool", {}),
    ("who_am_i", {"portal": "nowhere"}),
]


def without_ids(answer: Any) -> str:
    """The body with the ids of this one decision taken out."""
    body = answer.json()
    decision = body.get("result", {}).get("structuredContent", {}).get("decision", "D-")
    return json.dumps(body, sort_keys=True).replace(decision, "D-")


@pytest.mark.parametrize(("tool", "arguments"), CALLS, ids=[f"{tool} {arguments}" for tool, arguments in CALLS])
def test_the_straight_way_and_the_sdks_kernel_answer_alike(wire: Wire, tool: str, arguments: dict[str, Any]) -> None:
    token = wire.stack.token("bob")
    params = {"name": f"ctera_portal_{tool}", "arguments": arguments}
    straight = wire.send("tools/call", params, token=token)
    by_kernel = wire.send("tools/call", {**params, "unknown": 1}, token=token)
    assert straight.status_code == by_kernel.status_code
    assert without_ids(straight) == without_ids(by_kernel)


def test_a_body_nested_without_end_is_refused(wire: Wire) -> None:
    token = wire.stack.token("bob")
    for depth in (101, 950, 20_000):
        content = b'{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"ctera_portal_list_dir","arguments":'
        answer = wire.send(
            "tools/call",
            {"name": "ctera_portal_list_dir"},
            token=token,
            content=content + b'{"a":' * depth + b"1" + b"}" * depth + b"}}",
        )
        assert answer.status_code == 400, depth


def test_white_space_around_header_values_is_not_part_of_them(wire: Wire) -> None:
    name = "ctera_portal_list_portals"
    params: dict[str, Any] = {"name": name, "arguments": {}}
    headers = wire.headers("tools/call", name, wire.stack.token("bob"))
    connection = HTTPConnection("localhost", wire.stack.port, timeout=10)
    body = json.dumps(wire.message("tools/call", params))
    connection.request("POST", "/mcp", body, {name: f"  {value} \t" for name, value in headers.items()})
    answer = connection.getresponse()
    assert answer.status == 200
    assert json.load(answer)["result"]["isError"] is False
    connection.close()
