"""`/metrics` opens to its token, and without one to programs on this machine that came directly; to nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from ctera_mcp_site.conf import MetricsConfiguration
from ctera_mcp_site.metrics_door import MetricsDoor

TOKEN = "metrics-token-0123456789-0123456789"
HOST = (b"host", b"localhost:10000")
BEARER = (b"authorization", f"Bearer {TOKEN}".encode())
HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"


async def asked(
    *headers: tuple[bytes, bytes],
    peer: str | None = HERE,
    token: str = "",
    proxies: tuple[str, ...] = (),
    method: str = "GET",
    query: bytes = b"",
) -> tuple[int, dict[bytes, bytes], bytes]:
    sent: list[Any] = []

    async def page() -> bytes:
        return b"the page\n"

    async def send(event: Any) -> None:
        sent.append(event)

    scope = {"method": method, "headers": list(headers), "query_string": query, "client": peer and (peer, 40000)}
    door = MetricsDoor(MetricsConfiguration(token, "", list(proxies)), page)
    await door(scope, None, send)  # type: ignore[arg-type]  # nothing is received
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", [b"localhost", b"localhost:10000", b"127.0.0.1:10000", b"[::1]:10000", b"LOCALHOST"])
async def test_a_program_on_this_machine_may_read(peer: str, host: bytes) -> None:
    status, headers, body = await asked((b"host", host), peer=peer)
    assert (status, body) == (200, b"the page\n")
    assert headers[b"content-type"] == b"text/plain; version=0.0.4; charset=utf-8"
    assert headers[b"cache-control"] == b"no-store"


@pytest.mark.parametrize("peer", [ELSEWHERE, "10.0.0.1", "::2", "::ffff:10.0.0.1", "fe80::1%eth0", "unix", None])
async def test_from_elsewhere_there_is_nothing_without_a_token(peer: str | None) -> None:
    assert (await asked(HOST, peer=peer))[0] == 404
    status, headers, _ = await asked(HOST, peer=peer, token=TOKEN)
    assert status == 401
    assert headers[b"www-authenticate"] == b'Bearer realm="metrics"'


@pytest.mark.parametrize(
    "name",
    ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded", "forwarded", "via", "x-real-ip",
     "cf-connecting-ip", "true-client-ip", "x-client-ip", "x-envoy-external-address"],
)  # fmt: skip
async def test_what_a_proxy_passed_on_is_not_of_this_machine(name: str) -> None:
    assert (await asked(HOST, (name.encode(), b"127.0.0.1")))[0] == 404


@pytest.mark.parametrize("proxy", ["127.0.0.1", "127.0.0.0/8", "0.0.0.0/0"])
async def test_the_address_of_a_trusted_proxy_is_not_of_this_machine(proxy: str) -> None:
    assert (await asked(HOST, proxies=(proxy,)))[0] == 404
    assert (await asked(HOST, proxies=("10.0.0.0/8", "::/0")))[0] == 200
    assert (await asked(HOST, BEARER, proxies=(proxy,), token=TOKEN))[0] == 200


@pytest.mark.parametrize(
    "hosts",
    [[b"evil.example"], [b"localhost.evil.example"], [b"127.0.0.1.evil.example:80"], [b"localhost:x"], [b""], [],
     [b"localhost", b"evil.example"]],
)  # fmt: skip
async def test_a_name_that_was_made_to_lead_here_does_not_open(hosts: list[bytes]) -> None:
    assert (await asked(*((b"host", host) for host in hosts)))[0] == 404


async def test_the_token_opens_from_anywhere() -> None:
    carried = (b"x-forwarded-for", b"198.51.100.1")
    assert (await asked((b"host", b"10.1.2.3:10000"), BEARER, carried, peer=ELSEWHERE, token=TOKEN))[0] == 200


@pytest.mark.parametrize(
    "value",
    [f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Bearer  {TOKEN}", f"Bearer {TOKEN.upper()}", "Bearer é", "Bearer x"],
)
@pytest.mark.parametrize("peer", [HERE, ELSEWHERE])
async def test_a_wrong_token_opens_nowhere(value: str, peer: str) -> None:
    wrong = (b"authorization", value.encode("latin-1"))
    assert (await asked(HOST, wrong, peer=peer, token=TOKEN))[0] == 401
    assert (await asked(HOST, wrong, peer=peer))[0] == 404


async def test_no_token_is_set_and_so_none_opens() -> None:
    assert (await asked(HOST, (b"authorization", b"Bearer "), peer=ELSEWHERE))[0] == 404
    assert (await asked(HOST, BEARER, peer=ELSEWHERE))[0] == 404


async def test_a_token_presented_in_two_ways_opens_nowhere() -> None:
    assert (await asked(HOST, BEARER, BEARER, token=TOKEN))[0] == 401
    assert (await asked(HOST, BEARER, token=TOKEN, query=b"access_token=x"))[0] == 401


async def test_a_token_in_the_query_is_never_read() -> None:
    assert (await asked(HOST, peer=ELSEWHERE, token=TOKEN, query=f"access_token={TOKEN}".encode()))[0] == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
async def test_metrics_are_served_to_reading_methods_only(method: str) -> None:
    status, headers, _ = await asked(HOST, method=method)
    assert (status, headers[b"allow"]) == (405, b"GET, HEAD")
    assert (await asked(HOST, method=method, peer=ELSEWHERE))[0] == 404


async def test_head_is_the_page_without_its_body() -> None:
    status, headers, body = await asked(HOST, method="HEAD")
    assert (status, headers[b"content-length"], body) == (200, b"9", b"")


def test_the_token_is_in_no_repr() -> None:
    assert TOKEN not in repr(MetricsConfiguration(TOKEN, "", []))
