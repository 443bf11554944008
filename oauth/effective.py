"""What a caller can do at one place, tool by tool and scope by scope, with the limits of what is allowed.

Each cell is decided by `decide` itself; only policies that could take part in it are looked at for limits. A cell says
ALLOW only where every call is allowed, without a limit, and stays so while nobody changes a policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from oauth.patterns import PathGlob, Patterns
from oauth.policy import Denied, DenyReason, decide
from oauth.rules import Call, Rule
from tools.spec import REACHING_BELOW, ToolSpec

if TYPE_CHECKING:
    from oauth.policy import PolicySnapshot
    from oauth.principal import Principal

Scopes = frozenset[str]
PLAIN: Final = re.compile(r"(?!.*version)[A-Za-z][A-Za-z0-9_-]*", re.IGNORECASE)
"""Names that denies compare as they are but for case: nothing to strip, to level or to take for a version."""


class CellState(StrEnum):
    """What a cell says, in one word."""

    ALLOW = "allow"
    LIMITS = "limits"
    DENY = "deny"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Place:
    """Where: an enabled portal, a Team Portal (or `-`), and a canonical path, or None for all of them."""

    portal: str
    tenant: str
    path: str | None
    at: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What narrows an access; falsy when nothing does. Policies stand by name, moments in Unix seconds.

    `only`: allows whose paths are all that is open. `closed_by`: denies that may close a part of it. `rates`: calls per
    minute that apply to some of it. `until`: when a part of it ends. `closing`: denies that begin later.
    """

    only: tuple[str, ...] = ()
    closed_by: tuple[str, ...] = ()
    rates: tuple[int, ...] = ()
    until: float | None = None
    closing: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.only or self.closed_by or self.rates or self.until is not None or self.closing)


@dataclass(frozen=True, slots=True)
class Cell:
    """One tool for one set of scopes; `policy` names what decided it: None in NONE, a suspension where one did."""

    state: CellState
    policy: str | None = None
    limits: Limits = Limits()
    is_suspended: bool = False


NOTHING = Cell(CellState.NONE)


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Policies that could take part in the cells of one tool, scopes apart; `later` are denies that begin later."""

    allows: tuple[Rule, ...]
    denies: tuple[Rule, ...]
    later: tuple[Rule, ...]

    def for_scopes(self, held: Scopes, granted: Scopes) -> _Candidates:
        return _Candidates(
            tuple(rule for rule in self.allows if rule.scopes and rule.scopes <= granted),
            tuple(rule for rule in self.denies if rule.scopes <= held),
            tuple(rule for rule in self.later if rule.scopes <= held),
        )

    def names(self) -> tuple[tuple[str, ...], ...]:
        """What tells these candidates from others."""
        return tuple(tuple(rule.name for rule in part) for part in (self.allows, self.denies, self.later))


def table(
    snapshot: PolicySnapshot, who: Principal, place: Place, columns: Sequence[Scopes]
) -> list[tuple[ToolSpec, list[Cell]]]:
    """A row for each tool in the catalogue's order, a cell for each set of scopes; the scopes of `who` do not count."""
    rules = [
        rule
        for rule in snapshot.rules
        if rule.failed_on_when(place.at) in {None, "valid_from"} and rule.failed_on_person(who) is None
    ]
    callers = [(replace(who, scopes=scopes), snapshot.granted(scopes)) for scopes in columns]
    rows = []
    for spec in snapshot.catalogue.values():
        call = _call(spec, place)
        candidates = _candidates(snapshot, rules, spec, who, call)
        known: dict[tuple[tuple[str, ...], ...], Cell] = {}
        cells = []
        for caller, granted in callers:
            mine = candidates.for_scopes(caller.scopes, granted)
            key = mine.names()
            if key not in known:
                known[key] = _cell(snapshot, caller, call, mine)
            cells.append(known[key])
        rows.append((spec, cells))
    return rows


def _call(spec: ToolSpec, place: Place) -> Call:
    if not spec.needs_place:
        return Call(spec.name, None, None, (), place.at)
    paths = () if place.path is None else tuple((argument.role, place.path) for argument in spec.paths)
    return Call(spec.name, place.portal, place.tenant, paths, place.at)


def _candidates(
    snapshot: PolicySnapshot, rules: Iterable[Rule], spec: ToolSpec, who: Principal, call: Call
) -> _Candidates:
    question = snapshot.question(who, call)
    some_path = _leaves_paths_open(spec, call)
    found = []
    for rule in rules:
        if rule.concerns(spec, snapshot.catalogue):
            failed = rule.failed_on_where(question)
            if failed is None or (failed == "paths" and some_path):
                found.append(rule)
    now = [rule for rule in found if rule.failed_on_when(call.at) is None]
    return _Candidates(
        tuple(rule for rule in now if not rule.denies),
        tuple(rule for rule in now if rule.denies),
        tuple(rule for rule in found if rule.denies and rule.failed_on_when(call.at) == "valid_from"),
    )


def _leaves_paths_open(spec: ToolSpec, call: Call) -> bool:
    return bool(spec.paths and not call.paths)


def _cell(snapshot: PolicySnapshot, caller: Principal, call: Call, mine: _Candidates) -> Cell:
    if not mine.allows:
        return NOTHING
    decision = decide(snapshot, caller, call)
    if isinstance(decision, Denied):
        if decision.reason is DenyReason.SUSPENDED:
            return Cell(CellState.DENY, decision.decided_by, is_suspended=True)
        denied = decision.reason is DenyReason.DENIED_BY_POLICY
        return Cell(CellState.DENY, decision.policy) if denied else NOTHING
    spec = snapshot.catalogue[call.tool]
    limits = _limits(spec, mine, decision.calls_per_minute, some_path=_leaves_paths_open(spec, call))
    return Cell(CellState.LIMITS if limits else CellState.ALLOW, decision.policy, limits)


def _limits(spec: ToolSpec, mine: _Candidates, decided: int | None, *, some_path: bool) -> Limits:
    """What narrows an allowed call; `decided` is the rate that the deciding allow gives it."""
    allows = mine.allows
    whole = [rule for rule in allows if not some_path or any(glob.is_everything for glob in rule.paths)]
    now, later = mine.denies, mine.later
    if some_path:
        opened = _Opened.by(allows)
        reaches_up = bool(spec.roles & REACHING_BELOW)
        now, later = (tuple(rule for rule in part if opened.may_meet(rule, reaches_up)) for part in (now, later))
    return Limits(
        only=() if whole else tuple(rule.name for rule in allows),
        closed_by=tuple(rule.name for rule in now),
        rates=_rates(allows if some_path else (), whole, decided),
        until=_until(whole, allows),
        closing=tuple(rule.name for rule in later),
    )


def _rates(allows: Sequence[Rule], whole: Sequence[Rule], decided: int | None) -> tuple[int, ...]:
    """Rates that apply to some of it: which of several allows decides depends on the path, unless one opens all."""
    if decided is None and any(rule.calls_per_minute is None for rule in whole):
        return ()
    rates = {decided, *(rule.calls_per_minute for rule in allows)}
    return tuple(sorted(rate for rate in rates if rate is not None))


def _until(whole: Sequence[Rule], allows: Sequence[Rule]) -> float | None:
    """When the access narrows: where something opens all of it, with the last such; else with the first to end."""
    ends = [rule.valid_until for rule in whole or allows]
    known = [end for end in ends if end is not None]
    if whole:
        return max(known) if len(known) == len(ends) else None
    return min(known, default=None)


@dataclass(frozen=True, slots=True)
class _Opened:
    """The globs of some allows by their first name, `""` for what can begin with anything."""

    globs: Mapping[str, Sequence[PathGlob]]

    @classmethod
    def by(cls, allows: Iterable[Rule]) -> _Opened:
        found: dict[str, dict[PathGlob, None]] = {}
        for glob in (glob for rule in allows for glob in rule.paths):
            first = glob.segments[0] if glob.segments and PLAIN.fullmatch(glob.segments[0]) else ""
            found.setdefault(first.lower(), {})[glob] = None
        return cls({first: tuple(globs) for first, globs in found.items()})

    def may_meet(self, deny: Rule, reaches_up: bool) -> bool:  # noqa: FBT001 - the one thing a tool adds
        """Whether a deny may close a part of what is open; it says no only where that cannot be."""
        return any(_may_meet(opened, closed, reaches_up) for closed in deny.paths for opened in self._beside(closed))

    def _beside(self, closed: PathGlob) -> Iterable[PathGlob]:
        if not closed.segments or "*" in closed.segments[0]:
            return (glob for globs in self.globs.values() for glob in globs)
        return (*self.globs.get("", ()), *self.globs.get(closed.segments[0], ()))


def _may_meet(opened: PathGlob, closed: PathGlob, reaches_up: bool) -> bool:  # noqa: FBT001
    for mine, theirs in zip(opened.segments, closed.segments, strict=False):
        if not PLAIN.fullmatch(mine):
            return True
        if theirs != "*" and mine.lower() != theirs and not _covers(theirs, mine.lower()):
            return False
    further = opened.segments[len(closed.segments) :]
    if not further:
        return opened.deep or reaches_up or closed.deep or len(opened.segments) == len(closed.segments)
    return closed.deep or not all(PLAIN.fullmatch(name) for name in further)


@lru_cache(maxsize=4096)
def _covers(pattern: str, name: str) -> bool:
    return "*" in pattern and Patterns.build([pattern]).match(name)
