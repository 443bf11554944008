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
from ctera_mcp_site.file_links import PREFIX as FILES  # noqa: E402
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
        self._doors: dict[str, App] = {}

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
        door = _door_of(scope)
        if door is None:
            await self._django(scope, receive, send)
        elif door not in self._doors:
            await respond(send, 503, NOT_STARTED, headers=[(b"retry-after", b"2")])
        else:
            trim_header_values(scope)
            await self._doors[door](scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        started = False
        try:
            refuse_broken_configuration()
            runtime = self._runtime(conf.configuration())
            async with runtime.running() as app:
                self._doors = {"mcp": app, "metrics": runtime.metrics_door, "files": runtime.file_door()}
                state.runtime = runtime
                try:
                    await send({"type": "lifespan.startup.complete"})
                    started = True
                    await receive()
                finally:
                    self._doors, state.runtime = {}, None
        except BrokenConfiguration as fault:  # it says all there is to say
            log.critical("the server cannot start: %s", fault)
            await send({"type": "lifespan.startup.failed", "message": str(fault)})
        except Exception as fault:  # the process boundary: say why, then let the server end
            told = "the server did not stop in order" if started else "the server cannot start"
            log.critical(told, exc_info=fault)
            phase = "shutdown" if started else "startup"
            await send({"type": f"lifespan.{phase}.failed", "message": f"{told} ({type(fault).__name__})"})
        else:
            await send({"type": "lifespan.shutdown.complete"})


def _door_of(scope: Scope) -> str | None:
    """The part of the data plane that serves a request; None for Django."""
    path = scope["path"]
    if path in {"/mcp", "/mcp/"} or (path == "/" and scope["method"] in {"POST", "OPTIONS"}):
        return "mcp"
    if path.startswith(FILES):
        return "files"
    return "metrics" if path == METRICS else None


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
