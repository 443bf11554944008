"""Tools of the conformance suite that ask the client back: one round asks, the next one answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from mcp.shared.exceptions import MCPError
from mcp_types import MISSING_REQUIRED_CLIENT_CAPABILITY

from tests.judges.fixture_content import JSON, text

Round = Callable[[Mapping[str, Any], str | None, Mapping[str, Any]], JSON]
"""Input responses, request state and the client's capabilities in; a result out."""


def form(message: str, **properties: JSON) -> JSON:
    """A request for a form."""
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"method": "elicitation/create", "params": {"message": message, "requestedSchema": schema}}


def sampling(words: str, most: int) -> JSON:
    """A request for a sample of the client's model."""
    messages = [{"role": "user", "content": text(words)}]
    return {"method": "sampling/createMessage", "params": {"messages": messages, "maxTokens": most}}


ROOTS: Final[JSON] = {"method": "roots/list", "params": {}}
NAME: Final = form("What is your name?", name={"type": "string"})
CONFIRM: Final = form("Please confirm", ok={"type": "boolean"})


def asks(requests: JSON, state: str | None = None) -> JSON:
    """An interim result."""
    found: JSON = {"resultType": "input_required", "inputRequests": requests}
    return found if state is None else {**found, "requestState": state}


def done(words: str) -> JSON:
    """A complete result."""
    return {"resultType": "complete", "content": [text(words)], "isError": False}


def _given(answers: Mapping[str, Any], key: str, *path: str) -> Any:
    """What the client answered, or None for anything of another shape."""
    found: Any = answers.get(key)
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def elicitation(answers: Mapping[str, Any], state: str | None, capabilities: Mapping[str, Any]) -> JSON:
    """Asks for a name."""
    name = _given(answers, "user_name", "content", "name")
    return done(f"Hello, {name}!") if isinstance(name, str) else asks({"user_name": NAME})


def capital(answers: Mapping[str, Any], state: str | None, capabilities: Mapping[str, Any]) -> JSON:
    """Asks the client's model."""
    said = _given(answers, "capital_question")
    question = sampling("What is the capital of France?", 100)
    return done(json.dumps(said)) if said is not None else asks({"capital_question": question})


def roots(answers: Mapping[str, Any], state: str | None, capabilities: Mapping[str, Any]) -> JSON:
    """Asks for the client's roots."""
    found = _given(answers, "client_roots", "roots")
    return done(json.dumps(found)) if found is not None else asks({"client_roots": ROOTS})


def with_state(answers: Mapping[str, Any], state: str | None, capabilities: Mapping[str, Any]) -> JSON:
    """Asks with a state that must come back."""
    return done("state-ok") if "confirm" in answers and state == "round-1" else asks({"confirm": CONFIRM}, "round-1")


def several(answers: Mapping[str, Any], state: str | None, capabilities: Mapping[str, Any]) -> JSON:
    """Asks for three things at once."""
    wanted = {"user_name": NAME, "greeting": sampling("Generate a greeting", 50), "client_roots": ROOTS}
    return done("all there") if wanted.keys() <= answers.keys() else asks(wanted, "several")


def rounds(answers: Mapping[str, Any], state: str | None, capabilities: Mapping[str, Any]) -> JSON:
    """Asks twice."""
    if state == "round-2" and "step2" in answers:
        return done("both steps done")
    if state == "round-1" and "step1" in answers:
        return asks({"step2": form("Step 2: What is your favorite color?", color={"type": "string"})}, "round-2")
    return asks({"step1": form("Step 1: What is your name?", name={"type": "string"})}, "round-1")


def able(answers: Mapping[str, Any], state: str | None, capabilities: Mapping[str, Any]) -> JSON:
    """Asks only for what the client can do."""
    possible = {"elicitation": NAME, "sampling": sampling("Say hello", 20), "roots": ROOTS}
    wanted = {f"by_{name}": request for name, request in possible.items() if name in capabilities}
    return done("done") if not wanted or wanted.keys() <= answers.keys() else asks(wanted)


def needs_sampling(answers: Mapping[str, Any], state: str | None, capabilities: Mapping[str, Any]) -> JSON:
    """Refuses a client that cannot sample."""
    if "sampling" not in capabilities:
        data: JSON = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "The client must support sampling.", data)
    return done("sampled")


PREFIX: Final = "test_input_required_result_"
ROUNDS: Final[dict[str, Round]] = {
    f"{PREFIX}elicitation": elicitation,
    f"{PREFIX}sampling": capital,
    f"{PREFIX}list_roots": roots,
    f"{PREFIX}request_state": with_state,
    f"{PREFIX}multiple_inputs": several,
    f"{PREFIX}multi_round": rounds,
    f"{PREFIX}tampered_state": with_state,
    f"{PREFIX}capabilities": able,
    "test_missing_capability": needs_sampling,
    "test_streaming_elicitation": elicitation,
}


def prompt_round(answers: Mapping[str, Any]) -> JSON:
    """The prompt that asks for its context."""
    context = _given(answers, "user_context", "content", "context")
    if not isinstance(context, str):
        return asks({"user_context": form("What context should the prompt use?", context={"type": "string"})})
    return {"resultType": "complete", "messages": [{"role": "user", "content": text(f"Use {context}.")}]}
