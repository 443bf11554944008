"""Turns a call that leaves something open into complete calls that stand for all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oauth.policy import PolicySnapshot
    from oauth.rules import Call, Question, Rule
    from tools.profile import Profile
    from tools.spec import PathRole, ToolSpec


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
    for profile in _open_profiles(snapshot, rule, call):
        if profile.scope == "user":
            tenants: Iterable[str] = (profile.tenant,) if call.tenant in {None, profile.tenant} else ()
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
    found = []
    for role in dict.fromkeys(argument.role for argument in (*question.spec.paths, *question.spec.derived)):
        asked = (((role, path),) for path in candidates)
        free = next(
            (one for one in asked if snapshot.denied_by(replace(question, call=replace(call, paths=one))) is None),
            ((role, candidates[0]),),
        )
        found.append(free[0])
    return tuple(found)
