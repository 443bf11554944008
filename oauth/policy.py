"""The decision: an immutable snapshot of all policies, and pure functions that ask it.

Used three times with one meaning: to list tools, to challenge, to run. Deny by default; a matching deny beats every
allow; one allow must cover the whole call.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from oauth.candidates import Candidates
from oauth.instances import instances
from oauth.rules import Call, Effect, Question, Rule
from oauth.suspensions import NO_SUSPENSIONS, Stop, Suspensions

if TYPE_CHECKING:
    from oauth.principal import Principal
    from tools.profile import Profile
    from tools.spec import ToolSpec

__all__ = [
    "Allowed",
    "Call",
    "Denied",
    "DenyReason",
    "Effect",
    "PolicySnapshot",
    "Rule",
    "decide",
    "permits",
    "visible",
]


class DenyReason(StrEnum):
    """Why a call was refused."""

    UNKNOWN_TOOL = "unknown_tool"
    NO_POLICY = "no_policy"
    MISSING_SCOPE = "missing_scope"
    DENIED_BY_POLICY = "denied_by_policy"
    SUSPENDED = "suspended"
    MACHINE_CALLER = "machine_caller"
    NO_ACCOUNT = "no_account"
    NO_TENANT = "no_tenant"
    UNUSABLE_CLAIM = "unusable_claim"


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """What one policy said: the first dimension it failed on, or None when it matched."""

    policy: str
    effect: Effect
    matched: bool
    failed_on: str | None


@dataclass(frozen=True, slots=True)
class Allowed:
    """The call may run; `policy` covers all of it."""

    policy: str
    calls_per_minute: int | None = None

    @property
    def decided_by(self) -> str:
        """The policy, as evidence names it."""
        return self.policy


@dataclass(frozen=True, slots=True)
class Denied:
    """The call may not run; falsy. `required_scopes` are all scopes of one policy that would suffice, sorted.

    `stop` is the suspension that decided, where one did; what it says is for operators first.
    """

    reason: DenyReason
    policy: str | None = None
    required_scopes: tuple[str, ...] = ()
    trace: tuple[TraceEntry, ...] = field(default=(), repr=False)
    stop: Stop | None = None

    @classmethod
    def by(cls, stop: Stop) -> Denied:
        """Refused by an operator's stop: no scope would help."""
        trace = (TraceEntry(stop.name, Effect.DENY, matched=True, failed_on=None),)
        return cls(DenyReason.SUSPENDED, trace=trace, stop=stop)

    @property
    def decided_by(self) -> str:
        """The policy or suspension that decided, as evidence names it; empty when none did."""
        return self.stop.name if self.stop is not None else self.policy or ""

    def __bool__(self) -> bool:
        return False


MOST_KNOWN = 4096
"""Combinations of scopes whose closure a snapshot remembers."""


@dataclass(frozen=True)
class PolicySnapshot:
    """One reading of profiles, scopes and policies at one revision, indexed; never changes.

    `allows` and `denies` hold the enabled rules per tool in the order in which they are asked; `allowed_by` is what
    each allow answers. `known` remembers what scopes imply and how much; it may be lost at any moment.
    """

    revision: int
    rules: tuple[Rule, ...]
    scopes: Mapping[str, frozenset[str]]
    profiles: Mapping[str, Profile]
    catalogue: Mapping[str, ToolSpec]
    allowing: Candidates = field(repr=False)
    denying: Candidates = field(repr=False)
    deepest_deny: int
    edges: tuple[float, ...] = field(repr=False)
    offered_scopes: tuple[str, ...]
    allowed_by: Mapping[str, Allowed] = field(repr=False)
    suspensions: Suspensions = NO_SUSPENSIONS
    known: dict[frozenset[str], frozenset[str]] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def build(
        cls,
        *,
        revision: int,
        rules: Iterable[Rule],
        scopes: Mapping[str, frozenset[str]],
        profiles: Mapping[str, Profile],
        catalogue: Mapping[str, ToolSpec],
    ) -> PolicySnapshot:
        """Compile; the order of rows does not matter."""
        ordered = tuple(sorted(rules, key=lambda rule: rule.name))
        live = [rule for rule in ordered if rule.enabled]
        allows = sorted((rule for rule in live if not rule.denies), key=_generosity)
        denies = [rule for rule in live if rule.denies]
        edges = {edge for rule in live for edge in (rule.valid_from, rule.valid_until) if edge is not None}
        offered = {scope for rule in live if not rule.denies for scope in rule.scopes if scope in scopes}
        return cls(
            revision=revision,
            rules=ordered,
            scopes=MappingProxyType({name: closure(name, scopes) for name in scopes}),
            profiles=MappingProxyType(dict(sorted(profiles.items()))),
            catalogue=catalogue,
            allowing=Candidates.build(allows, catalogue, denies=False),
            denying=Candidates.build(denies, catalogue, denies=True),
            deepest_deny=max((len(glob.segments) for rule in denies for glob in rule.paths), default=0),
            edges=tuple(sorted(edges)),
            offered_scopes=tuple(sorted(offered)),
            allowed_by={rule.name: Allowed(rule.name, rule.calls_per_minute) for rule in allows},
        )

    def next_edge(self, at: float) -> float:
        """The next moment (Unix seconds) at which a validity begins or ends or a suspension ends; infinity if none."""
        return min(next((edge for edge in self.edges if edge > at), float("inf")), self.suspensions.next_edge(at))

    def suspended_by(self, stops: Iterable[Stop]) -> PolicySnapshot:
        """The same policy under these suspensions and no others."""
        return replace(self, suspensions=Suspensions.build(stops))

    @cached_property
    def unsuspended(self) -> PolicySnapshot:
        """The same policy without suspensions: what a caller may know of, whatever is stopped at the moment."""
        return self.suspended_by(()) if self.suspensions else self

    @property
    def allows(self) -> Mapping[str, tuple[Rule, ...]]:
        """The enabled allows per tool, the most generous first."""
        return self.allowing.by_tool

    @property
    def denies(self) -> Mapping[str, tuple[Rule, ...]]:
        """The enabled denies per tool, by name."""
        return self.denying.by_tool

    def granted(self, scopes: frozenset[str]) -> frozenset[str]:
        """The implied closure of a token's scopes; scopes without a row grant nothing."""
        found = self.known.get(scopes)
        if found is None:
            if len(self.known) >= MOST_KNOWN:
                self.known.clear()
            found = frozenset().union(*(self.scopes[name] for name in scopes if name in self.scopes))
            self.known[scopes] = found
        return found

    def question(self, principal: Principal, call: Call) -> Question:
        """A call with what its rules need, computed once."""
        spec = self.catalogue[call.tool]
        lost = self._lost(call, principal) if spec.needs_place else None
        return Question(spec, principal, self.granted(principal.scopes), call, lost)

    def allows_of(self, principal: Principal, at: float) -> list[Rule]:
        """The allows whose Who and When match, whatever their tools and places."""
        granted = self.granted(principal.scopes)
        return [
            rule
            for rule in self.allowing.of_person(principal, granted)
            if rule.scopes <= granted and not (rule.failed_on_when(at) or rule.failed_on_person(principal))
        ]

    def denied_by(self, question: Question) -> Rule | None:
        """The first deny, by name, that matches a complete question."""
        for rule in self.denying.of(question, question.principal.scopes):
            if rule.failed_on(question) is None:
                return rule
        return None

    def open_profile(self, name: str, at: float) -> Profile | None:
        """The portal of this name, if calls can go there at Unix time `at` (seconds)."""
        profile = self.profiles.get(name)
        if profile is None or not profile.enabled or self.suspensions.of_portal(name, at) is not None:
            return None
        return profile

    def _lost(self, call: Call, principal: Principal) -> str | None:
        """The dimension of the call's place that names nothing real; a user's profile is in one Team Portal only."""
        if call.portal is None:
            return None
        profile = self.profiles.get(call.portal)
        if profile is None or not profile.enabled:
            return "portals"
        if call.tenant is None or profile.half != "user":
            return None
        return "tenants" if profile.tenant_for(principal.claims) not in {None, call.tenant} else None


def _generosity(rule: Rule) -> tuple[bool, int, str]:
    """Of allows that cover one call the most generous decides, so that a further allow never takes calls away."""
    return rule.calls_per_minute is not None, -(rule.calls_per_minute or 0), rule.name


def closure(name: str, scopes: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """A scope with all it implies, as far as rows exist; cycles end."""
    found: set[str] = set()
    ahead = [name]
    while ahead:
        scope = ahead.pop()
        if scope in scopes and scope not in found:
            found.add(scope)
            ahead += scopes[scope]
    return frozenset(found)


def decide(snapshot: PolicySnapshot, principal: Principal, call: Call) -> Allowed | Denied:
    """Decide a call; a dimension that is None (or paths that are not given) means "for some value of it".

    An operator's stop comes before every policy.
    """
    spec = snapshot.catalogue.get(call.tool)
    if spec is None:
        return Denied(DenyReason.UNKNOWN_TOOL)
    suspensions = snapshot.suspensions
    if suspensions.stops and (stop := suspensions.of_call(spec, principal, call.portal, call.at)):
        return Denied.by(stop)
    found = _by_policy(snapshot, principal, call)
    if found or not suspensions or call.portal is not None or not is_open(spec, call):
        return found
    stopped = _stopped_everywhere(snapshot, principal, call)
    return found if stopped is None else stopped  # a denial is falsy


def _stopped_everywhere(snapshot: PolicySnapshot, principal: Principal, call: Call) -> Denied | None:
    """Where only suspended portals would do: the stop that ends first."""
    stopped = [(name, stop) for name in snapshot.profiles if (stop := snapshot.suspensions.of_portal(name, call.at))]
    stops = [stop for name, stop in stopped if permits(snapshot.unsuspended, principal, replace(call, portal=name))]
    return Denied.by(min(stops, key=lambda stop: (stop.until, stop.number))) if stops else None


def _by_policy(snapshot: PolicySnapshot, principal: Principal, call: Call) -> Allowed | Denied:
    question = snapshot.question(principal, call)
    stopped: dict[str, Rule] = {}
    allowed = _allowed(snapshot, question, stopped)
    if allowed is not None:
        return allowed
    required = () if stopped and not is_open(question.spec, call) else _required(snapshot, question)
    trace = _trace(snapshot, question, stopped)
    if stopped:
        return Denied(DenyReason.DENIED_BY_POLICY, min(stopped), required, trace)
    reason = DenyReason.MISSING_SCOPE if required else DenyReason.NO_POLICY
    return Denied(reason, None, required, trace)


def permits(snapshot: PolicySnapshot, principal: Principal, call: Call) -> bool:
    """What `decide` decides, without the reasons of a refusal: for whoever asks often and tells nobody."""
    spec = snapshot.catalogue.get(call.tool)
    if spec is None or snapshot.suspensions.of_call(spec, principal, call.portal, call.at):
        return False
    question = snapshot.question(principal, call)
    if not is_open(question.spec, call):
        return _allowed(snapshot, question, {}) is not None
    return _some_allowed(snapshot, question, snapshot.allowing.each_of(question, question.granted), {}) is not None


def _allowed(snapshot: PolicySnapshot, question: Question, stopped: dict[str, Rule]) -> Allowed | None:
    """The allow that decides, or None; denies that closed the call (or some instance of it) go into `stopped`."""
    if is_open(question.spec, question.call):
        return _some_allowed(snapshot, question, snapshot.allowing.of(question, question.granted), stopped)
    if deny := snapshot.denied_by(question):
        stopped[deny.name] = deny
        return None
    for rule in snapshot.allowing.of(question, question.granted):
        if rule.failed_on(question) is None:
            return snapshot.allowed_by[rule.name]
    return None


def is_open(spec: ToolSpec, call: Call) -> bool:
    """Whether the call leaves a dimension of its tool unsaid."""
    return bool((spec.paths and not call.paths) or (spec.needs_place and (call.portal is None or call.tenant is None)))


def _some_allowed(
    snapshot: PolicySnapshot, question: Question, allows: Iterable[Rule], stopped: dict[str, Rule]
) -> Allowed | None:
    for rule in allows:
        if rule.failed_on_when(question.call.at) or rule.failed_on_who(question):
            continue
        for instance in instances(snapshot, rule, question):
            deny = snapshot.denied_by(instance)
            if deny is None:
                return snapshot.allowed_by[rule.name]
            stopped[deny.name] = deny
            if deny.everywhere and deny.every_path:  # nothing about it is a place: it closes every instance
                return None
    return None


def _required(snapshot: PolicySnapshot, question: Question) -> tuple[str, ...]:
    """All scopes of the allow with the fewest missing that, added to the token, really open the call."""
    principal, call = question.principal, question.call
    helpful = [
        rule
        for rule in snapshot.allowing.of(question, None)
        if rule.scopes
        and rule.scopes <= snapshot.scopes.keys()
        and rule.failed_on_when(call.at) is None
        and rule.failed_on_person(principal) is None
    ]
    helpful.sort(key=lambda rule: _cost(snapshot, rule, question.granted))
    for rule in helpful:
        richer = replace(principal, scopes=principal.scopes | rule.scopes)
        asked = snapshot.question(richer, call)
        if any(snapshot.denied_by(instance) is None for instance in instances(snapshot, rule, asked)):
            return tuple(sorted(rule.scopes))
    return ()


def _cost(snapshot: PolicySnapshot, rule: Rule, granted: frozenset[str]) -> tuple[int, int, list[str]]:
    """Fewest missing scopes first; of equals, those that imply least: nobody is sent to ask for more than needed."""
    return len(rule.scopes - granted), len(snapshot.granted(rule.scopes)), sorted(rule.scopes)


def _trace(snapshot: PolicySnapshot, question: Question, stopped: Container[str] = ()) -> tuple[TraceEntry, ...]:
    """What the policies said that were looked at; `stopped` names denies that closed an open call."""
    looked_at = (
        *snapshot.denying.of(question, question.principal.scopes),
        *snapshot.allowing.of(question, None),
    )
    return tuple(
        TraceEntry(rule.name, rule.effect, matched=True, failed_on=None)
        if rule.name in stopped and rule.denies
        else _entry(rule, question)
        for rule in looked_at
    )


def _entry(rule: Rule, question: Question) -> TraceEntry:
    failed = rule.failed_on(question)
    return TraceEntry(rule.name, rule.effect, failed is None, failed)


def callable_somewhere(snapshot: PolicySnapshot, principal: Principal, tool: str, at: float) -> Allowed | Denied:
    """Decide whether some arguments make the tool callable."""
    return decide(snapshot, principal, Call(tool, None, None, (), at))


def visible(snapshot: PolicySnapshot, principal: Principal, at: float) -> frozenset[str]:
    """Exactly the tools that some arguments make callable."""
    return frozenset(
        name for name in snapshot.catalogue if permits(snapshot, principal, Call(name, None, None, (), at))
    )
