"""Words and shapes of what leaves: tool results, refusals that tell a model what to do next, error bodies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

if TYPE_CHECKING:
    from oauth.refusals import Told
    from tools.spec import JSON

POLICY_REFUSAL = -32010
"""JSON-RPC error code of a refusal at the HTTP gate (design section 5)."""


def result(structured: JSON) -> JSON:
    """A tool result: structured content, and the same as text for clients that read only text."""
    text = to_json(structured).decode("utf-8")
    return _complete(text, structured, is_error=False)


def failure(code: str, message: str, decision: str, **more: Any) -> JSON:
    """A failed tool result: one sentence for the model, and the same in structured form."""
    structured = {"code": code, "message": message, "decision": decision, **more}
    return _complete(f"{message} [{code}, {decision}]", structured, is_error=True)


def _complete(text: str, structured: JSON, *, is_error: bool) -> JSON:
    content = [{"type": "text", "text": text}]
    return {"resultType": "complete", "content": content, "structuredContent": structured, "isError": is_error}


def denied_result(told: Told, decision: str) -> JSON:
    """A refusal as a tool result, for calls that are refused because of their arguments."""
    return failure(told.code.value, told.message, decision, **told.members)


def refusal_body(request_id: Any, told: Told, decision: str) -> bytes:
    """The JSON-RPC error body of a 403."""
    members = {"required_scopes": [], **told.members} if told.members else {}
    return error_body(request_id, POLICY_REFUSAL, told.message, {"decision": decision, **members})


def error_body(request_id: Any, code: int, message: str, data: JSON | None = None) -> bytes:
    """A JSON-RPC error."""
    error = {"code": code, "message": message, **({"data": data} if data is not None else {})}
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "error": error}, separators=(",", ":")).encode()
