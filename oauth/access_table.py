"""The table of effective access as its page shows it: columns of scopes, cells with words and links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from oauth import effective, ladder
from oauth.asking import scopes_in
from oauth.effective import Cell, CellState, Limits, Place
from oauth.models import Policy
from tools.profile import GLOBAL_TENANT
from tools.spec import PREFIX, ToolSpec
from tools.wording import SHOWN, listed

if TYPE_CHECKING:
    from oauth.policy import PolicySnapshot

MOST_COMBINATIONS: Final = 6
MOST_SCOPES: Final = 30
"""Columns of single scopes; more are neither read by anybody nor drawn in time."""
WORDS: Final[Mapping[CellState, str]] = {
    CellState.ALLOW: "Allow",
    CellState.LIMITS: "With limits",
    CellState.DENY: "Deny",
    CellState.NONE: "None",
}
COLOURS: Final[Mapping[CellState, str]] = {
    CellState.ALLOW: "success",
    CellState.LIMITS: "warning",
    CellState.DENY: "danger",
    CellState.NONE: "default",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A token with these scopes; `grants` are all that come with them."""

    title: str
    scopes: frozenset[str]
    grants: str


@dataclass(frozen=True, slots=True)
class ShownLimit:
    """One limit as a short phrase, with the policy that sets it where one is named."""

    text: str
    policy: str = ""
    key: int | None = None


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell in words; `key` is the deciding policy's row, None for none or a suspension."""

    word: str
    colour: str
    policy: str
    key: int | None
    limits: tuple[ShownLimit, ...]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """One tool."""

    name: str
    title: str
    toolset: str
    cells: tuple[ShownCell, ...]


@dataclass(frozen=True, slots=True)
class ShownTable:
    """The whole table, and what it is about; `left_out` are scopes without a column of their own."""

    about: str
    left_out: int
    columns: tuple[Column, ...]
    rows: tuple[ShownRow, ...]


def default_portal(snapshot: PolicySnapshot) -> str:
    """The portal to begin with: the default one, else the first enabled one; empty when there is none."""
    enabled = sorted((not profile.default, name) for name, profile in snapshot.profiles.items() if profile.enabled)
    return enabled[0][1] if enabled else ""


def columns(snapshot: PolicySnapshot, typed: frozenset[str]) -> list[Column]:
    """One for each scope, for sets of scopes that allows ask for together, for all scopes, and for what was typed."""
    together = {rule.scopes for rule in snapshot.rules if rule.enabled and not rule.denies and len(rule.scopes) > 1}
    known = [scopes for scopes in sorted(together, key=sorted) if scopes <= snapshot.scopes.keys()]
    every = frozenset(snapshot.scopes)
    found = [(name, frozenset({name})) for name in _shown(snapshot)]
    found += [(" + ".join(sorted(scopes)), scopes) for scopes in known[:MOST_COMBINATIONS] if scopes != every]
    if len(every) > 1:
        found.append(("all scopes", every))
    if typed:
        found.append(("these scopes", typed))
    return [Column(title, scopes, " ".join(sorted(snapshot.granted(scopes))) or "nothing") for title, scopes in found]


def _shown(snapshot: PolicySnapshot) -> list[str]:
    """The scopes with a column of their own: those that policies ask for before those that open nothing."""
    asked = frozenset().union(*(rule.scopes for rule in snapshot.rules if rule.enabled))
    most = sorted(snapshot.scopes, key=lambda name: (not snapshot.granted(frozenset({name})) & asked, name))
    return sorted(most[:MOST_SCOPES])


def build(snapshot: PolicySnapshot, asked: Mapping[str, Any]) -> ShownTable:
    """The table for what the form asked: `place`, `who` and further `scopes`."""
    place: Place = asked["place"]
    heads = columns(snapshot, scopes_in(asked["scopes"]))
    found = effective.table(snapshot, asked["who"], place, [head.scopes for head in heads])
    named = {name for _, cells in found for cell in cells for name in _names(cell)}
    rows = {row.name: row for row in Policy.objects.filter(name__in=named)}
    seen: dict[Cell, ShownCell] = {}
    shown = tuple(_row(spec, cells, rows, seen) for spec, cells in found)
    return ShownTable(_about(place), max(0, len(snapshot.scopes) - MOST_SCOPES), tuple(heads), shown)


def _about(place: Place) -> str:
    tenant = "global administration" if place.tenant == GLOBAL_TENANT else f"Team Portal {place.tenant}"
    where = f"path {place.path}" if place.path is not None else "all paths"
    return f"Portal {place.portal}, {tenant}, {where}, {ladder.at_text(place.at)}"


def _names(cell: Cell) -> Iterable[str]:
    """The policies that the cell is shown with."""
    parts = (cell.limits.only, cell.limits.closed_by, cell.limits.closing)
    return [name for name in (cell.policy, *(name for part in parts for name in part[:SHOWN])) if name]


def _row(spec: ToolSpec, cells: Iterable[Cell], rows: Mapping[str, Policy], seen: dict[Cell, ShownCell]) -> ShownRow:
    for cell in cells:
        if cell not in seen:
            seen[cell] = _cell(cell, rows)
    shown = tuple(seen[cell] for cell in cells)
    return ShownRow(spec.name.removeprefix(PREFIX), spec.title, spec.toolset.value, shown)


def _cell(cell: Cell, rows: Mapping[str, Policy]) -> ShownCell:
    word = "Suspended" if cell.is_suspended else WORDS[cell.state]
    row = rows.get(cell.policy or "") if not cell.is_suspended else None
    limits = tuple(limit_words(cell.limits, rows))
    return ShownCell(word, COLOURS[cell.state], cell.policy or "", row.pk if row else None, limits)


def limit_words(limits: Limits, rows: Mapping[str, Policy]) -> list[ShownLimit]:
    """Each limit as a short phrase, such as `not /HR/**` by policy `HR is private`."""
    named = [rows[name] for name in limits.only[:SHOWN] if name in rows]
    only = list(dict.fromkeys(glob for row in named for glob in row.paths))
    words = [ShownLimit(f"only {listed(only, 'and')}"), *_further(limits.only, "allows")] if only else []
    words += [_closed("not", name, rows) for name in limits.closed_by[:SHOWN]]
    words += _further(limits.closed_by, "denies")
    if limits.rates:
        words.append(ShownLimit(f"{listed([str(rate) for rate in limits.rates], 'or')} calls a minute"))
    if limits.until is not None:
        words.append(ShownLimit(f"{'in part ' if len(limits.only) > 1 else ''}until {ladder.at_text(limits.until)}"))
    words += [_closing(name, rows) for name in limits.closing[:SHOWN]]
    return [*words, *_further(limits.closing, "denies to come")]


def _further(names: tuple[str, ...], noun: str) -> list[ShownLimit]:
    return [ShownLimit(f"and {len(names) - SHOWN} more {noun}")] if len(names) > SHOWN else []


def _closed(word: str, name: str, rows: Mapping[str, Policy]) -> ShownLimit:
    row = rows.get(name)
    if row is None:  # deleted a moment ago
        return ShownLimit(f"{word} what {name} closes")
    return ShownLimit(f"{word} {listed(row.paths, 'and')}", name, row.pk)


def _closing(name: str, rows: Mapping[str, Policy]) -> ShownLimit:
    begins = rows[name].valid_from if name in rows else None
    return _closed(f"from {begins:%Y-%m-%d %H:%M} UTC not" if begins else "later not", name, rows)
