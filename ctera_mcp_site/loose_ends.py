"""What the event loop has to say about things that nobody waits for any more."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

log = logging.getLogger(__name__)
TLS_FAULT: Final = "Fatal error on SSL protocol"
ALREADY_CLOSED: Final = "the handler is closed"


def quietly(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An exception handler of a loop: as the loop's own, but for TLS connections that ended while they were ended.

    When a call is abandoned while its portal still answers, the connection is closed under it; uvloop then finds its
    side of TLS closed before the farewell was sent, and tells it as a fault with a traceback. Nothing is lost by it.
    """
    fault = context.get("exception")
    if context.get("message") == TLS_FAULT and isinstance(fault, RuntimeError) and ALREADY_CLOSED in str(fault):
        log.debug("a TLS connection to a portal was closed before its farewell")
        return
    loop.default_exception_handler(context)
