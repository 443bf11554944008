"""What `/keys` answers when it is asked to be of no use."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)

JSON_TYPE = "application/json"


async def trickle(text: str) -> AsyncIterator[bytes]:
    """A byte at a time, so that no single wait is long."""
    for character in text:
        yield character.encode()
        await asyncio.sleep(0.05)


def compressed() -> Response:
    """Small on the wire, fifty megabytes unfolded."""
    folded = gzip.compress(b'{"keys":["' + b"x" * 50_000_000 + b'"]}')
    return Response(folded, headers={"Content-Encoding": "gzip"}, media_type=JSON_TYPE)


TROUBLE: dict[str, Callable[[dict[str, Any]], Response]] = {
    "down": lambda _: PlainTextResponse("down", 503),
    "error": lambda _: PlainTextResponse("error", 500),
    "redirect": lambda _: RedirectResponse("/elsewhere"),
    "oversized": lambda _: PlainTextResponse('{"keys":["' + "x" * 10_000_000 + '"]}', media_type=JSON_TYPE),
    "compressed": lambda _: compressed(),
    "trickle": lambda keys: StreamingResponse(trickle(json.dumps(keys)), media_type=JSON_TYPE),
    "html": lambda _: HTMLResponse("<html>maintenance</html>"),
    "empty": lambda _: JSONResponse({"keys": []}),
    "deep": lambda _: PlainTextResponse("[" * 100_000, media_type=JSON_TYPE),
}
