"""An edit is in force everywhere within a second: two and four workers, both databases, under load, after a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from tests.protocol.databases import BOTH, two_workers
from tests.protocol.evidence import query
from tests.protocol.lateness import Heartbeat
from tests.protocol.processes import holder, local_port, workers
from tests.protocol.wire import MODERN, Wire
from tests.simulators.editor import Edit, Editor
from tests.simulators.stack import RunningStack, free_port, start_server

LONGEST = 1.0
"""Seconds after a commit for which an older revision may still decide."""
EACH_WORKER = 2
"""Connections that press each worker."""
LIST = "ctera_portal_list_portals"


@pytest.fixture(scope="module", params=BOTH)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Two workers on a database of their own."""
    with two_workers(request.param, tmp_path_factory.mktemp("propagation")) as running:
        yield running


@pytest.fixture(params=[2, 4])
def server(request: pytest.FixtureRequest, stack: RunningStack) -> Iterator[RunningStack]:
    """The stack's own two workers, or a server with four on the same database."""
    if request.param == 2:
        yield stack
        return
    port = free_port()
    more = {"PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}", "WORKERS": str(request.param)}
    directory = stack.log_file.parent / "four"
    directory.mkdir()
    with start_server(stack.environment | more, directory) as (process, log_file):
        yield replace(stack, port=port, environment=stack.environment | more, server=process, log_file=log_file)


@dataclass
class Load:
    """Callers who never rest, each on one connection; a connection that breaks is opened again."""

    server: RunningStack
    opened: AsyncExitStack
    callers: list[asyncio.Task[None]] = field(default_factory=list)
    subject: str = field(default_factory=lambda: f"usr_{uuid.uuid4().hex}")
    held: dict[int, int | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._wire = Wire(self.server, MODERN)
        self._token = self.server.token("alice", sub=self.subject)

    async def call(self, http: httpx2.AsyncClient) -> httpx2.Response:
        params = {"name": LIST, "arguments": {}}
        headers = self._wire.headers("tools/call", LIST, self._token)
        answer = await http.post(self.server.url, json=self._wire.message("tools/call", params), headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["result"]["isError"] is False, answer.text
        return answer

    async def run(self, number: int, http: httpx2.AsyncClient) -> None:
        while True:
            try:
                answer = await self.call(http)
                if number not in self.held:
                    self.held[number] = holder(local_port(answer), workers(self.server.server.pid))
            except httpx2.TransportError:
                self.held.pop(number, None)
            await asyncio.sleep(0.02)  # leaves the machine's two cores some time for the editor and the neighbours

    async def press(self, pids: set[int]) -> None:
        """Add callers until each of these workers is called by as many connections as it shall be."""
        while any(list(self.held.values()).count(pid) < EACH_WORKER for pid in pids):
            number = len(self.callers)
            assert number < 100, self.held
            limits = httpx2.Limits(max_connections=1)
            client = httpx2.AsyncClient(trust_env=False, timeout=30, limits=limits)
            http = await self.opened.enter_async_context(client)
            self.callers.append(asyncio.create_task(self.run(number, http)))
            await until(lambda number=number: number in self.held)


async def until(arrived: Any, seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while not arrived():
            await asyncio.sleep(0.02)  # between two looks


@asynccontextmanager
async def load(server: RunningStack) -> AsyncIterator[Load]:
    """Press every worker of the server for the time of a block."""
    async with AsyncExitStack() as opened:
        pressed = Load(server, opened)
        try:
            await pressed.press(workers(server.server.pid))
            yield pressed
            for task in pressed.callers:
                if task.done():
                    task.result()
        finally:
            for task in pressed.callers:
                task.cancel()
            await asyncio.gather(*pressed.callers, return_exceptions=True)


async def edit_until(editor: Editor, edits: list[Edit], arrived: Any, seconds: float = 90) -> None:
    """Edit, and edit again, until something has happened."""
    async with asyncio.timeout(seconds):
        while not arrived():
            limit = 1000 + len(edits)
            fields = {"scopes": ["ctera:read"], "tools": [LIST], "calls_per_minute": limit}
            edits.append(await asyncio.to_thread(editor.policy, "Moving", **fields))
            await asyncio.sleep(0.1)  # the pace of the edits


def moment(value: Any) -> float:
    """An event's time, as SQLite or PostgreSQL gives it."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def latest_lag(server: RunningStack, subject: str, edits: list[Edit]) -> float:
    """The longest time (seconds) after a commit at which an older revision still decided a call."""
    lag = 0.0
    for when, revision in query(server, f"SELECT time, revision FROM oauth_auditevent WHERE subject = '{subject}'"):
        older = [edit.at for edit in edits if edit.revision > revision and edit.at < moment(when)]
        lag = max([lag, *(moment(when) - at for at in older[:1])])
    return lag


@pytest.mark.timeout(300)
async def test_no_older_revision_decides_a_second_after_the_commit_not_even_around_a_kill(
    server: RunningStack, editor: Editor, late: Heartbeat
) -> None:
    edits: list[Edit] = []
    async with load(server) as pressed:
        begun = workers(server.server.pid)
        stop = time.monotonic() + 1.5
        await edit_until(editor, edits, lambda: time.monotonic() > stop)
        victim = min(begun)
        assert list(pressed.held.values()).count(victim) >= EACH_WORKER
        os.kill(victim, signal.SIGKILL)
        await edit_until(editor, edits, lambda: len(workers(server.server.pid) - begun) == 1)
        fresh = workers(server.server.pid) - begun
        await pressed.press(fresh)
        stop = time.monotonic() + 1.5
        await edit_until(editor, edits, lambda: time.monotonic() > stop)
    lag = latest_lag(server, pressed.subject, edits)
    lateness = late.latest
    print(f"an older revision decided for {lag:.3f} s at most, over {len(edits)} edits, {lateness:.3f} s late")
    assert 0 < lag < LONGEST + lateness


def test_the_worker_that_saves_feels_it_at_once(stack: RunningStack, editor: Editor) -> None:
    stack_environment = stack.environment | {"DJANGO_SUPERUSER_PASSWORD": "orange-harbour-41"}
    replace(stack, environment=stack_environment).manage(
        "createsuperuser", "--noinput", "--username", "olga", "--email", "olga@example.com"
    )
    editor.scope("once:read")
    editor.policy("Felt at once", scopes=["once:read"], tools=[LIST])
    wire = Wire(stack, MODERN)
    caller = stack.token("mallory", scopes=["once:read"], scope="once:read")
    with httpx2.Client(trust_env=False, timeout=30, limits=httpx2.Limits(max_connections=1)) as olga:
        login = f"{stack.base}/admin/login/"
        olga.get(login)
        secrets = {"csrfmiddlewaretoken": olga.cookies["csrftoken"]}
        entered = olga.post(login, data={**secrets, "username": "olga", "password": "orange-harbour-41"})
        assert entered.status_code == 302, entered.text
        page = policy_page(stack, olga)
        for turn in range(6):
            opens = turn % 2 == 1
            fields = {**page_fields("Felt at once"), "csrfmiddlewaretoken": olga.cookies["csrftoken"]}
            saved = olga.post(page, data=fields | ({"enabled": "on"} if opens else {}))
            assert saved.status_code == 302, saved.text
            headers = wire.headers("tools/list", None, caller)
            listed = olga.post(stack.url, json=wire.message("tools/list", {}), headers=headers)
            assert local_port(saved) == local_port(listed)  # the same connection, and so the same worker
            assert [tool["name"] for tool in listed.json()["result"]["tools"]] == ([LIST] if opens else [])
    editor.remove("Felt at once")


def policy_page(stack: RunningStack, olga: httpx2.Client) -> str:
    """The address of the policy's page in the admin."""
    [(key,)] = query(stack, "SELECT id FROM oauth_policy WHERE name = 'Felt at once'")
    address = f"{stack.base}/admin/oauth/policy/{key}/change/"
    assert olga.get(address).status_code == 200
    return address


def page_fields(name: str) -> dict[str, Any]:
    """What the policy's form posts."""
    return {
        "name": name,
        "effect": "allow",
        "scopes": "once:read",
        "tools": [LIST],
        **dict.fromkeys(("subjects", "clients", "organizations", "portals", "tenants"), "*"),
        "paths": "/**",
    }
