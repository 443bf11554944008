"""Answers `/metrics` to whoever holds the token, and without one to programs on this machine that came directly."""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING, Final

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from oauth.bearer import BearerToken, NoToken, bearer_token
from oauth.middleware import respond

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from ctera_mcp_site.conf import MetricsConfiguration
    from oauth.middleware import Receive, Scope, Send

PATH: Final = "/metrics"
CHALLENGE: Final = 'Bearer realm="metrics"'
NO_TOKEN: Final = b'{"error":"Send Authorization: Bearer with the value of METRICS_TOKEN."}'
NOT_HERE: Final = b'{"error":"Not found."}'
ALLOW: Final = [(b"allow", b"GET, HEAD")]
CARRIED: Final = frozenset({
    b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"x-cluster-client-ip", b"true-client-ip", b"client-ip",
    b"x-original-host", b"x-original-url", b"x-envoy-external-address", b"x-proxyuser-ip", b"cf-connecting-ip",
    b"fastly-client-ip", b"cdn-loop",
})  # fmt: skip
"""Headers that only proxies add; so are all that begin with `x-forwarded`."""
LOCAL_NAMES: Final = frozenset({b"localhost", b"127.0.0.1", b"[::1]"})


class MetricsDoor:
    """401 where a token would open it, 404 where none is set, 405 for methods that do not read."""

    def __init__(self, configuration: MetricsConfiguration, page: Callable[[], Awaitable[bytes]]) -> None:
        self._token = configuration.token.encode("ascii")
        self._proxies = [ipaddress.ip_network(proxy) for proxy in configuration.trusted_proxies]
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if not self.is_open_to(scope):
            if self._token:
                await respond(send, 401, NO_TOKEN, challenge=CHALLENGE)
            else:
                await respond(send, 404, NOT_HERE)
        elif scope["method"] not in {"GET", "HEAD"}:
            await respond(send, 405, b"", headers=ALLOW)
        else:
            page = await self._page()
            headers = [
                (b"content-type", CONTENT_TYPE_PLAIN_0_0_4.encode("ascii")),
                (b"content-length", str(len(page)).encode("ascii")),
                (b"cache-control", b"no-store"),
            ]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else page})

    def is_open_to(self, scope: Scope) -> bool:
        """A token that is presented decides alone; without one, only a direct local request may read."""
        presented = bearer_token(scope["headers"], scope.get("query_string", b""))
        if isinstance(presented, BearerToken):
            given = presented.value.encode("latin-1", "replace")
            return bool(self._token) and hmac.compare_digest(given, self._token)
        return isinstance(presented, NoToken) and self._is_direct(scope) and names_this_machine(scope["headers"])

    def _is_direct(self, scope: Scope) -> bool:
        """From this machine's own address, which is no proxy's, without a trace of one."""
        peer = scope.get("client")
        if not peer or any(is_carried(name) for name, _ in scope["headers"]):
            return False
        try:
            address = ipaddress.ip_address(peer[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return address.is_loopback and not any(address in proxy for proxy in self._proxies)


def is_carried(name: bytes) -> bool:
    """Whether a header tells that a proxy passed the request on."""
    return name.startswith(b"x-forwarded") or name in CARRIED


def names_this_machine(headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether the one Host is a name of this machine: a web page's own name can be made to lead here."""
    hosts = [value.lower() for name, value in headers if name == b"host"]
    if len(hosts) != 1:
        return False
    name, colon, port = hosts[0].rpartition(b":")
    return hosts[0] in LOCAL_NAMES or (bool(colon) and port.isdigit() and name in LOCAL_NAMES)
