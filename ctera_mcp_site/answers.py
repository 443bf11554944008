"""Words and shapes of what leaves: tool results, refusals that tell a model what to do next, error bodies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from ctera_mcp_site import suspended
from oauth.policy import Denied, DenyReason
from tools.errors import ErrorCode

if TYPE_CHECKING:
    from tools.spec import JSON

POLICY_REFUSAL = -32010
"""JSON-RPC error code of a refusal at the HTTP gate (design section 5)."""

SENTENCES = {
    DenyReason.MISSING_SCOPE: "Your token lacks a scope that this needs.",
    DenyReason.DENIED_BY_POLICY: "A policy of this server closes this for you.",
    DenyReason.NO_POLICY: "No policy of this server opens this for you.",
}


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


def refusal_message(denied: Denied, *, explain: str) -> str:
    """What a caller is told: `id` nothing but the fact, `reason` the reason and the remedy, `policy` its name too."""
    if denied.stop is not None:
        return suspended.message(denied.stop, explain=explain)
    if explain == "id":
        return "This call is refused. Tell the user the decision id; an operator can look it up."
    said = SENTENCES.get(denied.reason, "This call is refused.")
    if explain == "policy" and denied.policy:
        said = f"{said} Policy: '{denied.policy}'."
    if denied.required_scopes:
        scopes = " ".join(denied.required_scopes)
        return f"{said} Sign in again and ask for the scopes: {scopes}."
    return f"{said} Do not retry; ask the user to contact an operator with the decision id."


def denied_result(denied: Denied, decision: str, *, explain: str, addition: str = "") -> JSON:
    """A refusal as a tool result, for calls that are refused because of their arguments; `addition` ends the text."""
    code = ErrorCode.SUSPENDED if denied.reason is DenyReason.SUSPENDED else ErrorCode.POLICY_DENIED
    more: JSON = {"required_scopes": list(denied.required_scopes)} if denied.required_scopes else {}
    if explain != "id":
        more = {"reason": denied.reason.value, **more}
    if denied.stop is not None:
        more.update(suspended.details(denied.stop))
    return failure(code.value, refusal_message(denied, explain=explain) + addition, decision, **more)


def refusal_body(request_id: Any, denied: Denied, decision: str, *, explain: str) -> bytes:
    """The JSON-RPC error body of a 403."""
    data = {"reason": denied.reason.value, "decision": decision, "required_scopes": list(denied.required_scopes)}
    if explain == "id":
        data["reason"] = "refused"
    return error_body(request_id, POLICY_REFUSAL, refusal_message(denied, explain=explain), data)


def error_body(request_id: Any, code: int, message: str, data: JSON | None = None) -> bytes:
    """A JSON-RPC error."""
    error = {"code": code, "message": message, **({"data": data} if data is not None else {})}
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "error": error}, separators=(",", ":")).encode()
