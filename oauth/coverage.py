"""What policies leave of each other: whether a call gets through an allow past the denies, whether one covers another.

Each `*` is stood for by text that no policy mentions, so that a finite number of calls speaks for all of them. Answers
err on one side: `CLOSED` and "covers" are said only when they hold for every call; doubt is `UNKNOWN`, or no.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Final

from oauth.patterns import FRESH, Patterns
from oauth.principal import Principal
from oauth.rules import READING_ROLES, Call, Question, Rule
from tools.profile import Profile
from tools.spec import REACHING_BELOW, PathRole

if TYPE_CHECKING:
    from oauth.patterns import PathGlob
    from oauth.policy import PolicySnapshot
    from tools.spec import PathArgument, ToolSpec

MOST_CHECKS: Final = 8_000
CLAIMS: Final = ("subjects", "clients", "organizations")
NO_PLACE: Final = ((None, None),)
SOME_DAY: Final = Profile(
    FRESH, 0, "", 443, https=True, verify_tls=True, scope="admin", username="", sealed_password=""
)
"""Stands for the portals of later, where there is none yet."""


class Passage(Enum):
    """What becomes of all calls that an allow covers."""

    OPEN = "some get through"
    CLOSED = "a deny stops each"
    NOWHERE = "there are none"
    UNKNOWN = "not found out"


@dataclass(frozen=True)
class World:
    """All that decides at one moment (`at`, Unix seconds); `scopes` maps each to its implied closure."""

    rules: tuple[Rule, ...]
    scopes: Mapping[str, frozenset[str]]
    profiles: Mapping[str, Profile]
    catalogue: Mapping[str, ToolSpec]
    at: float

    @classmethod
    def of(cls, snapshot: PolicySnapshot, at: float) -> World:
        """What a snapshot holds, at `at`."""
        return cls(snapshot.rules, snapshot.scopes, snapshot.profiles, snapshot.catalogue, at)

    def changed(self, *, without: Iterable[str] = (), added: Iterable[Rule] = ()) -> World:
        """As this one, with some policies removed by name and others added."""
        gone = frozenset(without)
        return replace(self, rules=(*(rule for rule in self.rules if rule.name not in gone), *added))

    @cached_property
    def allows(self) -> tuple[Rule, ...]:
        """Allows that are enabled and not over."""
        return tuple(rule for rule in self.rules if not rule.denies and self.lives(rule))

    @cached_property
    def denies(self) -> tuple[Rule, ...]:
        """Denies that are enabled and not over."""
        return tuple(rule for rule in self.rules if rule.denies and self.lives(rule))

    @cached_property
    def implied(self) -> frozenset[str]:
        """Scopes that come with some other one: a token may lack their names and grant them."""
        return frozenset(one for name, closure in self.scopes.items() for one in closure if one != name)

    @cached_property
    def portals(self) -> tuple[Profile, ...]:
        """The enabled profiles; where there are none, one to come."""
        return tuple(profile for profile in self.profiles.values() if profile.enabled) or (SOME_DAY,)

    def lives(self, rule: Rule) -> bool:
        """Whether the policy matches something now or later."""
        return rule.enabled and (rule.valid_until is None or rule.valid_until > self.at)

    def begins(self, rule: Rule) -> float:
        """When it is first in force, from now on."""
        return self.at if rule.valid_from is None else max(self.at, rule.valid_from)

    def outlasts(self, one: Rule, other: Rule) -> bool:
        """Whether `one` is in force whenever `other` is, from now on."""
        begins = one.valid_from is None or one.valid_from <= self.begins(other)
        return begins and (
            one.valid_until is None or (other.valid_until is not None and one.valid_until >= other.valid_until)
        )

    def granted(self, scopes: frozenset[str]) -> frozenset[str]:
        """The implied closure."""
        return frozenset().union(*(self.scopes.get(name, frozenset()) for name in scopes))

    def certain(self, scopes: frozenset[str]) -> frozenset[str]:
        """Those of `scopes` whose very names are in every token that grants all of them."""
        return scopes - self.implied


@dataclass
class Budget:
    """How many comparisons a search may still make; it gives up rather than take an operator's time."""

    left: int = MOST_CHECKS

    def spend(self) -> bool:
        """Whether one more is affordable."""
        self.left -= 1
        return self.left >= 0


def alternatives(patterns: Patterns) -> tuple[str, ...]:
    """Values that speak for all that match: the absent one for `*`, since nothing else matches that."""
    return ("",) if patterns.is_everything else tuple(pattern.replace("*", FRESH) for pattern in patterns.raw)


def places(world: World, rule: Rule) -> Iterator[tuple[str, str]]:
    """(portal, Team Portal) that speak for all places of the policy on the enabled portals."""
    for profile in world.portals:
        if "*" in rule.portals or profile.name in rule.portals:
            only = profile.tenant_for()
            if only is None:
                yield from ((profile.name, tenant) for tenant in alternatives(rule.tenants))
            elif rule.tenants.match(only.casefold() if rule.denies else only):
                yield profile.name, only


def reaches(world: World, rule: Rule, spec: ToolSpec) -> bool:
    """Whether some complete call of the tool lies where the policy is about."""
    if rule.denies and not spec.paths and not any(glob.is_everything for glob in rule.paths):
        return False
    if not spec.needs_place:
        return not rule.denies or ("*" in rule.portals and rule.tenants.is_everything)
    return next(places(world, rule), None) is not None


class Search:
    """Looks for a call that an allow covers and no deny stops; keeps in `stopped_by` which denies stopped some."""

    def __init__(self, world: World, allow: Rule, denies: Iterable[Rule], budget: Budget) -> None:
        self.world, self.allow, self.budget = world, allow, budget
        self.held = world.certain(allow.scopes)
        self.denies = [deny for deny in denies if deny.scopes <= self.held and world.outlasts(deny, allow)]
        self.stopped_by: dict[str, None] = {}

    def run(self) -> Passage:
        """What the denies leave of the allow, from now until it ends."""
        world, allow = self.world, self.allow
        specs = [spec for spec in world.catalogue.values() if allow.names(spec) and reaches(world, allow, spec)]
        if not specs or not allow.scopes or not allow.scopes <= world.scopes.keys():
            return Passage.NOWHERE
        answer = Passage.CLOSED
        for subject, client, organization in product(*(self._persons(claim) for claim in CLAIMS)):
            principal = Principal("", subject, client, organization, self.held, 0)
            denies = [deny for deny in self.denies if deny.failed_on_person(principal) is None]
            for spec in specs:
                found = self._tool(spec, principal, denies)
                if found is Passage.OPEN or self.budget.left < 0:
                    return found
                answer = found if found is Passage.UNKNOWN else answer
        return answer

    def _persons(self, claim: str) -> tuple[str, ...]:
        """Values of one claim that speak for all; those whom a deny spares speak for themselves."""
        patterns: Patterns = getattr(self.allow, claim)
        found = alternatives(patterns)
        if all(getattr(deny, claim).is_everything for deny in self.denies):
            found = found[:1]
        if claim == "subjects":
            spared = {one for deny in self.denies for one in deny.except_subjects if patterns.match(one)}
            found = (*sorted(spared), *found)
        return found

    def _tool(self, spec: ToolSpec, principal: Principal, denies: list[Rule]) -> Passage:
        left = [deny for deny in denies if deny.concerns(spec, self.world.catalogue)]
        if not left:
            return Passage.OPEN
        answer = Passage.CLOSED
        some: Iterable[tuple[str | None, str | None]] = places(self.world, self.allow) if spec.needs_place else NO_PLACE
        for portal, tenant in some:
            question = Question(spec, principal, self.held, Call(spec.name, portal, tenant, (), 0))
            found = self._place(question, left)
            if found is Passage.OPEN or self.budget.left < 0:
                return found
            answer = found if found is Passage.UNKNOWN else answer
        return answer

    def _place(self, question: Question, denies: list[Rule]) -> Passage:
        """Denies match any path of a call, so each argument is looked at alone."""
        arguments = question.spec.paths
        closed = [argument for argument in arguments if self._is_closed(question, argument, denies)]
        stopped = bool(closed) if arguments else self._stops(question, None, "", denies)
        if self.budget.left < 0:
            return Passage.UNKNOWN
        if not stopped:
            return Passage.OPEN
        always = any(argument.name in question.spec.input_schema.get("required", ()) for argument in closed)
        return Passage.CLOSED if always or len(closed) == len(arguments) else Passage.UNKNOWN

    def _is_closed(self, question: Question, argument: PathArgument, denies: list[Rule]) -> bool:
        deepest = max(len(glob.segments) for deny in denies for glob in deny.paths)
        found = (path for glob in self.allow.paths for path in glob.instances(deepest))
        return all(self._stops(question, argument.role, path, denies) for path in found)

    def _stops(self, question: Question, role: PathRole | None, path: str, denies: list[Rule]) -> bool:
        paths = ((role, path),) if role is not None else ()
        asked = replace(question, call=replace(question.call, paths=paths))
        for deny in denies:
            if not self.budget.spend():
                return False
            if _closes_names(deny, asked) if FRESH in path else deny.failed_on_where(asked) is None:
                self.stopped_by[deny.name] = None
                return True
        return False


def _closes_names(deny: Rule, question: Question) -> bool:
    """Whether the deny matches whatever names the fresh text of the question's path stands for.

    Denies also see names at their plainest, and folding can join a letter with the mark that follows it: `/H*` misses
    some names that begin with H. What holds for all names is told by their casefolded form, and only by globs that
    do not cut into a name.
    """
    ((role, path),) = question.call.paths
    reads = deny.names(question.spec) or role in READING_ROLES
    if not reads or deny.failed_on_where(question) not in {None, "paths"}:
        return False
    form = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
    names = [name for name in form.split("/") if name]
    globs = [glob for glob in deny.paths if _spares_names(glob, names)]
    if role in REACHING_BELOW:
        return any(glob.reaches_below(form) for glob in globs)
    return any(glob.match(form) for glob in globs)


def _spares_names(glob: PathGlob, names: list[str]) -> bool:
    pairs = zip(glob.segments, names, strict=False)
    return not any("*" in part and part != "*" and FRESH in name for part, name in pairs)


def covers(world: World, one: Rule, other: Rule) -> bool:
    """Whether the allow `one` allows whatever the allow `other` does, and as often; both must be live."""
    return (
        one.scopes <= world.granted(other.scopes)
        and _is_as_generous(one, other)
        and world.outlasts(one, other)
        and _names_all(one, other)
        and ("*" in one.portals or ("*" not in other.portals and other.portals <= one.portals))
        and all(_matches_all(getattr(one, name), getattr(other, name)) for name in (*CLAIMS, "tenants"))
        and _paths_cover(one, other)
    )


def _is_as_generous(one: Rule, other: Rule) -> bool:
    if one.calls_per_minute is None or other.calls_per_minute is None:
        return one.calls_per_minute is None
    return one.calls_per_minute >= other.calls_per_minute


def _names_all(one: Rule, other: Rule) -> bool:
    return "*" in one.tools or ("*" not in other.tools and other.tools <= one.tools and other.toolsets <= one.toolsets)


def _matches_all(one: Patterns, other: Patterns) -> bool:
    return one.is_everything or all(one.match(value) for value in alternatives(other))


def _paths_cover(one: Rule, other: Rule) -> bool:
    deepest = max((len(glob.segments) for glob in one.paths), default=0)
    return all(
        any(glob.match(path) for glob in one.paths) for wanted in other.paths for path in wanted.instances(deepest)
    )
