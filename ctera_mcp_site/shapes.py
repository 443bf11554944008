"""How each protocol revision writes a tool call and its result, asked of the SDK's own tables and remembered.

The SDK's kernel checks every request against its revision's models and sieves every result through them. Our results
have one form, so what a revision makes of that form is asked once; requests that differ only in name and arguments are
checked once for each `_meta`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mcp_types import SERVER_INFO_META_KEY, CallToolRequestParams, PaginatedRequestParams
from mcp_types.methods import serialize_server_result, validate_client_request
from mcp_types.version import MODERN_PROTOCOL_VERSIONS
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from ctera_mcp_site.answers import result

if TYPE_CHECKING:
    from ctera_mcp_site.answers import Answer
    from tools.spec import JSON

METHOD = "tools/call"
PLAIN_PARAMS = {METHOD: frozenset({"name", "arguments", "_meta"}), "tools/list": frozenset({"_meta"})}
MODELS: Mapping[str, type[BaseModel]] = {METHOD: CallToolRequestParams, "tools/list": PaginatedRequestParams}
MOST_META = 2_000
"""Bytes of a `_meta` worth remembering; larger ones are checked by the kernel each time."""

PROBE = result({"none": None, "list": [1, {"none": None}], "ä": '"'})


@dataclass(frozen=True, slots=True)
class ResultShape:
    """The bytes around a result's text and structured content in one revision."""

    keeps_structure: bool
    ending: bytes

    def write(self, answer: Answer) -> bytes:
        """The value of `result`."""
        parts = [b'{"content":[{"type":"text","text":', to_json(answer.text), b"}]"]
        if self.keeps_structure:
            parts += [b',"structuredContent":', answer.encoded]
        parts += [b',"isError":true' if answer.is_error else b',"isError":false', self.ending]
        return b"".join(parts)


def result_shape(version: str, server_info: JSON) -> ResultShape:
    """Ask the SDK what `version` keeps of our results; raises `ShapeChanged` when it makes something else of them."""
    kept = serialize_server_result(METHOD, version, PROBE.as_result())
    keeps_structure, ending = "structuredContent" in kept, b"}"
    if version in MODERN_PROTOCOL_VERSIONS:
        ending = b',"resultType":"complete","_meta":%b}' % to_json({SERVER_INFO_META_KEY: server_info})
        kept["_meta"] = {SERVER_INFO_META_KEY: server_info}  # the kernel's own last step
    shape = ResultShape(keeps_structure, ending)
    if json.loads(shape.write(PROBE)) != kept:
        raise ShapeChanged(version)
    return shape


class ShapeChanged(Exception):  # noqa: N818 - reads as what it is when the start fails
    """The SDK writes results of a revision in a way that `ResultShape` does not know."""


def is_plain(method: str, version: str, params: JSON) -> bool:
    """Whether the revision's own models accept the request as it stands; when in doubt no, and the kernel says why."""
    if not params.keys() <= PLAIN_PARAMS[method]:
        return False
    if method == METHOD and not (isinstance(params.get("name"), str) and isinstance(params.get("arguments", {}), dict)):
        return False
    if "_meta" not in params:
        return _takes_meta(method, version, None)
    meta = to_json(params["_meta"])
    return len(meta) <= MOST_META and _takes_meta(method, version, meta)


@lru_cache(maxsize=512)
def _takes_meta(method: str, version: str, meta: bytes | None) -> bool:
    params: dict[str, Any] = {"name": "name", "arguments": {}} if method == METHOD else {}
    if meta is not None:
        params["_meta"] = json.loads(meta)
    try:
        validate_client_request(method, version, params)
        MODELS[method].model_validate(params, by_name=False)
    except (KeyError, ValueError, ValidationError):
        return False
    return True
