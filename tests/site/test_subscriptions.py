"""A stream is told when its own principal's list changes, and ends when its token or its right does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from mcp.server import _streamable_http_modern as modern
from mcp.shared.exceptions import MCPError
from mcp_types import SubscriptionFilter, SubscriptionsListenRequestParams

from ctera_mcp_site import subscriptions
from ctera_mcp_site.subscriptions import Subscriptions
from oauth.access import Access, AccessBook
from oauth.policy import PolicySnapshot, Rule
from oauth.principal import Principal
from oauth.snapshots import SnapshotUnavailable
from oauth.suspensions import FOREVER, Level, Stop
from tools.catalogue import CATALOGUE
from tools.profile import Profile

TOLD = "notifications/tools/list_changed"
LIST = "ctera_portal_list_portals"
OPEN = {"effect": "allow", "scopes": ["a"], "tools": [LIST]}


def book(*rules: dict[str, Any], lists_step_up: bool = False) -> AccessBook:
    snapshot = PolicySnapshot.build(
        revision=1,
        rules=[Rule.build(name=f"rule {number}", **rule) for number, rule in enumerate(rules)],
        scopes={"a": frozenset()},
        profiles={"hq": Profile("hq", 1, "h", 443, True, True, "admin", "u", "s")},
        catalogue=CATALOGUE,
    )
    return AccessBook(snapshot, lists_step_up=lists_step_up)


def who(*scopes: str, subject: str = "usr_1", lives: float = 3600) -> Principal:
    return Principal("i", subject, "cli_1", "org_1", frozenset(scopes), int(time.time() + lives))


@dataclass
class World:
    """The streams of a worker over a book that tests replace."""

    book: AccessBook | None
    sent: list[str] = field(default_factory=list)
    is_broken: bool = False
    explain: str = "reason"

    def __post_init__(self) -> None:
        self.streams = Subscriptions(self.current, explain=self.explain, most=3, most_each=2)

    def current(self) -> AccessBook:
        if self.is_broken:
            raise RuntimeError("planted")
        if self.book is None:
            raise SnapshotUnavailable
        return self.book

    def replace(self, book: AccessBook | None) -> None:
        self.book = book
        self.streams.look_again()

    async def open(self, principal: Principal, cut: anyio.CancelScope | None = None) -> asyncio.Task[Any]:
        """A stream that was acknowledged."""
        assert self.book is not None
        before = len(self.sent)

        async def send(notification: Any, related_request_id: object) -> None:
            self.sent.append(notification.method)

        access = Access(principal, self.book, "R-1", time.time())
        request = SimpleNamespace(scope={"access": access, "cut": cut or anyio.CancelScope()})
        ctx: Any = SimpleNamespace(request_id=7, request=request, session=SimpleNamespace(send_notification=send))
        params = SubscriptionsListenRequestParams(notifications=SubscriptionFilter(tools_list_changed=True))
        task = asyncio.create_task(self.streams.listen(ctx, params))
        await until(lambda: len(self.sent) > before or task.done())
        return task


async def until(arrived: Any) -> None:
    async with asyncio.timeout(30):
        while not arrived():
            await asyncio.sleep(0.005)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    made = World(book(OPEN))
    made.streams.start()
    yield made
    await made.streams.close()


async def test_a_new_snapshot_tells_those_whose_list_it_changes_and_no_others(world: World) -> None:
    await world.open(who("a"))
    await world.open(who(subject="usr_2"))
    world.replace(book({**OPEN, "tools": ["*"]}))
    await until(lambda: world.sent.count(TOLD) == 1)
    world.replace(book({**OPEN, "tools": ["*"], "calls_per_minute": 5}))
    world.replace(book(OPEN))
    await until(lambda: world.sent.count(TOLD) == 2)
    world.replace(book({**OPEN, "scopes": ["b"]}))
    await until(lambda: world.sent.count(TOLD) == 3)
    assert world.sent.count(TOLD) == 3


async def test_an_edge_of_validity_tells_at_its_moment(world: World) -> None:
    edge = time.time() + 2
    world.replace(book({**OPEN, "valid_from": edge}))
    await world.open(who("a"))
    await until(lambda: TOLD in world.sent)
    assert edge <= time.time() < edge + 10


async def test_what_a_scope_would_open_counts_only_when_lists_show_it(world: World) -> None:
    await world.open(who())
    world.replace(book())
    await asyncio.sleep(0)
    world.replace(book(lists_step_up=True))
    world.replace(book(OPEN, lists_step_up=True))
    await until(lambda: TOLD in world.sent)
    assert world.sent.count(TOLD) == 1


async def test_a_stream_ends_when_its_token_does(world: World) -> None:
    caller = who("a", lives=2)
    task = await world.open(caller)
    await until(task.done)
    assert caller.expires_at <= time.time() < caller.expires_at + 10
    assert (await task).result_type == "complete"
    assert len(world.streams) == 0


async def test_a_token_ends_its_stream_though_the_policy_cannot_be_read(world: World) -> None:
    task = await world.open(who("a", lives=2))
    world.replace(None)
    await until(task.done)
    assert TOLD not in world.sent


async def test_a_stream_ends_when_its_principal_is_suspended(world: World) -> None:
    other = await world.open(who("a", subject="usr_2"))
    task = await world.open(who("a"))
    stop = Stop(1, Level.SUBJECT, "usr_1", time.time() + 3)
    world.replace(AccessBook(book(OPEN).snapshot.suspended_by([stop])))
    await until(task.done)
    assert not other.done()
    with pytest.raises(MCPError, match="suspended"):
        await (await world.open(who("a")))
    await until(lambda: time.time() > stop.until)
    assert not (await world.open(who("a"))).done()


@pytest.mark.parametrize(
    ("explain", "told"),
    [
        ("id", "An operator has suspended this call. No end is set"),
        ("reason", "An operator has suspended this account. No end is set"),
        ("policy", "An operator has suspended this account. Reason: laptop lost No end is set"),
    ],
)
async def test_a_suspended_caller_is_told_as_much_as_the_setting_allows(explain: str, told: str) -> None:
    stop = Stop(1, Level.SUBJECT, "usr_1", FOREVER, "laptop lost")
    made = World(AccessBook(book(OPEN).snapshot.suspended_by([stop])), explain=explain)
    made.streams.start()
    with pytest.raises(MCPError) as refused:
        await (await made.open(who("a")))
    await made.streams.close()
    assert refused.value.error.message == f"{told}: do not retry, but tell the user."


async def test_a_tool_that_is_suspended_for_a_while_is_told_at_both_edges(world: World) -> None:
    await world.open(who("a"))
    stop = Stop(1, Level.TOOL, LIST, time.time() + 2)
    world.replace(AccessBook(book(OPEN).snapshot.suspended_by([stop])))
    await until(lambda: world.sent.count(TOLD) == 1)
    await until(lambda: world.sent.count(TOLD) == 2)
    assert time.time() >= stop.until


async def test_a_principal_has_so_many_streams_and_a_worker_too(world: World) -> None:
    for _ in range(2):
        assert not (await world.open(who("a"))).done()
    with pytest.raises(MCPError, match="end one"):
        await (await world.open(who("a")))
    assert not (await world.open(who("a", subject="usr_2"))).done()
    with pytest.raises(MCPError, match="as many open streams"):
        await (await world.open(who("a", subject="usr_3")))


async def test_a_stream_that_its_client_leaves_makes_room(world: World) -> None:
    tasks = [await world.open(who("a")) for _ in range(2)]
    tasks[0].cancel()
    await until(tasks[0].done)
    assert not (await world.open(who("a"))).done()


async def test_a_worker_that_stops_ends_all_streams_and_takes_no_more(world: World) -> None:
    tasks = [await world.open(who("a")) for _ in range(2)]
    world.streams.end_all()
    await until(lambda: all(task.done() for task in tasks))
    with pytest.raises(MCPError, match="stopping"):
        await (await world.open(who("a")))


async def test_a_client_that_does_not_take_the_end_is_cut_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "GRACE_SECONDS", 0.1)
    scope: dict[str, Any] = {}

    async def transport(scope: Any, receive: Any, send: Any) -> None:
        await (await world.open(who("a", lives=2), scope["cut"]))
        await asyncio.Event().wait()  # the last bytes are never taken

    async with asyncio.timeout(30):
        await world.streams.serve(transport, scope, None, None)  # type: ignore[arg-type]  # this transport needs none
    assert scope["cut"].cancel_called


def test_the_sdk_keeps_streams_alive_more_often_than_proxies_close_them() -> None:
    assert 0 < modern._SSE_PING_INTERVAL <= 30


async def test_streams_that_nobody_looks_after_end(world: World, caplog: pytest.LogCaptureFixture) -> None:
    task = await world.open(who("a"))
    world.is_broken = True
    world.streams.look_again()
    await until(task.done)
    assert "no longer looked after" in caplog.text
