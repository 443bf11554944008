"""Counts of one worker per portal profile, from its start on; sessions come and go, these only grow."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Final

from tools.distribution import Distribution
from tools.errors import ErrorCode, ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
FAULTS: Final = frozenset({
    ErrorCode.PORTAL_UNAVAILABLE, ErrorCode.PORTAL_LOGIN_FAILED, ErrorCode.TIMEOUT, ErrorCode.OUTCOME_UNKNOWN,
})  # fmt: skip
"""The codes that speak of the portal's state, and not of what was asked."""


class PortalTally:
    """Keys are profile names, and with them toolset, outcome or error code: all named by operators or by us."""

    def __init__(self) -> None:
        self.logins: Counter[str] = Counter()
        self.login_failures: Counter[str] = Counter()
        self.waits: Counter[str] = Counter()
        self.faults: Counter[tuple[str, str]] = Counter()
        self.seconds: dict[tuple[str, str, str], Distribution] = {}
        """By toolset, profile and outcome: `ok`, `fault` (of the portal), `refused` (by it, or by us), `abandoned`."""

    @contextmanager
    def timed(self, toolset: str, portal: str) -> Iterator[None]:
        """Around the work on a portal: how long its caller waited, and what went wrong there."""
        begun, outcome = perf_counter(), "abandoned"
        try:
            yield
            outcome = "ok"
        except ToolError as error:
            outcome = "refused"
            if error.code in FAULTS:
                outcome = "fault"
                self.faults[portal, error.code.value] += 1
            raise
        finally:
            key = (toolset, portal, outcome)
            if key not in self.seconds:
                self.seconds[key] = Distribution(SECONDS)
            self.seconds[key].observe(perf_counter() - begun)
