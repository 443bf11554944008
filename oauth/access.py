"""What one principal may do under one snapshot, remembered until the clock or the snapshot can change it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from oauth.policy import visible
from oauth.portals import open_portals
from oauth.step_up import within_reach

if TYPE_CHECKING:
    from collections.abc import Callable

    from oauth.policy import PolicySnapshot
    from oauth.principal import Principal

T = TypeVar("T")
MOST_PRINCIPALS = 4096


class AccessBook:
    """Visible tools and open portals per principal for one snapshot; bounded, and emptied at each validity edge.

    It may be lost at any moment without changing an answer: `visible()` is pure.
    """

    def __init__(self, snapshot: PolicySnapshot, *, lists_step_up: bool = False) -> None:
        self.snapshot = snapshot
        self._lists_step_up = lists_step_up
        self._since = self._until = float("-inf")
        self._visible: OrderedDict[Principal, frozenset[str]] = OrderedDict()
        self._within_reach: OrderedDict[Principal, frozenset[str]] = OrderedDict()
        self._portals: OrderedDict[Principal, tuple[str, ...]] = OrderedDict()

    def visible(self, principal: Principal, at: float) -> frozenset[str]:
        """The tools that some arguments make callable for `principal` at Unix time `at` (seconds)."""
        return self._remembered(self._visible, visible, principal, at)

    def listed(self, principal: Principal, at: float) -> frozenset[str]:
        """The tools that a list shows: the visible ones and, with `LIST_STEP_UP_TOOLS`, those one scope away."""
        visible_ones = self.visible(principal, at)
        if not self._lists_step_up:
            return visible_ones
        reachable: frozenset[str] = self._remembered(self._within_reach, within_reach, principal, at)
        return visible_ones | reachable

    def portals(self, principal: Principal, at: float) -> tuple[str, ...]:
        """The portals on which `principal` may call some tool at Unix time `at` (seconds)."""
        return self._remembered(self._portals, open_portals, principal, at)

    def _remembered(
        self,
        known: OrderedDict[Principal, T],
        ask: Callable[[PolicySnapshot, Principal, float], T],
        principal: Principal,
        at: float,
    ) -> T:
        if at >= self._until:
            self._visible.clear()
            self._within_reach.clear()
            self._portals.clear()
            self._since, self._until = at, self.snapshot.next_edge(at)
        elif at < self._since:
            return ask(self.snapshot, principal, at)  # pinned before the edge, asked after it: not to be remembered
        found = known.get(principal)
        if found is None:
            found = known[principal] = ask(self.snapshot, principal, at)
            if len(known) > MOST_PRINCIPALS:
                known.popitem(last=False)
        return found


@dataclass(frozen=True, slots=True)
class Access:
    """The pinned facts of one request: who calls, the one snapshot that every gate asks, and when (Unix seconds)."""

    principal: Principal
    book: AccessBook
    request: str
    at: float

    @property
    def snapshot(self) -> PolicySnapshot:
        """The snapshot that decides this request."""
        return self.book.snapshot
