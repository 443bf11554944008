"""Reads what the last look at a portal found: one badge for admin, commands and figures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from tools.errors import ErrorCode

GRACE: Final = timedelta(minutes=2)
"""How long after the next look was due a result still counts."""


MANUAL_SECONDS: Final = 600.0
FIRST_PAUSE: Final = 30.0
LONGEST_PAUSE: Final = 3600.0


class State(StrEnum):
    """What a badge says."""

    GOOD = "good"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"
    DISABLED = "disabled"


class Probed(Protocol):
    """A profile as far as its badge needs it; `tools.profile.Profile` is one."""

    @property
    def enabled(self) -> bool:
        """Whether callers may use it."""

    @property
    def revision(self) -> int:
        """What the connection depends on, as a digest."""


class Result(Protocol):
    """The last result of a profile; `tools.health_models.PortalHealth` is one. Moments know their time zone."""

    good: bool
    code: str
    error: str
    remedy: str
    checked_at: datetime | None
    since: datetime | None
    next_at: datetime | None
    duration_ms: int
    revision: int


@dataclass(frozen=True, slots=True)
class Badge:
    """One state in words: `label` for the badge itself, `text` for the line beside it, `remedy` where there is one."""

    state: State
    label: str
    text: str
    remedy: str = ""
    since: datetime | None = None
    checked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What one look found: `code` is one of `tools.errors` and, like `error` and `remedy`, empty where all is good."""

    good: bool
    duration_ms: int
    code: str = ""
    error: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What stays from look to look: the state, its beginning, and how many logins were refused in a row."""

    good: bool
    code: str
    since: datetime | None
    refused_logins: int


def next_standing(before: Standing | None, found: Found, now: datetime) -> Standing:
    """The state after a look; `before` is None where the last result was of another revision, or there is none."""
    same = before is not None and before.since is not None and before.good == found.good
    refused = (before.refused_logins if before else 0) + 1 if found.code == ErrorCode.PORTAL_LOGIN_FAILED else 0
    return Standing(found.good, found.code, before.since if same and before else now, refused)


def pause_after(refused_logins: int, period: float) -> float:
    """Seconds until the next look: the period, doubled for each refused login in a row, so that no account is locked.

    Without a period (0: nobody looks in the background) a result counts for `MANUAL_SECONDS`.
    """
    usual = period or MANUAL_SECONDS
    if not refused_logins:
        return usual
    return max(usual, min(max(usual, FIRST_PAUSE) * 2.0 ** min(refused_logins, 16), LONGEST_PAUSE))


def badge(profile: Probed, health: Result | None, now: datetime) -> Badge:
    """The badge of a profile as of `now`; an answer for an older revision, or an old one, tells nothing any more."""
    if not profile.enabled:
        return Badge(State.DISABLED, "disabled", "Calls on it are answered not_found; nobody looks at it.")
    if health is None or health.checked_at is None:
        return Badge(State.UNKNOWN, "not checked", "Nobody has looked at it yet.")
    if health.revision != profile.revision:
        return Badge(State.UNKNOWN, "not checked", "The profile was changed since the last look at its portal.")
    if health.next_at is None or now > health.next_at + GRACE:
        looked = ago((now - health.checked_at).total_seconds())
        text = f"The last look was {looked}: {'good' if health.good else health.error}"
        return Badge(State.UNKNOWN, "not checked lately", text, health.remedy, None, health.checked_at)
    since = f"for {lasting((now - (health.since or health.checked_at)).total_seconds())}"
    if health.good:
        text = f"{since}, answered in {health.duration_ms} ms"
        return Badge(State.GOOD, "good", text, "", health.since, health.checked_at)
    return Badge(State.TROUBLE, "trouble", f"{since}: {health.error}", health.remedy, health.since, health.checked_at)


def ago(seconds: float) -> str:
    """How long ago, such as `3 minutes ago`."""
    return "just now" if seconds < 1 else f"{lasting(seconds)} ago"


def lasting(seconds: float) -> str:
    """A time in the one unit that people would use, such as `3 minutes`."""
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if count := max(0, int(seconds)) // size:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a second"
