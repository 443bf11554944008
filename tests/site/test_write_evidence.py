"""Writes leave an intent before the portal is touched, and never an answer that says more than is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from cryptography.fernet import Fernet

from ctera_mcp_site.mcp_endpoint import McpEndpoint, Parts, Wording
from oauth.access import Access, AccessBook
from oauth.audit import AuditUnavailable, AuditWriter, Event
from oauth.call_limits import CallLimits
from oauth.counts import MemoryCounts
from oauth.ids import request_id
from oauth.policy import PolicySnapshot
from oauth.principal import Principal
from oauth.rules import Rule
from tools.catalogue import CATALOGUE
from tools.errors import OutcomeUnknown
from tools.portal.pool import SessionPool
from tools.profile import Profile
from tools.spec import JSON, ToolCall, ToolSpec

HQ = Profile("hq", 1, "portal.example.com", 443, True, True, "admin", "svc", "sealed", default=True)
BOB = Principal("https://acme.scalekit.test", "usr_bob", "m2m_1", "org", frozenset({"all"}), 2_000_000_000)
AT = 1_000_000.0


class Story:
    """What happened, in order: audit kinds and the tool's own work; `fails` says which record cannot be made."""

    def __init__(
        self,
        fails: Callable[[Event], bool] = lambda _: False,
        work: Exception | None = None,
        *,
        is_reachable: bool = True,
    ) -> None:
        self.told: list[str] = []
        self._is_reachable = is_reachable
        self._fails = fails
        self._work = work

    def expect(self) -> None:
        """Stands in for the audit writer."""
        if not self._is_reachable:
            raise AuditUnavailable

    async def record(self, event: Event) -> None:
        """Stands in for the audit writer."""
        if self._fails(event):
            raise AuditUnavailable
        self.told.append(f"{event.kind} {event.outcome}")

    async def run(self, call: ToolCall) -> JSON:
        """The work of a tool that writes."""
        self.told.append("work")
        if self._work is not None:
            raise self._work
        return {"done": True}


def writing(story: Story) -> ToolSpec:
    """A tool that changes something: no tool of today does, and the way must be ready."""
    return replace(CATALOGUE["ctera_portal_list_dir"], read_only=False, idempotent=False, run=story.run)


async def answered(
    story: Story, spec: ToolSpec, scopes: frozenset[str] = BOB.scopes, limit: int | None = None, calls: int = 1
) -> JSON:
    """The result of one call of the tool, or of the last of several."""
    rule = Rule.build(name="All", effect="allow", scopes=["all"], tools=["*"], calls_per_minute=limit)
    snapshot = PolicySnapshot.build(
        revision=3, rules=[rule], scopes={"all": frozenset()}, profiles={"hq": HQ}, catalogue=CATALOGUE
    )
    book = AccessBook(snapshot)
    parts = Parts(
        SessionPool(str),
        cast("AuditWriter", story),
        CallLimits(MemoryCounts()),
        Fernet(Fernet.generate_key()),
        lambda: book,
    )
    endpoint = McpEndpoint(parts, Wording("reason", False))
    access = Access(replace(BOB, scopes=scopes), book, request_id(), AT)
    for _ in range(calls):
        answer: Any = await endpoint.answer(access, spec, {"path": "/Users"})
    result: JSON = answer.as_result()
    return result


async def test_a_write_leaves_its_intent_before_it_is_done_and_its_outcome_before_it_is_answered() -> None:
    story = Story()
    result = await answered(story, writing(story))
    assert story.told == ["intent intent", "work", "call ok"]
    assert result["structuredContent"] == {"done": True}


async def test_a_read_leaves_its_outcome_alone() -> None:
    story = Story()
    await answered(story, replace(writing(story), read_only=True))
    assert story.told == ["work", "call ok"]


async def test_a_write_whose_intent_cannot_be_recorded_is_not_done() -> None:
    story = Story(fails=lambda event: event.kind == "intent")
    result = await answered(story, writing(story))
    assert story.told == []
    assert result["structuredContent"]["code"] == "audit_unavailable"


async def test_a_write_whose_outcome_cannot_be_recorded_is_told_as_unknown() -> None:
    story = Story(fails=lambda event: event.kind == "call")
    result = await answered(story, writing(story))
    assert story.told == ["intent intent", "work"]
    assert result["structuredContent"]["code"] == "outcome_unknown"
    assert result["isError"] is True


async def test_a_read_whose_outcome_cannot_be_recorded_is_refused() -> None:
    story = Story(fails=lambda event: event.kind == "call")
    result = await answered(story, replace(writing(story), read_only=True))
    assert result["structuredContent"]["code"] == "audit_unavailable"


async def test_a_refused_write_leaves_no_intent() -> None:
    story = Story()
    result = await answered(story, writing(story), scopes=frozenset())
    assert story.told == ["call denied"]
    assert result["structuredContent"]["code"] == "policy_denied"
    assert result["structuredContent"]["required_scopes"] == ["all"]


async def test_a_write_over_its_limit_leaves_no_intent_and_is_not_done() -> None:
    story = Story()
    result = await answered(story, writing(story), limit=1, calls=2)
    assert story.told == ["intent intent", "work", "call ok", "call denied"]
    assert result["structuredContent"]["code"] == "rate_limited"


async def test_what_is_known_to_be_unrecordable_is_not_begun() -> None:
    story = Story(is_reachable=False)
    result = await answered(story, writing(story))
    assert story.told == []
    assert result["structuredContent"]["code"] == "audit_unavailable"


@pytest.mark.parametrize(
    ("fault", "code", "outcome"),
    [(OutcomeUnknown("Look first."), "outcome_unknown", "unknown"), (RuntimeError("secret"), "internal", "error")],
)
async def test_a_write_that_fails_is_recorded_with_its_code(fault: Exception, code: str, outcome: str) -> None:
    story = Story(work=fault)
    result = await answered(story, writing(story))
    assert story.told == ["intent intent", "work", f"call {outcome}"]
    assert result["structuredContent"]["code"] == code
    assert "secret" not in str(result)


class Slow(Story):
    """Evidence whose commit takes longer than the caller waits."""

    async def record(self, event: Event) -> None:
        """Keep it, and never say so."""
        await super().record(event)
        await asyncio.Event().wait()


async def test_a_caller_who_leaves_while_a_denial_is_being_recorded_blurs_nothing() -> None:
    story = Slow()
    call = asyncio.create_task(answered(story, writing(story), scopes=frozenset()))
    while not story.told:
        await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait([call])
    for _ in range(5):
        await asyncio.sleep(0)  # what might still be told
    assert story.told == ["call denied"]
