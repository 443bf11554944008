"""Portals are looked at in the background by one worker at a time, whoever dies, and no account is locked by it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.protocol.databases import BOTH_AT_LENGTH, new_database, out_of_reach
from tests.protocol.evidence import query
from tests.protocol.from_outside import metrics_page, until
from tests.protocol.processes import workers
from tests.protocol.wire import MODERN, Wire
from tests.simulators.stack import RunningStack, free_port, start_server, start_stack

pytestmark = pytest.mark.timeout(180)
PERIOD = 5
COLUMNS = "good, code, error, remedy, checked_at, since, refused_logins"


@contextmanager
def looking(directory: Path, kind: str, workers: str = "1") -> Iterator[RunningStack]:
    with (
        new_database(kind, directory) as url,
        start_stack(directory, DATABASE_URL=url, PORTAL_PROBE_SECONDS=str(PERIOD), WORKERS=workers) as stack,
    ):
        yield stack


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A server of one worker."""
    with looking(tmp_path_factory.mktemp("prober"), "sqlite") as stack:
        yield stack


@pytest.fixture
def server(one: RunningStack) -> RunningStack:
    """The same, with both portals known to be good."""
    one.portal.control(clear=True)
    one.portal.control(password={"account": "svc-mcp", "password": "svc-secret"})
    one.manage("check_portal")
    until(lambda: is_good(one, "hq"))
    return one


def health(stack: RunningStack) -> dict[str, dict[str, Any]]:
    """What is known of each portal, straight from the database."""
    sql = f"SELECT p.name, {COLUMNS} FROM tools_portalhealth h JOIN tools_portalprofile p ON p.id = h.profile_id"
    names = COLUMNS.split(", ")
    return {name: dict(zip(names, values, strict=True)) for name, *values in query(stack, sql)}


def is_good(stack: RunningStack, name: str, *, good: bool = True) -> bool:
    row = health(stack).get(name, {})
    return row.get("checked_at") is not None and bool(row["good"]) is good


def figure(stack: RunningStack, name: str) -> int:
    value = stack.portal.stats()[name]
    assert isinstance(value, int)
    return value


@pytest.mark.parametrize("kind", BOTH_AT_LENGTH)
def test_each_portal_is_looked_at_once_in_a_period_by_all_workers_of_all_servers(kind: str, tmp_path: Path) -> None:
    with looking(tmp_path, kind, "2") as stack:
        port = free_port()
        more = {"PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}"}
        second = tmp_path / "second"
        second.mkdir()
        with start_server(stack.environment | more, second):
            until(lambda: all(is_good(stack, name) for name in ("hq", "acme-files")))
            before, began = figure(stack, "logins"), time.monotonic()
            until(lambda: figure(stack, "logins") - before >= 4)
            took = time.monotonic() - began
            assert took >= PERIOD - 0.5, "two portals were looked at more than once each in a period"
            assert figure(stack, "logins") - before <= 2 * (took / PERIOD + 1)
        until(lambda: figure(stack, "open_sessions") == 0)
        assert figure(stack, "failed_logins") == 0
    assert "unexpectedly" not in stack.log_file.read_text()


def test_when_all_workers_die_another_server_goes_on_and_sessions_are_few(tmp_path: Path) -> None:
    with looking(tmp_path, "sqlite", "2") as stack:
        until(lambda: is_good(stack, "hq"))
        port = free_port()
        more = {"PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}", "WORKERS": "1"}
        second = tmp_path / "second"
        second.mkdir()
        with start_server(stack.environment | more, second):
            victims = workers(stack.server.pid)
            stack.server.kill()
            for victim in victims:
                os.kill(victim, signal.SIGKILL)
            before = figure(stack, "logins")
            until(lambda: figure(stack, "logins") >= before + 4, 75)


def test_the_state_of_a_portal_in_trouble_is_told_and_when_it_is_over(server: RunningStack) -> None:
    stack = server
    since = health(stack)["hq"]["since"]
    stack.portal.control(fault={"match": "login", "kind": "status", "status": 503, "times": 1000})
    until(lambda: is_good(stack, "hq", good=False))
    row = health(stack)["hq"]
    assert row["code"] == "portal_unavailable"
    assert "503" in row["error"]
    assert row["remedy"]
    assert row["since"] > since
    until(lambda: 'ctera_mcp_portal_up{portal="hq"} 0.0' in metrics_page(stack))
    stack.portal.control(clear=True)
    until(lambda: is_good(stack, "hq"))
    until(lambda: 'ctera_mcp_portal_up{portal="hq"} 1.0' in metrics_page(stack))
    until(lambda: figure(stack, "open_sessions") == 0)


def test_a_refused_password_is_tried_ever_less_often_until_it_is_right(server: RunningStack) -> None:
    stack = server
    stack.portal.control(password={"account": "svc-mcp", "password": "a new one"})
    until(lambda: is_good(stack, "hq", good=False))
    assert health(stack)["hq"]["code"] == "portal_login_failed"
    tried, looks = figure(stack, "failed_logins"), figure(stack, "logins")
    until(lambda: figure(stack, "logins") >= looks + 3)  # three periods of the other portal
    assert figure(stack, "failed_logins") == tried
    stack.portal.control(password={"account": "svc-mcp", "password": "svc-secret"})
    stack.manage("check_portal", "hq")
    until(lambda: is_good(stack, "hq"))
    assert health(stack)["hq"]["refused_logins"] == 0


def test_calls_and_looks_share_one_pause_after_a_refused_login(server: RunningStack) -> None:
    stack = server
    with Wire(stack, MODERN) as wire:
        stack.portal.control(password={"account": "svc-mcp", "password": "a new one"})
        stack.portal.control(expire="all")
        before = figure(stack, "failed_logins")
        assert wire.bad("who_am_i", stack.token("bob"), portal="hq")["code"] == "portal_login_failed"
        until(lambda: is_good(stack, "hq", good=False))
        assert figure(stack, "failed_logins") - before <= 2


def test_disabled_profiles_are_left_alone_and_changed_ones_looked_at_soon(
    server: RunningStack,
) -> None:
    switch(server, "acme-files", enabled=False)
    next_look(server, "hq")  # whatever was on its way to the other one has arrived by then
    checked = health(server)["acme-files"]["checked_at"]
    next_look(server, "hq")
    next_look(server, "hq")
    assert health(server)["acme-files"]["checked_at"] == checked
    port = server.portal.https_port
    switch(server, "hq", port=1)
    until(lambda: is_good(server, "hq", good=False))
    switch(server, "hq", port=port)
    switch(server, "acme-files", enabled=True)


def next_look(stack: RunningStack, name: str) -> None:
    """Wait until a portal was looked at once more."""
    before = health(stack)[name]["checked_at"]
    until(lambda: bool(health(stack)[name]["checked_at"] > before))


def switch(stack: RunningStack, name: str, **values: object) -> None:
    code = f"from tools.models import PortalProfile as P; P.objects.filter(name={name!r}).update(**{values!r})"
    stack.manage("shell", "--command", code)


@pytest.mark.parametrize("kind", BOTH_AT_LENGTH)
def test_without_the_database_nobody_looks_and_calls_and_stopping_go_on(kind: str, tmp_path: Path) -> None:
    with looking(tmp_path, kind) as stack:
        until(lambda: is_good(stack, "hq"))
        url = stack.environment["DATABASE_URL"]
        with out_of_reach(url):
            until(lambda: "cannot be read" in stack.log_file.read_text())
            assert httpx2.get(f"{stack.base}/healthz", trust_env=False).status_code == 200
        before = figure(stack, "logins")
        until(lambda: figure(stack, "logins") > before)
        began = time.monotonic()
        stack.server.terminate()
        stack.server.wait(20)
        assert time.monotonic() - began < 15


def test_a_look_that_hangs_delays_neither_calls_nor_the_end(tmp_path: Path) -> None:
    with looking(tmp_path, "sqlite") as stack, Wire(stack, MODERN) as wire:
        until(lambda: is_good(stack, "hq"))
        assert wire.good("who_am_i", stack.token("bob"), portal="hq")
        stack.portal.control(hold="login")
        stack.portal.wait_held("login", timeout=30)
        began = time.monotonic()
        assert wire.good("who_am_i", stack.token("bob"), portal="hq")
        assert time.monotonic() - began < 10
        stack.server.terminate()
        stack.server.wait(20)
        stack.portal.control(release="login")


def test_with_a_period_of_0_nobody_looks(stack: RunningStack) -> None:
    assert stack.environment["PORTAL_PROBE_SECONDS"] == "0"
    page = metrics_page(stack)
    assert "ctera_mcp_tokens_cached" in page
    assert "ctera_mcp_portal_looks_total{" not in page  # commands of other tests look too, in processes of their own
