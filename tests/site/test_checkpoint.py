"""A running call asks before each portal operation whether an operator has stopped it, and answers what was done."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet

from ctera_mcp_site.checkpoint import HALF_DONE, Checkpoint, Stopped
from ctera_mcp_site.mcp_endpoint import McpEndpoint, Parts, Wording
from oauth import suspended
from oauth.access import Access, AccessBook
from oauth.audit import Event
from oauth.call_limits import CallLimits
from oauth.counts import MemoryCounts
from oauth.policy import PolicySnapshot, Rule
from oauth.principal import Principal
from oauth.rules import Call
from oauth.snapshots import SnapshotUnavailable
from oauth.suspensions import FOREVER, Level, Stop
from tools.catalogue import CATALOGUE
from tools.errors import ClosedByPolicy, ErrorCode, RowsClosed, ToolError
from tools.portal.tally import PortalTally
from tools.profile import Profile
from tools.spec import ToolCall

ANN = Principal("iss", "ann", "cli", "org", frozenset({"a"}), 9999999999)
HQ = Profile("hq", 1, "h", 443, True, True, "admin", "u", "s")
LIST_DIR = CATALOGUE["ctera_portal_list_dir"]
STOP = Stop(7, Level.SUBJECT, "ann", FOREVER, "laptop lost")


class World:
    """An endpoint with a pool and a journal of ours; `stop_at` is the operation before which an operator acts."""

    def __init__(self, stop_at: int | None = None, *, explain: str = "reason", stop: Stop = STOP) -> None:
        self.snapshot = PolicySnapshot.build(
            revision=1,
            rules=[Rule.build(name="all", effect="allow", scopes=["a"], tools=[LIST_DIR.name])],
            scopes={"a": frozenset()},
            profiles={"hq": HQ},
            catalogue=CATALOGUE,
        )
        self.book = AccessBook(self.snapshot)
        self.stop, self.stop_at = stop, stop_at
        self.tally = PortalTally()
        self.lent = 0
        self.done = 0
        self.lost = False
        self.events: list[Event] = []
        parts = Parts(
            pool=self,  # type: ignore[arg-type]  # stands for the pool: it lends nothing and counts
            audit=self,  # type: ignore[arg-type]  # stands for the writer: it keeps events
            limits=CallLimits(MemoryCounts()),
            cursor_box=Fernet(Fernet.generate_key()),
            current=self.current,
        )
        self.endpoint = McpEndpoint(parts, Wording(explain, refuse_as_tool_error=True))

    def current(self) -> AccessBook:
        """The book as of now, as the worker's snapshots give it."""
        if self.lost:
            raise SnapshotUnavailable
        suspended_now = self.stop_at is not None and self.lent >= self.stop_at
        return AccessBook(self.snapshot.suspended_by([self.stop])) if suspended_now else self.book

    def expect(self) -> None:
        """The database is within reach."""

    async def record(self, event: Event) -> None:
        """Keep an event."""
        self.events.append(replace(event))

    async def run(
        self,
        profile: Profile,
        tenant: str,
        operation: Callable[[Any], Awaitable[Any]],
        *,
        write: bool,
        checkpoint: Callable[[], None],
        account: str | None = None,
        within: float | None = None,
    ) -> Any:
        """Lend, ask, do."""
        assert account is None, "the profile's own account does the work"
        self.lent += 1
        checkpoint()
        self.done += 1
        return await operation(None)

    async def call(
        self,
        *,
        steps: int,
        read_only: bool,
        arguments: dict[str, Any] | None = None,
        then: Callable[[], object] | None = None,
    ) -> dict[str, Any]:
        """Answer a call that takes several operations; after each one, `then`."""

        async def work(call: ToolCall) -> dict[str, Any]:
            done = []
            for _ in range(steps):
                done.append(await call.at.run(_one))
                if then is not None:
                    then()
            return {"steps": done}

        spec = replace(LIST_DIR, run=work, read_only=read_only)
        access = Access(ANN, self.book, "R-X", time.time())
        answer = await self.endpoint.answer(access, spec, arguments or {"path": "/"})
        found: dict[str, Any] = answer.structured
        return found


async def _one(session: Any) -> int:
    return 1


async def test_an_undisturbed_call_does_all_its_steps() -> None:
    world = World()
    assert await world.call(steps=3, read_only=True) == {"steps": [1, 1, 1]}
    assert world.events[-1].outcome == "ok"


@pytest.mark.parametrize(("stop_at", "done"), [(1, 0), (2, 1), (3, 2)])
async def test_a_call_of_several_steps_is_stopped_before_the_next_one(stop_at: int, done: int) -> None:
    world = World(stop_at)
    found = await world.call(steps=3, read_only=True)
    assert (found["code"], world.done) == ("suspended", done)
    assert suspended.PARTLY not in found["message"]
    event = world.events[-1]
    assert (event.outcome, event.code, event.reason, event.policy) == (
        "denied",
        "suspended",
        "suspended",
        "suspension 7",
    )


async def test_a_change_that_was_stopped_before_it_began_is_denied() -> None:
    world = World(1)
    found = await world.call(steps=2, read_only=False)
    assert (found["code"], world.done) == ("suspended", 0)
    assert suspended.PARTLY not in found["message"]
    assert [event.outcome for event in world.events] == ["intent", "denied"]


async def test_a_change_that_was_stopped_half_way_says_so_to_the_caller_and_in_the_evidence() -> None:
    world = World(2)
    found = await world.call(steps=2, read_only=False)
    assert (found["code"], world.done) == ("suspended", 1)
    assert found["message"].endswith(suspended.PARTLY)
    assert [event.outcome for event in world.events] == ["intent", "unknown"]


async def test_a_change_that_is_complete_is_told_although_the_stop_came_meanwhile() -> None:
    world = World(2)
    assert await world.call(steps=1, read_only=False) == {"steps": [1]}


async def test_a_suspension_of_others_stops_nobody_else() -> None:
    for other in (Stop(7, Level.SUBJECT, "bob"), Stop(7, Level.PORTAL, "lab"), Stop(7, Level.SUBJECT, "ann", 1.0)):
        assert await World(1, stop=other).call(steps=1, read_only=True) == {"steps": [1]}


async def test_when_it_cannot_be_known_the_call_does_not_go_on() -> None:
    world = World()
    world.lost = True
    found = await world.call(steps=1, read_only=True)
    assert (found["code"], world.done) == ("internal", 0)
    assert "Try again in a minute" in found["message"]


async def test_a_change_that_can_no_longer_be_checked_half_way_is_told_as_unknown() -> None:
    world = World()
    found = await world.call(steps=2, read_only=False, then=lambda: setattr(world, "lost", True))
    assert (found["code"], world.done) == ("outcome_unknown", 1)
    assert found["message"] == HALF_DONE
    assert [event.outcome for event in world.events] == ["intent", "unknown"]


@pytest.mark.parametrize(
    ("steps", "read_only", "code", "outcome"),
    [(1, False, "outcome_unknown", "unknown"), (0, False, "internal", "error"), (1, True, "internal", "error")],
)
async def test_a_fault_of_ours_in_the_midst_of_a_change_leaves_its_outcome_unknown(
    steps: int, read_only: bool, code: str, outcome: str
) -> None:
    world = World()

    async def work(call: ToolCall) -> dict[str, Any]:
        for _ in range(steps):
            await call.at.run(_one)
        raise KeyError("of ours")

    access = Access(ANN, world.book, "R-X", time.time())
    answer = await world.endpoint.answer(access, replace(LIST_DIR, run=work, read_only=read_only), {"path": "/"})
    assert answer.structured["code"] == code
    assert world.events[-1].outcome == outcome


@pytest.mark.parametrize("fault", [RowsClosed(), ClosedByPolicy("A place on the way is closed to you.")])
async def test_what_allowed_a_call_is_not_named_as_what_denied_it_on_the_way(fault: Exception) -> None:
    world = World()

    def closed() -> None:
        raise fault

    found = await world.call(steps=1, read_only=True, then=closed)
    assert found["code"] == "policy_denied"
    event = world.events[-1]
    assert (event.outcome, event.code, event.policy) == ("denied", "policy_denied", "")


def rehearsing(world: World) -> Checkpoint:
    spec = replace(LIST_DIR, read_only=False)
    return Checkpoint(
        world.current, ANN, spec, Call(spec.name, "hq", "acme", (), time.time()), changes=False, operations=3
    )


def test_a_rehearsal_that_is_stopped_has_left_nothing_half_done() -> None:
    with pytest.raises(Stopped) as stopped:
        rehearsing(World(0))()
    assert stopped.value.begun is False


def test_a_rehearsal_that_can_no_longer_be_checked_has_left_nothing_half_done() -> None:
    world = World()
    world.lost = True
    with pytest.raises(ToolError) as ended:
        rehearsing(world)()
    assert ended.value.code is ErrorCode.INTERNAL


async def test_what_a_scope_would_open_is_told_with_the_scopes_where_no_http_status_can_tell() -> None:
    world = World()
    access = Access(replace(ANN, scopes=frozenset()), world.book, "R-X", time.time())
    answer = await world.endpoint.answer(access, LIST_DIR, {"path": "/"})
    assert answer.structured["required_scopes"] == ["a"]


@pytest.mark.parametrize(
    ("stop", "words"),
    [
        (Stop(1, Level.EVERYTHING), "all calls of this server"),
        (Stop(1, Level.WRITES), "looking at files still works"),
        (Stop(1, Level.PORTAL, "hq"), "portal 'hq'"),
        (Stop(1, Level.TOOL, "x"), "this tool"),
        (Stop(1, Level.CLIENT, "x"), "this MCP client"),
        (Stop(1, Level.SUBJECT, "x"), "this account"),
        (Stop(1, Level.ORGANIZATION, "x"), "this organization"),
        (Stop(1, Level.SESSION, "x"), "this sign-in session"),
        (Stop(1, Level.TOKEN, "x"), "this access token"),
    ],
)
def test_the_caller_is_told_what_is_stopped_and_that_no_end_is_set(stop: Stop, words: str) -> None:
    said = suspended.message(stop, explain="reason")
    assert words in said
    assert "No end is set: do not retry, but tell the user." in said
    assert suspended.details(stop) == {"suspended_until": None}


def test_the_end_is_told_in_words_and_for_programs() -> None:
    stop = replace(STOP, until=1924970400.0)
    assert "It ends at 2030-12-31 18:00:00 UTC" in suspended.message(stop, explain="reason")
    assert suspended.details(stop) == {"suspended_until": "2030-12-31T18:00:00+00:00"}
    assert suspended.details(replace(STOP, until=1e18)) == {"suspended_until": None}


def test_the_operators_reason_is_told_only_where_policies_are() -> None:
    assert "Reason: laptop lost" in suspended.message(STOP, explain="policy")
    assert "laptop" not in suspended.message(STOP, explain="reason")
    said = suspended.message(STOP, explain="id")
    assert said.startswith("An operator has suspended this call.")
    assert "account" not in said
