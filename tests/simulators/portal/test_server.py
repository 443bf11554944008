"""The process itself: its addresses, its certificate, plain HTTP, nonsense, and its end."""

from __future__ import annotations

import os
import signal
import socket
import ssl
from pathlib import Path

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from tests.simulators.portal.fixture import RunningPortal, start_portal
from tests.simulators.portal.sdk import trusting

LOGIN = {"j_username": "alice", "j_password": "alice-globex"}


class Loopback(AbstractResolver):
    """Finds every name on this machine, as a portal's DNS would find the portal."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Answer loopback."""
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing to close."""


async def answer(session: aiohttp.ClientSession, url: str, **options: object) -> tuple[int, str]:
    method = "POST" if "data" in options else "GET"
    async with session.request(method, url, allow_redirects=False, **options) as response:  # type: ignore[arg-type]
        return response.status, await response.text()


async def test_the_host_name_says_which_team_portal_is_meant(portal: RunningPortal) -> None:
    connector = aiohttp.TCPConnector(ssl=trusting(portal), resolver=Loopback())
    async with aiohttp.ClientSession(connector=connector) as session:
        base = "https://{}.portal.test:" + f"{portal.https_port}/ServicesPortal/api"
        assert (await answer(session, base.format("globex") + "/login", data=LOGIN))[0] == 200
        assert await answer(session, base.format("globex") + "/currentPortal") == (200, "<val>globex</val>")
        assert (await answer(session, base.format("acme") + "/login", data=LOGIN))[0] == 403
        assert (await answer(session, base.format("initech") + "/login", data=LOGIN))[0] == 403


async def test_the_default_team_portal_can_be_chosen(portal: RunningPortal) -> None:
    async with aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{portal.http_port}/ServicesPortal/api"
        assert (await answer(session, base + "/login", data=LOGIN))[0] == 403
        portal.control(default_tenant="globex")
        assert (await answer(session, base + "/login", data=LOGIN))[0] == 200


async def test_plain_http_keeps_a_session_too(portal: RunningPortal) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        base = f"http://127.0.0.1:{portal.tenant_http_ports['globex']}/ServicesPortal/api"
        assert (await answer(session, base + "/login", data=LOGIN))[0] == 200
        assert await answer(session, base + "/currentPortal") == (200, "<val>globex</val>")


def test_a_client_that_does_not_know_the_authority_is_warned(portal: RunningPortal) -> None:
    with (
        socket.create_connection(("127.0.0.1", portal.https_port)) as raw,
        pytest.raises(ssl.SSLCertVerificationError),
        ssl.create_default_context().wrap_socket(raw, server_hostname="localhost"),
    ):
        pass


def test_the_authority_is_also_a_file_while_the_process_runs() -> None:
    with start_portal() as running:
        assert Path(running.ca_path).read_text() == running.ca_pem
    assert not Path(running.ca_path).exists()


@pytest.mark.trap("6/dispatch")
@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/nowhere", None, 404),
        ("/admin/api/unheardOf", None, 404),
        ("/admin/api", b"no markup", 400),
        ("/admin/api", b"<obj />", 404),
        ("/admin/api/currentSession", None, 302),
        ("/ServicesPortal/login.html", None, 200),
    ],
)
async def test_requests_without_a_session_are_answered_all_the_same(
    portal: RunningPortal, path: str, data: bytes | None, status: int
) -> None:
    async with aiohttp.ClientSession() as session:
        options = {} if data is None else {"data": data}
        assert (await answer(session, f"http://127.0.0.1:{portal.http_port}{path}", **options))[0] == status


def test_bytes_that_are_no_http_end_the_connection(portal: RunningPortal) -> None:
    with socket.create_connection(("127.0.0.1", portal.http_port)) as raw:
        raw.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert raw.recv(1) == b""


def test_pipelined_requests_are_answered_in_order(portal: RunningPortal) -> None:
    one = b"GET /admin/public/publicInfo HTTP/1.1\r\nHost: x\r\n\r\n"
    two = b"HEAD /ServicesPortal/login.html HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", portal.http_port)) as raw:
        raw.sendall(one + two)
        received = b"".join(iter(lambda: raw.recv(65536), b""))
    assert received.count(b"HTTP/1.1 ") == 2
    assert received.index(b"200") < received.index(b"404")


async def test_cookies_of_one_context_mean_nothing_in_the_other(portal: RunningPortal) -> None:
    async with aiohttp.ClientSession() as session:
        base = f"http://127.0.0.1:{portal.http_port}"
        async with session.post(
            base + "/admin/api/login", data={"j_username": "svc-mcp", "j_password": "svc-secret"}
        ) as r:
            cookie = r.cookies["JSESSIONID"]
        assert cookie["path"] == "/admin"
        headers = {"Cookie": f"JSESSIONID={cookie.value}"}
        assert (await answer(session, base + "/admin/api/version", headers=headers))[0] == 200
        assert (await answer(session, base + "/ServicesPortal/api/version", headers=headers))[0] == 302


def test_a_signal_ends_the_process_and_its_sockets() -> None:
    with start_portal() as running:
        os.kill(running.process_id, signal.SIGTERM)
        os.waitid(os.P_PID, running.process_id, os.WEXITED | os.WNOWAIT)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", running.control_port)).close()


def test_a_log_entry_never_holds_a_cookie_or_a_password(portal: RunningPortal) -> None:
    with socket.create_connection(("127.0.0.1", portal.http_port)) as raw:
        body = b"j_username=svc-mcp&j_password=svc-secret"
        head = b"POST /admin/api/login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
        raw.sendall(head % len(body) + body)
        received = b"".join(iter(lambda: raw.recv(65536), b""))
    cookie = received.split(b"JSESSIONID=")[1].split(b";")[0].decode()
    text = str(portal.log())
    assert "svc-mcp" in text
    assert "svc-secret" not in text
    assert cookie not in text
