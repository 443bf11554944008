"""Calls that ask for progress: what comes over the stream, in order."""

from __future__ import annotations

import json
from typing import Any

import httpx2

from tests.protocol.wire import JSON
from tests.tools.writes.files import Files


def events(answer: httpx2.Response) -> list[JSON]:
    """The JSON-RPC messages of a stream, or the one of a plain answer."""
    if answer.headers["content-type"].startswith("application/json"):
        return [answer.json()]
    lines = answer.text.splitlines()
    return [json.loads(line[5:]) for line in lines if line.startswith("data:") and line[5:].strip()]


def with_progress(files: Files, tool: str, **arguments: Any) -> tuple[list[JSON], JSON]:
    """What was told on the way (`params` of each notification), and the structured content."""
    wire = files.wire
    params: JSON = {"name": f"ctera_portal_{tool}", "arguments": {**files.place, **arguments}}
    message = wire.message("tools/call", params)
    message["params"].setdefault("_meta", {})["progressToken"] = "here"
    content = json.dumps(message).encode()
    found = events(wire.send("tools/call", params, token=files.token, content=content))
    told = [one["params"] for one in found if one.get("method") == "notifications/progress"]
    return told, found[-1]["result"]["structuredContent"]
