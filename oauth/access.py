"""What one principal may do under one snapshot, remembered until the clock or the snapshot can change it."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oauth.policy import visible

if TYPE_CHECKING:
    from oauth.policy import PolicySnapshot
    from oauth.principal import Principal

MOST_PRINCIPALS = 4096


class AccessBook:
    """Visible tools per principal for one snapshot; bounded, and emptied at each validity edge.

    It may be lost at any moment without changing an answer: `visible()` is pure.
    """

    def __init__(self, snapshot: PolicySnapshot) -> None:
        self.snapshot = snapshot
        self._until = float("-inf")
        self._visible: OrderedDict[Principal, frozenset[str]] = OrderedDict()

    def visible(self, principal: Principal, at: float) -> frozenset[str]:
        """The tools that some arguments make callable for `principal` at Unix time `at` (seconds)."""
        if at >= self._until:
            self._visible.clear()
            self._until = self.snapshot.next_edge(at)
        found = self._visible.get(principal)
        if found is None:
            found = self._visible[principal] = visible(self.snapshot, principal, at)
            if len(self._visible) > MOST_PRINCIPALS:
                self._visible.popitem(last=False)
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
