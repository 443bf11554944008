"""Why a call is decided as it is: the decision with what every policy said, those about other tools included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from oauth.instances import instances
from oauth.policy import Allowed, Denied, TraceEntry, decide, is_open

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oauth.policy import PolicySnapshot
    from oauth.principal import Principal
    from oauth.rules import Call, Question, Rule
    from tools.spec import ToolSpec


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision, and the rungs that led to it: a suspension first, then denies, allows, and what is about other tools.

    `spec` is None for an unknown tool. `example` is the complete call that shows why an open question ("some path")
    is allowed; else None.
    """

    principal: Principal
    call: Call
    decision: Allowed | Denied
    trace: tuple[TraceEntry, ...]
    spec: ToolSpec | None = None
    example: Call | None = None

    @property
    def looked_at(self) -> Call:
        """The call that the rungs speak of."""
        return self.example or self.call


def explain(snapshot: PolicySnapshot, principal: Principal, call: Call) -> Explanation:
    """The decision of `decide`, with what every policy of the snapshot said to it."""
    decision = decide(snapshot, principal, call)
    spec = snapshot.catalogue.get(call.tool)
    if spec is None:
        return Explanation(principal, call, decision, ())
    question = snapshot.question(principal, call)
    shown = question
    if is_open(spec, call) and isinstance(decision, Allowed):
        shown = next(_witnesses(snapshot, question), question)
    rungs = [_rung(snapshot, rule, shown, spec) for rule in sorted(snapshot.rules, key=_order)]
    about, elsewhere = ([rung for rung in rungs if (rung.failed_on == "tools") is other] for other in (False, True))
    example = shown.call if shown is not question else None
    return Explanation(principal, call, decision, (*_stop(decision), *about, *elsewhere), spec, example)


def _order(rule: Rule) -> tuple[bool, str]:
    return not rule.denies, rule.name


def _stop(decision: Allowed | Denied) -> tuple[TraceEntry, ...]:
    """The suspension that decided, as the first rung: it comes before every policy."""
    return decision.trace if isinstance(decision, Denied) and decision.stop is not None else ()


def _witnesses(snapshot: PolicySnapshot, question: Question) -> Iterator[Question]:
    """Complete calls that are allowed, of the kind by which an open question is."""
    for rule in snapshot.rules:
        if rule.denies or not rule.concerns(question.spec, snapshot.catalogue):
            continue
        if rule.failed_on_when(question.call.at) or rule.failed_on_who(question):
            continue
        for instance in instances(snapshot, rule, question):
            if decide(snapshot, question.principal, instance.call):
                yield instance


def _rung(snapshot: PolicySnapshot, rule: Rule, question: Question, spec: ToolSpec) -> TraceEntry:
    if not rule.concerns(spec, snapshot.catalogue):
        failed: str | None = "tools"
    elif is_open(spec, question.call):
        failed = failed_on_some(snapshot, rule, question)
    else:
        failed = rule.failed_on(question)
    return TraceEntry(rule.name, rule.effect, failed is None, failed)


def failed_on_some(snapshot: PolicySnapshot, rule: Rule, question: Question) -> str | None:
    """As `Rule.failed_on` for a question that leaves something open: None when the policy matches some such call."""
    failed = rule.failed_on_when(question.call.at) or rule.failed_on_who(question)
    if failed:
        return failed
    call = question.call
    portal = call.portal if call.portal is not None else next(iter(sorted(rule.portals)))
    tenant = call.tenant if call.tenant is not None else next(rule.tenants.instances())
    where = rule.failed_on_where(question.of(replace(call, portal=portal, tenant=tenant)))
    if where == "paths" and question.spec.paths and not call.paths:
        where = None  # some path is what it speaks of
    if where or rule.denies or next(instances(snapshot, rule, question), None) is not None:
        return where
    enabled = {profile.name for profile in snapshot.profiles.values() if profile.enabled}
    named = enabled if "*" in rule.portals else enabled & rule.portals
    return "tenants" if named & ({portal} if call.portal is not None else named) else "portals"
