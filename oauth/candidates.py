"""Finds the policies that could match a call without looking at the others: an index built with the snapshot.

A rule is filed under what is most selective about it: an exact tool, subject, client, organization, scope, portal or
Team Portal, or the names with which its paths begin; crowded drawers are split again by another of these. Whatever a
rule says by `*` never hides it. The index may name a rule too many, never one too few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from oauth.rules import READING_ROLES
from tools.spec import REACHING_BELOW

if TYPE_CHECKING:
    from oauth.patterns import Patterns
    from oauth.principal import Principal
    from oauth.rules import Question, Rule
    from tools.spec import ToolSpec

FEW: Final = 6
"""So many rules are looked at one by one rather than filed."""
MOST_KEYS: Final = 256
"""A rule that names more values of a dimension is not filed by it; it would be copied into as many drawers."""
BELOW: Final = "\0"
"""Marks the drawers of rules that lie somewhere below a path; nothing that a policy names begins with it."""
READS: Final = ":reads"
"""The drawer of denies of reading, for tools that take a path as source; `:` and a toolset are drawers, too."""

Keys = tuple[str, ...]
Choices = tuple[tuple[Keys, ...], ...]
"""Per dimension the choices of keys under which a rule can be filed."""
NONE: Final[Keys] = ()
Wanted = list[Collection[str] | None]
"""Per dimension the drawers to open; None opens all, and `LATER` is found out when a drawer asks for it."""
LATER: Final[Keys] = ("later",)


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
    tool_keys: Mapping[str, Keys] = field(repr=False)
    top: Drawer = field(repr=False)
    deepest: int

    @classmethod
    def build(cls, rules: Sequence[Rule], catalogue: Mapping[str, ToolSpec], *, denies: bool) -> Candidates:
        """File the rules; their order is the order of every answer."""
        known: dict[tuple[frozenset[str], frozenset[str]], frozenset[str]] = {}
        concerned = []
        by_tool: dict[str, list[Rule]] = {name: [] for name in catalogue}
        for rule in rules:
            what = (rule.tools, rule.toolsets)
            if what not in known:
                known[what] = frozenset(name for name, spec in catalogue.items() if rule.concerns(spec, catalogue))
            concerned.append(known[what])
            for name in known[what]:
                by_tool[name].append(rule)
        keys = [tuple([choices(rule, catalogue) for choices in DIMENSIONS]) for rule in rules]
        return cls(
            denies,
            tuple(rules),
            {name: tuple(found) for name, found in by_tool.items()},
            tuple(concerned),
            {name: _tool_keys(spec) for name, spec in catalogue.items()},
            _filed(range(len(rules)), keys, frozenset(range(len(DIMENSIONS)))),
            max((len(glob.segments) for rule in rules for glob in rule.paths), default=1) or 1,
        )

    def of(self, question: Question, scopes: Collection[str] | None) -> list[Rule]:
        """Rules of the question's tool that could match it, in order; None for `scopes` asks whatever the scopes.

        What the question leaves open opens every drawer of that dimension.
        """
        top = self.top
        found = list(top.here)
        if top.filed:
            self._collect(top, self._wanted(question, scopes), question, found)
        if not found:
            return []
        tool, concerned, rules = question.call.tool, self.concerned, self.rules
        return [rules[rank] for rank in sorted(set(found)) if tool in concerned[rank]]

    def each_of(self, question: Question, scopes: Collection[str]) -> Iterator[Rule]:
        """The same one by one, in any order and some of them twice: for whoever is content with the first that does."""
        tool = question.call.tool
        wanted = self._wanted(question, scopes)
        wanted[PATHS] = self._paths(question)
        for rank in _ranks(self.top, wanted):
            if tool in self.concerned[rank]:
                yield self.rules[rank]

    def of_person(self, principal: Principal, scopes: Collection[str]) -> Iterator[Rule]:
        """Rules of any tool and place whose Who could match, in any order and some of them twice."""
        person = ((principal.subject,), (principal.client,), (principal.organization,))
        for rank in _ranks(self.top, [None, *person, scopes, None, None, None]):
            yield self.rules[rank]

    def _wanted(self, question: Question, scopes: Collection[str] | None) -> Wanted:
        spec, principal, call = question.spec, question.principal, question.call
        portals: Keys | None = None if call.portal is None else (call.portal,)
        tenants: Keys | None = None
        if call.tenant is not None:
            tenants = (question.folded_tenant if self.denies else call.tenant,)
        if not spec.needs_place:  # allows ignore the place, denies of some place do not match
            portals = tenants = () if self.denies else None
        person: tuple[Keys, Keys, Keys] = (principal.subject,), (principal.client,), (principal.organization,)
        return [self.tool_keys[call.tool], *person, scopes, portals, tenants, LATER]

    def _collect(self, drawer: Drawer, wanted: Wanted, question: Question, found: list[int]) -> None:
        """All of `_ranks` below a drawer at once, and faster: most drawers are not there."""
        for number, drawers in drawer.filed:
            keys = wanted[number]
            if keys is LATER:
                keys = wanted[number] = self._paths(question)
            for key in drawers if keys is None else keys:
                if key in drawers:
                    each = drawers[key]
                    found += each.here
                    if each.filed:
                        self._collect(each, wanted, question, found)

    def _paths(self, question: Question) -> Collection[str] | None:
        call = question.call
        if not call.paths:
            return () if self.denies and not question.spec.paths else None
        if not self.denies:  # all paths must be covered: whoever covers the first is among these
            return _prefixes(call.paths[0][1], self.deepest)
        keys = []
        for role, forms in question.folded_paths:
            for form in forms:
                keys += _prefixes(form, self.deepest)
                if role in REACHING_BELOW:
                    keys.append(BELOW + form)
        return keys


def _tool_keys(spec: ToolSpec) -> Keys:
    reads = (READS,) if spec.roles & READING_ROLES else NONE
    return spec.name, f":{spec.toolset.value}", *reads


def _tools(rule: Rule, catalogue: Mapping[str, ToolSpec]) -> tuple[Keys, ...]:
    if "*" in rule.tools:
        return ()
    reads = (READS,) if rule.denies and rule.names_reading(catalogue) else ()
    return ((*rule.tools, *(f":{toolset}" for toolset in rule.toolsets), *reads),)


def _exact(patterns: Patterns) -> tuple[Keys, ...]:
    return () if patterns.is_everything or patterns.wild else (tuple(patterns.exact),)


def _scopes(rule: Rule, catalogue: Mapping[str, ToolSpec]) -> tuple[Keys, ...]:
    """All scopes must be there: any one of them will do as the key."""
    return tuple((scope,) for scope in rule.scopes)


def _portals(rule: Rule, catalogue: Mapping[str, ToolSpec]) -> tuple[Keys, ...]:
    return () if "*" in rule.portals else (tuple(rule.portals),)


def _paths(rule: Rule, catalogue: Mapping[str, ToolSpec]) -> tuple[Keys, ...]:
    if any(glob.fixed == "/" for glob in rule.paths):
        return ()
    keys = {glob.fixed for glob in rule.paths}
    if rule.denies:
        keys |= {
            BELOW + above for glob in rule.paths for above in ("/", *_prefixes(glob.fixed, len(glob.segments))[:-1])
        }
    return (tuple(sorted(keys)),)


def _tenants(rule: Rule, catalogue: Mapping[str, ToolSpec]) -> tuple[Keys, ...]:
    return _exact(rule.tenants)


DIMENSIONS: Final[tuple[Callable[[Rule, Mapping[str, ToolSpec]], tuple[Keys, ...]], ...]] = (
    _tools,
    lambda rule, *_: _exact(rule.subjects),
    lambda rule, *_: _exact(rule.clients),
    lambda rule, *_: _exact(rule.organizations),
    _scopes,
    _portals,
    _tenants,
    _paths,
)
"""Per dimension the choices of keys under which a rule can be filed: none where it can match without one of them."""
PATHS: Final = DIMENSIONS.index(_paths)
OFTEN_OPEN: Final = frozenset({DIMENSIONS.index(_portals), DIMENSIONS.index(_tenants), PATHS})
"""What `visible` leaves open: filed by these only where the caller and the tool do not halve the crowd already."""


def _prefixes(path: str, deepest: int) -> list[str]:
    """What the first names of the path make, one after the other, up to `deepest` of them; `/` only for itself."""
    found, above = [], ""
    for name in path.split("/", deepest + 1)[1 : deepest + 1]:
        above = f"{above}/{name}"
        found.append(above)
    return found


def _filed(ranks: Sequence[int], choices: Sequence[Choices], free: frozenset[int]) -> Drawer:
    """File some rules by the dimensions that are still free; each goes where it meets the fewest others."""
    if len(ranks) <= FEW or not free:
        return Drawer(tuple(ranks))
    most = MOST_KEYS if len(free) == len(DIMENSIONS) else FEW
    crowds = {
        number: Counter([key for rank in ranks for keys in choices[rank][number] for key in keys]) for number in free
    }
    here: list[int] = []
    filed: dict[int, dict[str, list[int]]] = {}
    for rank in ranks:
        number, keys = _best(choices[rank], crowds, len(ranks), most)
        if not keys:
            here.append(rank)
        for key in keys:
            filed.setdefault(number, {}).setdefault(key, []).append(rank)
    return Drawer(
        tuple(here),
        tuple(
            (number, {key: _filed(found, choices, free - {number}) for key, found in drawers.items()})
            for number, drawers in sorted(filed.items())
        ),
    )


def _best(choices: Choices, crowds: Mapping[int, Counter[str]], total: int, most: int) -> tuple[int, Keys]:
    """The dimension and keys under which a rule meets the fewest others; no keys where it would meet all."""
    least: float = total
    where, best = -1, NONE
    for number, crowd in crowds.items():
        for keys in choices[number]:
            company: float = sum([crowd[key] for key in keys if not key.startswith(BELOW)])
            if number in OFTEN_OPEN:
                company += total / 2
            if company < least and len(keys) <= most:
                least, where, best = company, number, keys
    return where, best


def _ranks(drawer: Drawer, wanted: Wanted) -> Iterator[int]:
    yield from drawer.here
    for number, drawers in drawer.filed:
        keys = wanted[number]
        for found in drawers.values() if keys is None else filter(None, map(drawers.get, keys)):
            yield from found.here if not found.filed else _ranks(found, wanted)
