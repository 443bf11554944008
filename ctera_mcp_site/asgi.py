"""The composition root of the process: `/mcp` to the MCP stack, everything else to Django; owns the lifespan."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any, cast

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ctera_mcp_site.settings")  # noqa: TID251 - as manage.py does
django.setup()

from django.core import checks  # noqa: E402
from django.core.handlers.asgi import ASGIHandler  # noqa: E402

from ctera_mcp_site import conf, state  # noqa: E402
from ctera_mcp_site.browser_doors import guarded  # noqa: E402
from ctera_mcp_site.metrics_door import PATH as METRICS  # noqa: E402
from ctera_mcp_site.runtime import Runtime  # noqa: E402
from oauth.middleware import respond  # noqa: E402
from oauth.trail import begin  # noqa: E402

if TYPE_CHECKING:
    from oauth.middleware import App, Receive, Scope, Send

log = logging.getLogger(__name__)
NOT_STARTED = b'{"error":"The server is starting or stopping. Try again shortly."}'


class Application:
    """Routes by path; the data plane exists between lifespan startup and shutdown."""

    def __init__(self, runtime: type[Runtime] = Runtime) -> None:
        self._runtime = runtime
        self._django = cast("App", ASGIHandler())
        self._mcp: App | None = None
        self._metrics: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection event stream."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close"})
        else:
            begin()
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_mcp = _is_mcp(scope)
        if not is_mcp and scope["path"] != METRICS:
            await self._django(scope, receive, send)
            return
        app = self._mcp if is_mcp else self._metrics
        if app is None:
            await respond(send, 503, NOT_STARTED, headers=[(b"retry-after", b"2")])
            return
        trim_header_values(scope)
        await app(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            refuse_broken_configuration()
            runtime = self._runtime(conf.configuration())
            async with runtime.running() as app:
                self._mcp, self._metrics, state.runtime = app, runtime.metrics_door, runtime
                await send({"type": "lifespan.startup.complete"})
                await receive()
                self._mcp = self._metrics = state.runtime = None
        except Exception as fault:  # noqa: BLE001 - the process boundary: say why, then let the server exit
            log.critical("the server cannot start: %s", fault)
            await send({"type": "lifespan.startup.failed", "message": str(fault)})
            return
        await send({"type": "lifespan.shutdown.complete"})


def _is_mcp(scope: Scope) -> bool:
    path = scope["path"]
    return path in {"/mcp", "/mcp/"} or (path == "/" and scope["method"] in {"POST", "OPTIONS"})


def trim_header_values(scope: Scope) -> None:
    """Take away the white space around header values, which is not part of them (RFC 9110, section 5.5).

    The parser leaves what stands behind them; the SDK compares `Mcp-Name` with the body to the letter.
    """
    headers = scope["headers"]
    if any(value.endswith((b" ", b"\t")) for _, value in headers):
        scope["headers"] = [(name, value.strip(b" \t")) for name, value in headers]


class BrokenConfiguration(Exception):  # noqa: N818 - reads as what it is in the log
    """System checks found errors; the text lists them."""


def refuse_broken_configuration() -> None:
    """Run Django's system checks, as a server under any ASGI runner must; raises `BrokenConfiguration`."""
    errors = [message for message in checks.run_checks() if message.level >= checks.ERROR]
    if errors:
        raise BrokenConfiguration("\n" + "\n".join(str(message) for message in errors))


application: Any = guarded(Application(), is_https=conf.configuration().public_url.startswith("https://"))
