"""Counts the calls of the last minute in this process: exact, bounded, and as dear as a few dictionary looks."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

MINUTE: Final = 60.0
MOST_COUNTED: Final = 100_000
"""Callers (times policies) that one worker counts at once. The moments kept are as many as calls in a minute."""


class Uncountable(Exception):  # noqa: N818 - a state of the storage, not a fault of the caller
    """It cannot be known how many calls there were; whoever asks must refuse."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose calls are counted together: one principal under one policy."""

    policy: str
    issuer: str
    subject: str
    client: str


class Counts(Protocol):
    """Where calls are counted."""

    async def take(self, caller: Caller, limit: int) -> float:
        """Count a call and answer 0.0, or answer the seconds until one is free; raises `Uncountable`.

        In no 60 seconds more than `limit` calls are counted. A refused call is not: waiting always helps.
        """
        ...

    async def close(self) -> None:
        """Give connections back."""
        ...


class MemoryCounts:
    """A moving window per caller. The library's own in-memory storage visits every caller from a thread at each call
    and knows no bound; this one forgets, at each call, only those whose minute is over.
    """

    def __init__(self, *, most: int = MOST_COUNTED, now: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._now = now
        self._moments: OrderedDict[Caller, deque[float]] = OrderedDict()  # the one who called last is last

    def __len__(self) -> int:
        return len(self._moments)

    async def take(self, caller: Caller, limit: int) -> float:
        """As `Counts.take`; cannot count when too many callers are counted already."""
        now = self._now()
        begin = now - MINUTE
        self._forget(begin)
        moments = self._moments.get(caller)
        if moments is None:
            if len(self._moments) >= self._most:
                raise Uncountable(f"{self._most} callers are counted already")
            moments = self._moments[caller] = deque()
        while moments and moments[0] <= begin:
            moments.popleft()
        if len(moments) >= limit:
            return moments[-limit] - begin
        moments.append(now)
        self._moments.move_to_end(caller)
        return 0.0

    async def close(self) -> None:
        """Nothing to give back."""

    def _forget(self, begin: float) -> None:
        while self._moments:
            caller, moments = next(iter(self._moments.items()))
            if moments[-1] > begin:
                return
            del self._moments[caller]
