"""Asks lint about the rows of the database: before a save, before policies are switched or deleted, and about all."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from oauth import reading, services
from oauth.coverage import World
from oauth.findings import Finding, Severity
from oauth.lint import about, empties, lint_all, lint_policy
from oauth.models import Policy, Scope
from oauth.policy import PolicySnapshot, closure
from oauth.policy_tests import enabled_tests, run
from oauth.snapshots import as_rule
from tools.catalogue import CATALOGUE
from tools.models import PortalProfile
from tools.services import as_profile

if TYPE_CHECKING:
    from oauth.rules import Rule

MOST_TESTS: Final = 6
"""Findings about single tests; of more, the rest is counted."""


def read_world() -> World:
    """All policies, scopes and portals as they are in the database, now."""
    implied = {row.name: frozenset(row.implies) for row in Scope.objects.all()}
    return World(
        rules=tuple(as_rule(row) for row in Policy.objects.order_by("name")),
        scopes={name: closure(name, implied) for name in implied},
        profiles={
            row.name: as_profile(row) for row in PortalProfile.objects.prefetch_related("accounts").order_by("name")
        },
        catalogue=CATALOGUE,
        at=time.time(),
    )


def before_saving(row: Policy) -> tuple[list[Finding], list[Finding]]:
    """Findings about a policy as it would be saved: those to ask about, and the others.

    Hints are not asked about, nor what was so before: it was asked about when it became so.
    """
    world = read_world()
    stored = Policy.objects.filter(pk=row.pk).first()
    known: set[tuple[str, str | None, str]] = set()
    if stored is not None:
        known = {_said(finding) for finding in about(world, as_rule(stored))}
    found = lint_policy(world, as_rule(row), in_place_of=stored.name if stored else None)
    asked = [one for one in found if one.severity is not Severity.INFO and _said(one) not in known]
    after = world.changed(without=[stored.name] if stored else [], added=[as_rule(row)])
    return asked + broken_tests(world, after, row.name), [one for one in found if one not in asked]


def _said(finding: Finding) -> tuple[str, str | None, str]:
    return finding.code, finding.field, finding.message


def before_switching(rows: Iterable[Policy], *, enabled: bool) -> list[Finding]:
    """What to ask about before policies are enabled, or disabled (also: deleted)."""
    changed = [row for row in rows if row.enabled != enabled]
    world = read_world()
    rules: list[Rule] = [replace(as_rule(row), enabled=enabled) for row in changed]
    after = world.changed(without=[rule.name for rule in rules], added=rules)
    found = [*empties(world, after), *broken_tests(world, after)]
    if enabled:
        found += [one for rule in rules for one in about(after, rule) if one.severity is not Severity.INFO]
    else:
        found += [_opens(row) for row in changed if services.widens(row, None)]
    return found


def broken_tests(before: World, after: World, policy: str = "") -> list[Finding]:
    """A finding for each test of the policies that passes before and fails after; many are counted."""
    tests = enabled_tests()
    if not tests:
        return []
    failed = {verdict.test.name for verdict in run(_snapshot(before), tests, before.at) if not verdict.passed}
    fails = [verdict for verdict in run(_snapshot(after), tests, before.at) if not verdict.passed]
    told = [
        f"test {each.test.name} passes now and would fail: {each.says}."
        for each in fails
        if each.test.name not in failed
    ]
    if len(told) > MOST_TESTS:
        told = [*told[: MOST_TESTS - 1], f"{len(told) - MOST_TESTS + 1} more tests pass now and would fail."]
    return [Finding("L050", Severity.WARNING, policy, None, message) for message in told]


def _snapshot(world: World) -> PolicySnapshot:
    return PolicySnapshot.build(
        revision=0, rules=world.rules, scopes=world.scopes, profiles=world.profiles, catalogue=world.catalogue
    )


def _opens(row: Policy) -> Finding:
    stops = f"{reading.who(row)}: {reading.what(row)}, {reading.where(row)}"
    message = f"without this deny every allow holds again where it stops calls now: {stops}."
    return Finding("L021", Severity.CONFIRM, row.name, None, message)


def everything() -> list[Finding]:
    """Findings about all policies in force."""
    return lint_all(read_world())


def notes(names: Iterable[str]) -> Iterator[str]:
    """Findings that are more than hints about the policies of these names, as sentences for their author."""
    wanted = frozenset(names)
    for finding in everything():
        if (finding.policy in wanted or not finding.policy) and finding.severity is not Severity.INFO:
            yield told(finding)


def told(finding: Finding) -> str:
    """Such as `Readers: no portal is called hq; until … (L030)`."""
    return f"{finding.policy}: {finding}" if finding.policy else str(finding)
