"""Traps of the process that talks to a portal (log, loop, settings), met by the running server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack


@pytest.fixture
def talkative(tmp_path: Path) -> Iterator[RunningStack]:
    """A server that logs all it can, where a netrc file and proxies lie in wait."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login svc-mcp password from-netrc\n")
    nowhere = "http://127.0.0.1:9"
    with start_stack(
        tmp_path, LOG_LEVEL="DEBUG", NETRC=str(netrc), HTTP_PROXY=nowhere, HTTPS_PROXY=nowhere, NO_PROXY=""
    ) as running:
        yield running


@pytest.mark.trap("7.7/cookies-in-the-log")
@pytest.mark.trap("7.9/loop-and-shutdown")
@pytest.mark.trap("1.4/netrc-and-proxies")
def test_a_server_that_logs_everything_logs_no_secret_and_logs_out_as_it_stops(talkative: RunningStack) -> None:
    token = talkative.token("bob")
    with Wire(talkative, "2026-07-28") as wire:
        for tenant in ("acme", "globex"):
            assert wire.good("list_dir", token, path="/Users", tenant=tenant)["entries"]
        assert wire.good("list_dir", token, path="/My Files", portal="acme-files")["entries"]
    talkative.server.terminate()
    talkative.server.wait(30)
    figures = talkative.portal.stats()
    assert figures["logins"] == figures["logouts"] == 3
    assert figures["open_sessions"] == 0
    log = talkative.log_file.read_text()
    assert "DEBUG" in log
    for secret in ("JSESSIONID", "svc-secret", "alice-secret", "from-netrc", "X-CTERA-TOKEN", token, token[-40:]):
        assert secret not in log
