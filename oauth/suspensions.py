"""An operator's stops as the decision reads them: one look per level, bounded in time; and the shape they must have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from oauth.names import PORTAL_NAME

if TYPE_CHECKING:
    from oauth.principal import Principal
    from tools.spec import ToolSpec

FOREVER: Final = float("inf")


class Level(StrEnum):
    """What a suspension stops; the values are the words of the command and of the column."""

    EVERYTHING = "everything"
    WRITES = "writes"
    PORTAL = "portal"
    TOOL = "tool"
    CLIENT = "client"
    SUBJECT = "subject"
    ORGANIZATION = "organization"
    SESSION = "session"
    TOKEN = "token"  # noqa: S105 - a word, no secret


WITHOUT_VALUE: Final = frozenset({Level.EVERYTHING, Level.WRITES})
EXAMPLES: Final[Mapping[Level, str]] = MappingProxyType({
    Level.PORTAL: "a portal's name, such as hq",
    Level.TOOL: "a tool's name, such as ctera_portal_list_dir",
    Level.CLIENT: "a client id exactly as in the token, such as cli_123",
    Level.SUBJECT: "a subject exactly as in the token, such as usr_123",
    Level.ORGANIZATION: "an organization id exactly as in the token, such as org_123",
    Level.SESSION: "the token's sid, such as ses_123",
    Level.TOKEN: "the token's jti",
})  # fmt: skip
LONGEST: Final[Mapping[Level, int]] = MappingProxyType({Level.CLIENT: 2048})
LONGEST_OTHERS: Final = 255
"""As long as a verified token's claims can be (`oauth.tokens`)."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One suspension in force: its row's number, what it stops, and the first moment (Unix seconds) after it."""

    number: int
    level: Level
    value: str = ""
    until: float = FOREVER
    reason: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """What evidence and explanations call it, such as `suspension 12`."""
        return f"suspension {self.number}"


CLAIMS: Final[Mapping[Level, Callable[[Principal], str]]] = MappingProxyType({
    Level.EVERYTHING: lambda _: "",
    Level.CLIENT: lambda principal: principal.client,
    Level.SUBJECT: lambda principal: principal.subject,
    Level.ORGANIZATION: lambda principal: principal.organization,
    Level.SESSION: lambda principal: principal.session_id,
    Level.TOKEN: lambda principal: principal.token_id,
})  # fmt: skip
"""What of a caller each level looks at. A claim that a token lacks is empty, which no suspension's value is."""

Index = Mapping[str, Stop]


@dataclass(frozen=True, slots=True)
class Suspensions:
    """All suspensions in force at one revision; falsy if none. Of several that stop the same the last to end counts."""

    stops: Mapping[tuple[Level, str], Stop] = field(default_factory=dict)
    edges: tuple[float, ...] = ()
    callers: tuple[tuple[Callable[[Principal], str], Index], ...] = field(default=(), repr=False, compare=False)
    tools: Index = field(default_factory=dict, repr=False, compare=False)
    portals: Index = field(default_factory=dict, repr=False, compare=False)
    writes: Stop | None = field(default=None, repr=False, compare=False)

    @classmethod
    def build(cls, stops: Iterable[Stop]) -> Suspensions:
        """Index; the order does not matter, and only levels that are in use cost a look."""
        levels: dict[Level, dict[str, Stop]] = {}
        for stop in sorted(stops, key=_order):
            levels.setdefault(stop.level, {})[stop.value] = stop
        longest = {(level, value): stop for level, values in levels.items() for value, stop in values.items()}
        return cls(
            stops=MappingProxyType(longest),
            edges=tuple(sorted({stop.until for stop in longest.values()} - {FOREVER})),
            callers=tuple((CLAIMS[level], values) for level, values in levels.items() if level in CLAIMS),
            tools=MappingProxyType(levels.get(Level.TOOL, {})),
            portals=MappingProxyType(levels.get(Level.PORTAL, {})),
            writes=levels.get(Level.WRITES, {}).get(""),
        )

    def __bool__(self) -> bool:
        return bool(self.stops)

    def next_edge(self, at: float) -> float:
        """The next moment (Unix seconds) at which one ends; infinity if none."""
        return next((edge for edge in self.edges if edge > at), FOREVER)

    def of_principal(self, principal: Principal, at: float) -> Stop | None:
        """What stops this caller altogether: for closing streams, and part of every decision."""
        return _last([index.get(claim(principal)) for claim, index in self.callers], at)

    def of_portal(self, name: str, at: float) -> Stop | None:
        """What stops this portal for everyone."""
        return _last([self.portals.get(name)], at) if self.portals else None

    def of_call(self, spec: ToolSpec, principal: Principal, portal: str | None, at: float) -> Stop | None:
        """What stops this caller's calls of the tool on a portal (None: wherever it is); the last of several to end."""
        if not self.stops:
            return None
        found = [index.get(claim(principal)) for claim, index in self.callers]
        found.append(self.tools.get(spec.name))
        if not spec.read_only:
            found.append(self.writes)
        if spec.needs_place and portal is not None:
            found.append(self.portals.get(portal))
        return _last(found, at)


NO_SUSPENSIONS: Final = Suspensions()


def _last(found: Iterable[Stop | None], at: float) -> Stop | None:
    """Of those that hold at `at`, the one that ends last."""
    last = None
    for stop in found:
        if stop is not None and at < stop.until and (last is None or _order(stop) > _order(last)):
            last = stop
    return last


def _order(stop: Stop) -> tuple[float, int]:
    """Later ends last; of equals, the older row says why."""
    return stop.until, -stop.number


def faults(level: str, value: str) -> dict[str, str]:
    """Field to message; empty when a suspension can be of this level and value."""
    try:
        known = Level(level)
    except ValueError:
        return {"level": f"There is no level {level}; there are {', '.join(Level)}."}
    fault = _value_fault(known, value)
    return {"value": fault} if fault else {}


def _value_fault(level: Level, value: str) -> str:
    if level in WITHOUT_VALUE:
        return f"Leave this empty: level {level.value} needs no value." if value else ""
    if not value:
        return f"Level {level.value} needs a value: {EXAMPLES[level]}."
    if value != value.strip() or not value.isprintable():
        return "Holds an invisible character, or a space at its ends: type it again."
    if len(value) > (longest := LONGEST.get(level, LONGEST_OTHERS)):
        return f"Is longer than any {level.value} can be ({longest} characters)."
    if level is Level.PORTAL and not PORTAL_NAME.fullmatch(value):
        return "A portal's name has letters, digits, - and _ only; one portal for each suspension."
    return ""
