"""Whatever JSON a body holds, reading it is no fault of the server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctera_mcp_site.exchange import plain_request, wants_stream
from oauth.middleware import Refusal, parse_message

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["jsonrpc", "id", "method", "params", "x"])


@pytest.mark.parametrize("method", [{}, [], ["tools/list"], None, 7, True, {"tools/list": 1}])
def test_a_method_that_is_no_text_is_left_to_the_protocol(method: Any) -> None:
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {}}
    assert plain_request(message) is False
    assert wants_stream(message) is False


@given(st.dictionaries(NAMES, VALUES | st.sampled_from(["2.0", "tools/list", "tools/call"])))
def test_any_object_is_classified(message: dict[str, Any]) -> None:
    assert plain_request(message) in {True, False}
    assert wants_stream(message) in {True, False}


@given(st.binary(max_size=80) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_body_is_an_object_or_refused(body: bytes) -> None:
    assert isinstance(parse_message(body), dict | Refusal)
