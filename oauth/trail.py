"""What is known so far of the request that is being served, for its log lines and for the counts after it.

One mutable record lies in a context variable: tasks that a request starts see the same one. Nothing is decided by it.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from oauth.ids import request_id


@dataclass(slots=True)
class Trail:
    """One request: its ids, and of a tool call the tool as it was named, what was decided and what came of it."""

    request: str = ""
    decision: str = ""
    tool: str = ""
    effect: str = ""
    outcome: str = ""
    reason: str = ""


_in_hand: ContextVar[Trail | None] = ContextVar("trail", default=None)


def begin() -> Trail:
    """Begin the trail of a request; whatever runs in this context from now on belongs to it."""
    trail = Trail(request_id())
    _in_hand.set(trail)
    return trail


def in_hand() -> Trail:
    """The trail of the request that is being served; outside of any an empty one that nobody keeps."""
    return _in_hand.get() or Trail()


def concluded(outcome: str, reason: str) -> None:
    """Note what came of the call in hand: the words of its audit event, `reason` or else `code`."""
    trail = in_hand()
    trail.outcome, trail.reason = outcome, reason
