"""Words and shapes of what leaves: tool results, refusals that tell a model what to do next, error bodies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from oauth.refusals import Told
    from tools.spec import JSON

POLICY_REFUSAL = -32010
"""JSON-RPC error code of a refusal at the HTTP gate; one of those that JSON-RPC leaves to servers."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One tool result: structured content (and its JSON), a text for clients that read only that, whether it failed."""

    text: str
    structured: JSON
    encoded: bytes
    is_error: bool = False

    def as_result(self) -> JSON:
        """The result as the newest revision writes it; the SDK's kernel shapes it for older ones."""
        content = [{"type": "text", "text": self.text}]
        return {
            "resultType": "complete",
            "content": content,
            "structuredContent": self.structured,
            "isError": self.is_error,
        }


def result(structured: JSON, text: Callable[[JSON], str] | None = None) -> Answer:
    """A tool result: structured content, and its JSON as text for clients that read only text, or what `text` says."""
    encoded = to_json(structured)
    return Answer(text(structured) if text else encoded.decode("utf-8"), structured, encoded)


def failure(code: str, message: str, decision: str, **more: Any) -> Answer:
    """A failed tool result: one sentence for the model, and the same in structured form."""
    structured = {"code": code, "message": message, "decision": decision, **more}
    return Answer(f"{message} [{code}, {decision}]", structured, to_json(structured), is_error=True)


def denied_result(told: Told, decision: str, *, addition: str = "") -> Answer:
    """A refusal as a tool result, for calls that are refused because of their arguments; `addition` ends the text."""
    return failure(told.code.value, told.message + addition, decision, **told.members)


def refusal_body(request_id: Any, told: Told, decision: str) -> bytes:
    """The JSON-RPC error body of a 403."""
    members = {"required_scopes": [], **told.members} if told.members else {}
    return error_body(request_id, POLICY_REFUSAL, told.message, {"decision": decision, **members})


def error_body(request_id: Any, code: int, message: str, data: JSON | None = None) -> bytes:
    """A JSON-RPC error."""
    error = {"code": code, "message": message, **({"data": data} if data is not None else {})}
    return json.dumps({"jsonrpc": "2.0", "id": request_id, "error": error}, separators=(",", ":")).encode()
