"""Bounds what refusals write to the log: the first of a minute one by one, the rest of that minute as one line."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final

log = logging.getLogger(__name__)
WINDOW_SECONDS: Final = 60.0
LINES: Final = 10
"""Per reason and minute; reasons are a short list, so that a worker writes at most some dozens of lines a minute."""
MOST_REASONS: Final = 64
OTHERS: Final = "other reasons"


def later(seconds: float, act: Callable[[], None]) -> None:
    """Run something in that time in the loop of the server; nothing, where none runs."""
    try:
        asyncio.get_running_loop().call_later(seconds, act)
    except RuntimeError:
        return


@dataclass(slots=True)
class _Minute:
    began: float
    lines: int = 0
    unsaid: int = 0


class RefusalLog:
    """Counts by reason; `clock` tells seconds, `later` runs an action once after so many of them."""

    def __init__(
        self,
        *,
        write: Callable[..., Any] = log.info,
        clock: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], Any] = later,
    ) -> None:
        self._write = write
        self._clock = clock
        self._later = later
        self._minutes: dict[Hashable, _Minute] = {}

    def note(self, reason: str) -> None:
        """Write a line for this refusal, or count it for the line that tells the rest of its minute."""
        if reason not in self._minutes and len(self._minutes) >= MOST_REASONS:
            reason = OTHERS
        minute = self._minutes.get(reason)
        if minute is None or self._clock() - minute.began >= WINDOW_SECONDS:
            self._tell(reason)
            minute = self._minutes[reason] = _Minute(self._clock())
        if minute.lines < LINES:
            minute.lines += 1
            self._write("refused a token: %s", reason)
            return
        minute.unsaid += 1
        if minute.unsaid == 1:
            self._later(minute.began + WINDOW_SECONDS - self._clock(), lambda: self._tell(reason, minute))

    def close(self) -> None:
        """Tell what is still unsaid, when the server stops."""
        for reason in list(self._minutes):
            self._tell(str(reason))

    def _tell(self, reason: str, minute: _Minute | None = None) -> None:
        """The one line of a minute; each minute is told once, whoever comes first."""
        minute = minute or self._minutes.get(reason)
        if minute is not None and minute.unsaid:
            self._write("refused %s more tokens within a minute: %s", f"{minute.unsaid:,}", reason)
            minute.unsaid = 0


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """What the door of tokens counts, by reason, and writes of those that it does not let in."""

    faults: Counter[str] = field(default_factory=Counter)
    refusals: RefusalLog = field(default_factory=RefusalLog)
    outages: RefusalLog = field(default_factory=lambda: RefusalLog(write=log.warning))

    def close(self) -> None:
        """Tell what is still unsaid, when the server stops."""
        self.refusals.close()
        self.outages.close()
