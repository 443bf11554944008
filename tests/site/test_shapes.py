"""What is written without the SDK's kernel is what its kernel would write, in every revision."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp_types.methods import serialize_server_result
from mcp_types.version import KNOWN_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS

from ctera_mcp_site import shapes
from ctera_mcp_site.answers import failure, result
from ctera_mcp_site.shapes import ShapeChanged, is_plain, result_shape

INFO = {"name": "server", "version": "1"}
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "wire", "version": "1"},
}
texts = st.text(st.characters(codec="utf-8"), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize("version", KNOWN_PROTOCOL_VERSIONS)
@given(structured=st.dictionaries(texts, values, max_size=4), failed=st.booleans())
def test_a_result_is_written_as_the_kernel_writes_it(version: str, structured: dict[str, Any], failed: bool) -> None:
    more = {name: value for name, value in structured.items() if name not in {"code", "message", "decision"}}
    answer = failure("code", "What to do.", "D-1", **more) if failed else result(structured)
    expected = serialize_server_result("tools/call", version, answer.as_result())
    if version in MODERN_PROTOCOL_VERSIONS:
        expected["_meta"] = {"io.modelcontextprotocol/serverInfo": INFO}
    assert json.loads(result_shape(version, INFO).write(answer)) == expected


def test_an_sdk_that_writes_results_otherwise_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "serialize_server_result", lambda *_: {"content": [], "isError": False, "new": 1})
    with pytest.raises(ShapeChanged):
        result_shape("2025-11-25", INFO)


@pytest.mark.parametrize(
    "params",
    [
        {"name": "a", "_meta": META},
        {"name": "a", "arguments": {}, "_meta": META},
        {"name": "a", "arguments": {"deep": [{"x": None}]}, "_meta": {**META, "traceparent": "00-1"}},
    ],
)
def test_a_plain_call_needs_no_kernel(params: dict[str, Any]) -> None:
    assert is_plain("tools/call", "2026-07-28", params)


@pytest.mark.parametrize(
    "params",
    [
        {"_meta": META},
        {"name": 7, "_meta": META},
        {"name": "a", "arguments": [], "_meta": META},
        {"name": "a", "arguments": None, "_meta": META},
        {"name": "a", "inputResponses": {}, "_meta": META},
        {"name": "a", "requestState": "x", "_meta": META},
        {"name": "a", "_meta": {**META, "io.modelcontextprotocol/clientInfo": 7}},
        {"name": "a", "_meta": {**META, "io.modelcontextprotocol/logLevel": "loud"}},
        {"name": "a", "_meta": {**META, "more": "x" * 2000}},
    ],
    ids=lambda params: str(params)[:60],
)
def test_what_is_doubtful_is_left_to_the_kernel(params: dict[str, Any]) -> None:
    assert not is_plain("tools/call", "2026-07-28", params)


@pytest.mark.parametrize(
    "params", [{}, {"_meta": 7}, {"cursor": "x", "_meta": META}, {"_meta": {**META, "progressToken": []}}]
)
def test_a_doubtful_list_is_left_to_the_kernel_too(params: dict[str, Any]) -> None:
    assert not is_plain("tools/list", "2026-07-28", params)


def test_a_plain_list_needs_no_kernel() -> None:
    assert is_plain("tools/list", "2026-07-28", {"_meta": META})
    assert is_plain("tools/list", "2025-11-25", {})
