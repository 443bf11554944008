"""What a caller is told of an operator's stop: what is stopped, whether it ends and when; the reason only if so set."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from oauth.suspensions import FOREVER, Level

if TYPE_CHECKING:
    from oauth.suspensions import Stop
    from tools.spec import JSON

STOPPED: Final = {
    Level.EVERYTHING: "all calls of this server",
    Level.WRITES: "all changes through this server, while looking at files still works",
    Level.PORTAL: "portal '{value}' here",
    Level.TOOL: "this tool",
    Level.CLIENT: "this MCP client",
    Level.SUBJECT: "this account",
    Level.ORGANIZATION: "this organization",
    Level.SESSION: "this sign-in session",
    Level.TOKEN: "this access token",
}
FURTHEST: Final = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
PARTLY: Final = " A part of the change may have been made before: look at the place before asking for it again."


def message(stop: Stop, *, explain: str) -> str:
    """One text for the model and its user, about a call that has a decision id; `explain` is `EXPLAIN_TO_CALLER`."""
    return f"{sentences(stop, explain=explain)} With the decision id an operator can look it up."


def sentences(stop: Stop, *, explain: str) -> str:
    """The same where there is no decision, as for a stream."""
    what = "this call" if explain == "id" else STOPPED[stop.level].format(value=stop.value)
    said = f"An operator has suspended {what}."
    if explain == "policy" and stop.reason:
        said = f"{said} Reason: {stop.reason}"
    return f"{said} {_end(stop)}"


def details(stop: Stop) -> JSON:
    """The end for programs: ISO 8601 in UTC, or null when no end is set."""
    return {"suspended_until": None if _is_endless(stop) else _moment(stop).isoformat()}


def _end(stop: Stop) -> str:
    if _is_endless(stop):
        return "No end is set: do not retry, but tell the user."
    return (
        f"It ends at {_moment(stop):%Y-%m-%d %H:%M:%S} UTC, unless an operator lifts it before: do not retry earlier."
    )


def _is_endless(stop: Stop) -> bool:
    return stop.until == FOREVER or stop.until > FURTHEST


def _moment(stop: Stop) -> datetime:
    return datetime.fromtimestamp(stop.until, UTC)
