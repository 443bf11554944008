"""Finds the policies that could match a call without looking at the others: an index built with the snapshot.

A rule is filed under what is most selective about it: an exact tool, subject, client, organization, scope, portal or
Team Portal, or the names with which its paths begin; crowded drawers are split again by another of these. Whatever a
rule says by `*` never hides it. The index may name a rule too many, never one too few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from oauth.rules import Question
from tools.spec import PathRole

if TYPE_CHECKING:
    from oauth.patterns import Patterns
    from oauth.rules import Rule
    from tools.spec import ToolSpec

FEW: Final = 6
"""So many rules are looked at one by one rather than filed."""
MOST_KEYS: Final = 256
"""A rule that names more values of a dimension is not filed by it; it would be copied into as many drawers."""
BELOW: Final = "<"
"""Marks the drawers of rules that lie somewhere below a path; no path begins with it."""

Keys = tuple[str, ...]
Wanted = tuple[Collection[str] | None, ...]
"""Per dimension the drawers to open; None opens all."""


@dataclass(frozen=True, slots=True)
class Drawer:
    """Rules (by rank) that must be looked at, and those filed further by number of a dimension and key."""

    here: tuple[int, ...]
    filed: tuple[tuple[int, Mapping[str, Drawer]], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidates:
    """All live rules of one effect in the order in which they are asked, with the index over them."""

    denies: bool
    rules: tuple[Rule, ...]
    by_tool: Mapping[str, tuple[Rule, ...]]
    concerned: tuple[frozenset[str], ...] = field(repr=False)
    top: Drawer = field(repr=False)
    files_paths: bool

    @classmethod
    def build(cls, rules: Sequence[Rule], catalogue: Mapping[str, ToolSpec], *, denies: bool) -> Candidates:
        """File the rules; their order is the order of every answer."""
        known: dict[tuple[frozenset[str], frozenset[str], bool], frozenset[str]] = {}
        concerned = []
        by_tool: dict[str, list[Rule]] = {name: [] for name in catalogue}
        for rule in rules:
            what = (rule.tools, rule.toolsets, rule.denies)
            if what not in known:
                known[what] = frozenset(name for name, spec in catalogue.items() if rule.concerns(spec, catalogue))
            concerned.append(known[what])
            for name in known[what]:
                by_tool[name].append(rule)
        keys = [
            tuple(DIMENSIONS[number](rule, tools, len(catalogue)) for number in range(len(DIMENSIONS)))
            for rule, tools in zip(rules, concerned, strict=True)
        ]
        top = _filed(range(len(rules)), keys, frozenset(range(len(DIMENSIONS))))
        tools = {name: tuple(found) for name, found in by_tool.items()}
        return cls(denies, tuple(rules), tools, tuple(concerned), top, _files(top, PATHS))

    def of(self, question: Question, scopes: Collection[str] | None) -> list[Rule]:
        """Rules of the question's tool that could match it, in order; None for `scopes` asks whatever the scopes.

        What the question leaves open opens every drawer of that dimension.
        """
        spec, principal, call = question.spec, question.principal, question.call
        portals: Keys | None = None if call.portal is None else (call.portal,)
        tenants: Keys | None = None if call.tenant is None else (question.folded_tenant if self.denies else call.tenant,)
        if not spec.needs_place:  # allows ignore the place, denies of some place do not match
            portals = tenants = () if self.denies else None
        wanted = (
            (call.tool,),
            (principal.subject,),
            (principal.client,),
            (principal.organization,),
            scopes,
            portals,
            tenants,
            self._paths(question) if self.files_paths else None,
        )
        ranks: list[int] = []
        _gather(self.top, wanted, ranks)
        return [self.rules[rank] for rank in sorted(set(ranks)) if call.tool in self.concerned[rank]]

    def _paths(self, question: Question) -> Collection[str] | None:
        call = question.call
        if not call.paths:
            return () if self.denies and not question.spec.paths else None
        if not self.denies:  # all paths must be covered: whoever covers the first is among these
            return _prefixes(call.paths[0][1])
        keys = []
        for role, forms in question.folded_paths:
            for form in forms:
                keys += _prefixes(form)
                if role is PathRole.SUBTREE:
                    keys.append(BELOW + form)
        return keys

    def of_person(self, question: Question, *, scopes: Collection[str]) -> list[Rule]:
        """Rules of any tool and place whose Who could match."""
        principal = question.principal
        ranks: list[int] = []
        person = ((principal.subject,), (principal.client,), (principal.organization,))
        _gather(self.top, (None, *person, scopes, None, None, None), ranks)
        return [self.rules[rank] for rank in sorted(set(ranks))]


def _exact(patterns: Patterns) -> tuple[Keys, ...]:
    return () if patterns.is_everything or patterns.wild else (tuple(patterns.exact),)


def _tools(rule: Rule, concerned: frozenset[str], known: int) -> tuple[Keys, ...]:
    return () if len(concerned) == known else (tuple(concerned),)


def _scopes(rule: Rule, concerned: frozenset[str], known: int) -> tuple[Keys, ...]:
    """All scopes must be there: any one of them will do as the key."""
    return tuple((scope,) for scope in rule.scopes)


def _portals(rule: Rule, concerned: frozenset[str], known: int) -> tuple[Keys, ...]:
    return () if "*" in rule.portals else (tuple(rule.portals),)


def _paths(rule: Rule, concerned: frozenset[str], known: int) -> tuple[Keys, ...]:
    if any(glob.fixed == "/" for glob in rule.paths):
        return ()
    keys = {glob.fixed for glob in rule.paths}
    if rule.denies:
        keys |= {BELOW + above for glob in rule.paths for above in _prefixes(glob.fixed) if above != glob.fixed}
    return (tuple(keys),)


DIMENSIONS: Final[tuple[Callable[[Rule, frozenset[str], int], tuple[Keys, ...]], ...]] = (
    _tools,
    lambda rule, *_: _exact(rule.subjects),
    lambda rule, *_: _exact(rule.clients),
    lambda rule, *_: _exact(rule.organizations),
    _scopes,
    _portals,
    lambda rule, *_: _exact(rule.tenants),
    _paths,
)
"""Per dimension the choices of keys under which a rule can be filed: none where it can match without one of them."""
PATHS: Final = DIMENSIONS.index(_paths)


def _prefixes(path: str) -> list[str]:
    """The path with everything above it, `/` first."""
    found, at = ["/"], path.find("/", 1)
    while at > 0:
        found.append(path[:at])
        at = path.find("/", at + 1)
    if path != "/":
        found.append(path)
    return found


def _filed(ranks: Sequence[int], keys: Sequence[tuple[tuple[Keys, ...], ...]], free: frozenset[int]) -> Drawer:
    """File some rules by the dimensions that are still free; each goes where it meets the fewest others."""
    if len(ranks) <= FEW or not free:
        return Drawer(tuple(ranks))
    most = MOST_KEYS if len(free) == len(DIMENSIONS) else FEW
    crowd = Counter(
        (number, key) for rank in ranks for number in free for choice in keys[rank][number] for key in choice
    )
    here: list[int] = []
    filed: dict[int, dict[str, list[int]]] = {}
    for rank in ranks:
        company, where, choice = min(
            (
                (sum(crowd[number, key] for key in each if number != PATHS or key[0] != BELOW), number, each)
                for number in free
                for each in keys[rank][number]
                if 0 < len(each) <= most
            ),
            default=(len(ranks), -1, ()),
        )
        if company >= len(ranks):
            here.append(rank)
            continue
        for key in choice:
            filed.setdefault(where, {}).setdefault(key, []).append(rank)
    return Drawer(
        tuple(here),
        tuple(
            (number, {key: _filed(found, keys, free - {number}) for key, found in drawers.items()})
            for number, drawers in sorted(filed.items())
        ),
    )


def _files(drawer: Drawer, wanted: int) -> bool:
    return any(
        number == wanted or any(_files(each, wanted) for each in drawers.values()) for number, drawers in drawer.filed
    )


def _gather(drawer: Drawer, wanted: Wanted, ranks: list[int]) -> None:
    ranks += drawer.here
    for number, drawers in drawer.filed:
        keys = wanted[number]
        if keys is None:
            for each in drawers.values():
                _gather(each, wanted, ranks)
        else:
            for key in keys:
                found = drawers.get(key)
                if found is not None:
                    _gather(found, wanted, ranks)
