"""Refuses requests for other hosts and from foreign web origins, and methods that the endpoint does not serve."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.http.request import split_domain_port, validate_host
from starlette.middleware.cors import CORSMiddleware

from oauth.metadata import LOOPBACK
from oauth.middleware import respond

if TYPE_CHECKING:
    from collections.abc import Callable

    from oauth.middleware import App, Receive, Scope, Send

LOOPBACK_ORIGIN = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?"
ALLOW_POST = [(b"allow", b"POST")]


class Guard:
    """Host, Origin and method, in this order (MCP transports: servers MUST validate Origin)."""

    def __init__(self, app: App, *, is_host: Callable[[bytes], bool], origins: list[str], public_url: str) -> None:
        self._app = app
        self._origins = frozenset({public_url, *origins})
        self._loopback = urlsplit(public_url).hostname in LOOPBACK
        self._is_host = is_host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421, 403 or 405, or pass on."""
        headers = dict(scope["headers"])
        host, origin = headers.get(b"host"), headers.get(b"origin")
        if host is None or not self._is_host(host):
            await respond(send, 421, b'{"error":"This server does not answer for that host."}')
        elif origin is not None and not self._is_origin(origin.decode("latin-1")):
            await respond(
                send, 403, b'{"error":"This origin is not allowed. An operator can add it to ALLOWED_ORIGINS."}'
            )
        elif scope["method"] != "POST":
            await respond(send, 405, b"", headers=ALLOW_POST)
        else:
            await self._app(scope, receive, send)

    def _is_origin(self, origin: str) -> bool:
        return origin in self._origins or (self._loopback and re.fullmatch(LOOPBACK_ORIGIN, origin) is not None)


def host_check(allowed: list[str]) -> Callable[[bytes], bool]:
    """A function that tells whether a Host header names this server; it remembers the last few hundred."""

    @lru_cache(maxsize=256)
    def is_host(raw: bytes) -> bool:
        domain, _ = split_domain_port(raw.decode("latin-1"))
        return bool(domain) and validate_host(domain, allowed)

    return is_host


def cross_origin(app: App, *, origins: list[str], public_url: str) -> App:
    """CORS for browser clients such as Inspector, with the challenge exposed; credentials are never allowed.

    Only requests with an Origin take the way through Starlette's middleware; it would wrap every answer.
    """
    browsers = CORSMiddleware(
        app,
        allow_origins=[public_url, *origins],
        allow_origin_regex=LOOPBACK_ORIGIN if urlsplit(public_url).hostname in LOOPBACK else None,
        allow_methods=["POST"],
        allow_headers=["*"],
        expose_headers=["WWW-Authenticate", "Retry-After", "Mcp-Session-Id", "MCP-Protocol-Version"],
        max_age=600,
    )

    async def by_origin(scope: Scope, receive: Receive, send: Send) -> None:
        if b"origin" in dict(scope["headers"]):
            await browsers(scope, receive, send)
        else:
            await app(scope, receive, send)

    return by_origin
