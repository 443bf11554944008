"""How many refusals of one principal are stored one by one before the rest is only counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from oauth.principal import Principal

STORED: Final = 60
WINDOW_SECONDS: Final = 60.0
MOST_PRINCIPALS: Final = 10_000


class Verdict(Enum):
    """What to do with one refusal."""

    STORE = auto()
    STORE_AND_SAY = auto()
    """The last that is stored in this window; it says that those behind it are counted."""
    COUNT = auto()


@dataclass(slots=True)
class Tally:
    """One principal's refusals in one window; times are seconds of the budget's clock."""

    principal: Principal
    until: float
    stored: int = 0
    counted: int = 0
    first: str = ""
    last: str = ""
    by: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class RefusalBudget:
    """Counts per principal (issuer, subject, client) in windows that begin with its first refusal; bounded memory."""

    stored: int = STORED
    window: float = WINDOW_SECONDS
    most: int = MOST_PRINCIPALS
    _tallies: dict[tuple[str, str, str], Tally] = field(default_factory=dict)
    _ended: list[Tally] = field(default_factory=list)

    def take(self, principal: Principal, decision: str, why: str, now: float) -> Verdict:
        """Count one refusal; `why` is one of few words (a code or reason), never a caller's text."""
        key = (principal.issuer, principal.subject, principal.client)
        tally = self._tallies.get(key)
        if tally is None or now >= tally.until:
            self._end(key)
            tally = self._tallies[key] = Tally(principal, now + self.window)
            if len(self._tallies) > self.most:
                self._end(next(iter(self._tallies)))
        if tally.stored < self.stored:
            tally.stored += 1
            return Verdict.STORE if tally.stored < self.stored else Verdict.STORE_AND_SAY
        tally.counted += 1
        tally.by[why] += 1
        tally.first, tally.last = tally.first or decision, decision
        return Verdict.COUNT

    def due(self, now: float) -> list[Tally]:
        """Hand out, once, what was counted in windows that are over; pass infinity for all of them."""
        for key in [key for key, tally in self._tallies.items() if now >= tally.until]:
            self._end(key)
        ended, self._ended = self._ended, []
        return ended

    def give_back(self, tally: Tally) -> None:
        """Keep a tally that could not be stored, for the next time."""
        self._ended.append(tally)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is counted or remembered."""
        return not self._tallies and not self._ended

    def _end(self, key: tuple[str, str, str]) -> None:
        tally = self._tallies.pop(key, None)
        if tally is not None and tally.counted:
            self._ended.append(tally)
