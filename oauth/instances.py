"""Turns a call that leaves something open into complete calls that stand for all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from oauth.rules import Call

if TYPE_CHECKING:
    from oauth.policy import PolicySnapshot
    from oauth.rules import Question, Rule
    from tools.profile import Profile
    from tools.spec import PathRole


def instances(snapshot: PolicySnapshot, rule: Rule, question: Question) -> Iterator[Question]:
    """Calls that the allow's Where covers, complete in every dimension; together they escape what can be escaped.

    A `*` can be met by text that no policy mentions; a deny that still matches such an instance has a `*` of its own
    there and so matches every instance. Each path argument is looked at alone, since denies match any of them.
    """
    spec, call = question.spec, question.call
    for portal, tenant in _places(snapshot, rule, question):
        placed = Call(call.tool, portal, tenant, call.paths, call.at)
        if not spec.paths or call.paths:
            complete = question.of(placed)
            if rule.failed_on_where(complete) is None:
                yield complete
            continue
        paths = _free_paths(snapshot, rule, question, placed)
        if paths is not None:
            yield question.of(Call(call.tool, portal, tenant, paths, call.at))


def _places(snapshot: PolicySnapshot, rule: Rule, question: Question) -> Iterator[tuple[str | None, str | None]]:
    call = question.call
    if not question.spec.needs_place:
        yield None, None
        return
    for profile in _open_profiles(snapshot, rule, call):
        only = profile.tenant_for(question.principal.claims)
        if only is not None:
            tenants: Iterable[str] = (only,) if call.tenant in {None, only} else ()
        else:
            tenants = rule.tenants.instances() if call.tenant is None else (call.tenant,)
        for tenant in tenants:
            if rule.tenants.match(tenant):
                yield profile.name, tenant


def _open_profiles(snapshot: PolicySnapshot, rule: Rule, call: Call) -> Iterator[Profile]:
    names: Iterable[str] = snapshot.profiles if "*" in rule.portals else sorted(rule.portals)
    if call.portal is not None:
        names = (call.portal,) if "*" in rule.portals or call.portal in rule.portals else ()
    for name in names:
        profile = snapshot.open_profile(name, call.at)
        if profile is not None:
            yield profile


def _free_paths(
    snapshot: PolicySnapshot, rule: Rule, question: Question, call: Call
) -> tuple[tuple[PathRole, str], ...] | None:
    """For each path argument a path that the allow covers and no deny does; some denied one where there is none."""
    candidates = [path for glob in rule.paths for path in glob.instances(snapshot.deepest_deny)]
    if not candidates:
        return None
    return tuple((role, _free_path(snapshot, question, call, role, candidates)) for role in sorted(question.spec.roles))


def _free_path(
    snapshot: PolicySnapshot, question: Question, call: Call, role: PathRole, candidates: Sequence[str]
) -> str:
    for path in candidates:
        asked = Call(call.tool, call.portal, call.tenant, ((role, path),), call.at)
        deny = snapshot.denied_by(question.of(asked))
        if deny is None:
            return path
        if deny.every_path:  # no path of this place will do
            break
    return candidates[0]
