"""The decision: an immutable snapshot of all policies, and pure functions that ask it.

Used three times with one meaning: to list tools, to challenge, to run. Deny by default; a matching deny beats every
allow; one allow must cover the whole call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from oauth.rules import Call, Effect, Question, Rule
from oauth.suspensions import NO_SUSPENSIONS, Stop, Suspensions

if TYPE_CHECKING:
    from oauth.principal import Principal
    from tools.profile import Profile
    from tools.spec import PathRole, ToolSpec

__all__ = [
    "Allowed",
    "Call",
    "Denied",
    "DenyReason",
    "Effect",
    "PolicySnapshot",
    "Rule",
    "decide",
    "explain",
    "visible",
]


class DenyReason(StrEnum):
    """Why a call was refused."""

    UNKNOWN_TOOL = "unknown_tool"
    NO_POLICY = "no_policy"
    MISSING_SCOPE = "missing_scope"
    DENIED_BY_POLICY = "denied_by_policy"
    SUSPENDED = "suspended"


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


@dataclass(frozen=True)
class PolicySnapshot:
    """One reading of profiles, scopes and policies at one revision, indexed by tool; never changes."""

    revision: int
    rules: tuple[Rule, ...]
    scopes: Mapping[str, frozenset[str]]
    profiles: Mapping[str, Profile]
    catalogue: Mapping[str, ToolSpec]
    allows: Mapping[str, tuple[Rule, ...]] = field(repr=False)
    denies: Mapping[str, tuple[Rule, ...]] = field(repr=False)
    deepest_deny: int
    edges: tuple[float, ...] = field(repr=False)
    offered_scopes: tuple[str, ...]
    suspensions: Suspensions = NO_SUSPENSIONS

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
        allows, denies = (
            {
                name: tuple(rule for rule in live if rule.denies is wanted and rule.concerns(spec, catalogue))
                for name, spec in catalogue.items()
            }
            for wanted in (False, True)
        )
        edges = {edge for rule in live for edge in (rule.valid_from, rule.valid_until) if edge is not None}
        offered = {scope for rule in live if not rule.denies for scope in rule.scopes if scope in scopes}
        return cls(
            revision=revision,
            rules=ordered,
            scopes=MappingProxyType({name: closure(name, scopes) for name in scopes}),
            profiles=MappingProxyType(dict(profiles)),
            catalogue=catalogue,
            allows=MappingProxyType(allows),
            denies=MappingProxyType(denies),
            deepest_deny=max((len(glob.segments) for rule in live if rule.denies for glob in rule.paths), default=0),
            edges=tuple(sorted(edges)),
            offered_scopes=tuple(sorted(offered)),
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

    def open_profiles(self, at: float) -> Iterator[Profile]:
        """Portals that are enabled and not suspended."""
        for name, profile in self.profiles.items():
            if profile.enabled and self.suspensions.of_portal(name, at) is None:
                yield profile

    def granted(self, scopes: frozenset[str]) -> frozenset[str]:
        """The implied closure of a token's scopes; scopes without a row grant nothing."""
        return frozenset().union(*(self.scopes[name] for name in scopes if name in self.scopes))

    def question(self, principal: Principal, call: Call) -> Question:
        """A call with what its rules need, computed once."""
        return Question(self.catalogue[call.tool], principal, self.granted(principal.scopes), call)


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
    if stop := snapshot.suspensions.of_call(spec, principal, call.portal, call.at):
        return Denied.by(stop)
    if is_open(spec, call):
        return _decide_open(snapshot, principal, call)
    question = snapshot.question(principal, call)
    if deny := _deny(snapshot, question):
        return Denied(DenyReason.DENIED_BY_POLICY, deny.name, (), _trace(snapshot, question))
    for rule in snapshot.allows[call.tool]:
        if rule.failed_on(question) is None:
            return Allowed(rule.name, rule.calls_per_minute)
    return _refused(snapshot, question)


def is_open(spec: ToolSpec, call: Call) -> bool:
    """Whether the call leaves a dimension of its tool unsaid."""
    return bool((spec.paths and not call.paths) or (spec.needs_place and (call.portal is None or call.tenant is None)))


def _deny(snapshot: PolicySnapshot, question: Question) -> Rule | None:
    return next((rule for rule in snapshot.denies[question.call.tool] if rule.failed_on(question) is None), None)


def _decide_open(snapshot: PolicySnapshot, principal: Principal, call: Call) -> Allowed | Denied:
    """Decide for some value; where only suspended portals would do, the stop that ends first is the reason."""
    found = _decide_some(snapshot, principal, call)
    if found or not snapshot.suspensions or call.portal is not None:
        return found
    stopped = [(name, stop) for name in snapshot.profiles if (stop := snapshot.suspensions.of_portal(name, call.at))]
    stops = [
        stop for name, stop in stopped if _decide_some(snapshot.unsuspended, principal, replace(call, portal=name))
    ]
    return Denied.by(min(stops, key=lambda stop: (stop.until, stop.number))) if stops else found


def _decide_some(snapshot: PolicySnapshot, principal: Principal, call: Call) -> Allowed | Denied:
    question = snapshot.question(principal, call)
    stopped: Rule | None = None
    for rule in snapshot.allows[call.tool]:
        if rule.failed_on_when(call.at) or rule.failed_on_who(question):
            continue
        for instance in instances(snapshot, rule, question):
            deny = _deny(snapshot, instance)
            if deny is None:
                return Allowed(rule.name, rule.calls_per_minute)
            stopped = deny
    if stopped is not None:
        return Denied(
            DenyReason.DENIED_BY_POLICY, stopped.name, _required(snapshot, question), _trace(snapshot, question)
        )
    return _refused(snapshot, question)


def _refused(snapshot: PolicySnapshot, question: Question) -> Denied:
    required = _required(snapshot, question)
    reason = DenyReason.MISSING_SCOPE if required else DenyReason.NO_POLICY
    return Denied(reason, None, required, _trace(snapshot, question))


def _required(snapshot: PolicySnapshot, question: Question) -> tuple[str, ...]:
    """All scopes of the allow with the fewest missing that, added to the token, really open the call."""
    principal, call = question.principal, question.call
    helpful = [
        rule
        for rule in snapshot.allows[call.tool]
        if rule.scopes
        and rule.scopes <= snapshot.scopes.keys()
        and rule.failed_on_when(call.at) is None
        and rule.failed_on_person(principal) is None
    ]
    helpful.sort(key=lambda rule: _cost(snapshot, rule, question.granted))
    for rule in helpful:
        richer = replace(principal, scopes=principal.scopes | rule.scopes)
        asked = snapshot.question(richer, call)
        if any(_deny(snapshot, instance) is None for instance in instances(snapshot, rule, asked)):
            return tuple(sorted(rule.scopes))
    return ()


def _cost(snapshot: PolicySnapshot, rule: Rule, granted: frozenset[str]) -> tuple[int, int, list[str]]:
    """Fewest missing scopes first; of equals, those that imply least: nobody is sent to ask for more than needed."""
    return len(rule.scopes - granted), len(snapshot.granted(rule.scopes)), sorted(rule.scopes)


def instances(snapshot: PolicySnapshot, rule: Rule, question: Question) -> Iterator[Question]:
    """Calls that the allow's Where covers, complete in every dimension; together they escape what can be escaped.

    A `*` can be met by text that no policy mentions; a deny that still matches such an instance has a `*` of its own
    there and so matches every instance. Each path argument is looked at alone, since denies match any of them.
    """
    spec, call = question.spec, question.call
    for portal, tenant in _places(snapshot, rule, spec, call):
        placed = replace(call, portal=portal, tenant=tenant)
        if not spec.paths or call.paths:
            complete = replace(question, call=placed)
            if rule.failed_on_where(complete) is None:
                yield complete
            continue
        paths = _free_paths(snapshot, rule, question, placed)
        if paths is not None:
            yield replace(question, call=replace(placed, paths=paths))


def _places(
    snapshot: PolicySnapshot, rule: Rule, spec: ToolSpec, call: Call
) -> Iterator[tuple[str | None, str | None]]:
    if not spec.needs_place:
        yield None, None
        return
    for profile in snapshot.open_profiles(call.at):
        named = call.portal is None or call.portal == profile.name
        if not named or ("*" not in rule.portals and profile.name not in rule.portals):
            continue
        if call.tenant is not None:
            tenants: Iterable[str] = (call.tenant,)
        elif profile.scope == "user":
            tenants = (profile.tenant,)
        else:
            tenants = rule.tenants.instances()
        for tenant in tenants:
            if rule.tenants.match(tenant):
                yield profile.name, tenant


def _free_paths(
    snapshot: PolicySnapshot, rule: Rule, question: Question, call: Call
) -> tuple[tuple[PathRole, str], ...] | None:
    """For each path argument a path that the allow covers and no deny does; some denied one where there is none."""
    found = []
    for argument in question.spec.paths:
        candidates = [path for glob in rule.paths for path in glob.instances(snapshot.deepest_deny)]
        if not candidates:
            return None
        asked = (((argument.role, path),) for path in candidates)
        free = next(
            (one for one in asked if _deny(snapshot, replace(question, call=replace(call, paths=one))) is None),
            ((argument.role, candidates[0]),),
        )
        found.append(free[0])
    return tuple(found)


def _trace(snapshot: PolicySnapshot, question: Question) -> tuple[TraceEntry, ...]:
    tool = question.call.tool
    return tuple(_entry(rule, question) for rule in (*snapshot.denies[tool], *snapshot.allows[tool]))


def _entry(rule: Rule, question: Question, failed: str | None = None) -> TraceEntry:
    failed = failed or rule.failed_on(question)
    return TraceEntry(rule.name, rule.effect, failed is None, failed)


def explain(
    snapshot: PolicySnapshot, principal: Principal, call: Call
) -> tuple[Allowed | Denied, tuple[TraceEntry, ...]]:
    """The decision with what every policy said, those included that do not name the tool."""
    decision = decide(snapshot, principal, call)
    spec = snapshot.catalogue.get(call.tool)
    if spec is None:
        return decision, ()
    question = snapshot.question(principal, call)
    stopped = decision.trace if isinstance(decision, Denied) and decision.stop is not None else ()
    return decision, stopped + tuple(
        _entry(rule, question, None if rule.concerns(spec, snapshot.catalogue) else "tools") for rule in snapshot.rules
    )


def callable_somewhere(snapshot: PolicySnapshot, principal: Principal, tool: str, at: float) -> Allowed | Denied:
    """Decide whether some arguments make the tool callable."""
    return decide(snapshot, principal, Call(tool, None, None, (), at))


def visible(snapshot: PolicySnapshot, principal: Principal, at: float) -> frozenset[str]:
    """Exactly the tools that some arguments make callable."""
    return frozenset(name for name in snapshot.catalogue if callable_somewhere(snapshot, principal, name, at))
