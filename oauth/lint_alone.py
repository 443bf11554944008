"""What is odd about one policy by itself, given the scopes, portals and tools there are. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from oauth.coverage import World, places, reaches
from oauth.findings import Finding, Severity, listed
from oauth.patterns import Patterns
from tools.spec import PREFIX, Toolset

if TYPE_CHECKING:
    from oauth.rules import Rule
    from tools.profile import Profile
    from tools.spec import ToolSpec

SHARED: Final = "shared with me"
"""The folder, in the form in which denies compare, under which a user's session sees what others shared."""


def lint_alone(world: World, rule: Rule) -> Iterator[Finding]:
    """Findings that need no other policy; those of a policy that never matches come alone, with what names it lacks."""
    dead = list(never(world, rule))
    yield from dead
    yield from unknown(world, rule)
    if not dead:
        yield from _only_placeless(world, rule)
        yield from _foreign_tenants(world, rule)
        yield from _places_without_effect(world, rule)
        yield from _useless_exceptions(rule)
        yield from _second_address(world, rule)


def never(world: World, rule: Rule) -> Iterator[Finding]:
    """Why the policy can match no call at all, neither now nor later, unless something else is changed."""
    dead = Severity.CONFIRM
    if rule.valid_until is not None and rule.valid_until <= world.at:
        over = f"{datetime.fromtimestamp(rule.valid_until, UTC):%Y-%m-%d %H:%M} UTC"
        message = f"it was valid until {over} and matches nothing any more: choose a later time, or delete it."
        yield Finding("L001", dead, rule.name, "valid_until", message)
    if not rule.denies and (missing := rule.scopes - world.scopes.keys()):
        message = (
            f"no scope is called {listed(missing, 'or')}, and an allow needs all its scopes, so it never matches: "
            "add the scope first, or name another."
        )
        yield Finding("L002", dead, rule.name, "scopes", message)
    if set(rule.subjects.raw) <= rule.except_subjects:  # an exception is no pattern, so that * is never among them
        message = "everyone whom subjects name is excepted, so it never matches: leave somebody over, or delete it."
        yield Finding("L007", dead, rule.name, "except_subjects", message)
    concerned = [spec for spec in world.catalogue.values() if rule.concerns(spec, world.catalogue)]
    if not concerned:
        message = "this version has none of its tools, so it never matches: choose others."
        yield Finding("L003", dead, rule.name, "tools", message)
    elif not any(reaches(world, rule, spec) for spec in concerned):
        yield from _nowhere(world, rule, concerned)


def _nowhere(world: World, rule: Rule, concerned: list[ToolSpec]) -> Iterator[Finding]:
    whole = any(glob.is_everything for glob in rule.paths)
    fitting = [spec for spec in concerned if spec.paths or whole or not rule.denies]
    named = [world.profiles[name] for name in rule.portals if name in world.profiles and world.profiles[name].enabled]
    if not fitting:
        message = (
            "its tools take no path, and a deny of some paths does not stop those, so it never matches: "
            "write /**, or choose tools that take a path."
        )
        yield Finding("L006", Severity.CONFIRM, rule.name, "paths", message)
    elif not any(spec.needs_place for spec in fitting):
        message = (
            "its tools work at no portal, and a deny of some portals or Team Portals does not stop those, so it never "
            "matches: write * in both, or choose other tools."
        )
        yield Finding("L006", Severity.CONFIRM, rule.name, "portals", message)
    elif "*" not in rule.portals and not named:
        if not rule.denies:  # a deny may well wait for its portal; `unknown` says that there is none
            message = "none of its portals is there and enabled, so it never matches: enable one, or name another."
            yield Finding("L004", Severity.CONFIRM, rule.name, "portals", message)
    else:
        theirs = world.portals if "*" in rule.portals else named
        message = (
            f"portal {listed(f'{profile.name} is the Team Portal {profile.tenant}' for profile in theirs)} alone, "
            "and none of these is named here, so it never matches: name one, or write *."
        )
        severity = Severity.WARNING if "*" in rule.portals else Severity.CONFIRM  # * is also the portals to come
        yield Finding("L005", severity, rule.name, "tenants", message)


def unknown(world: World, rule: Rule) -> Iterator[Finding]:
    """Names without a row; scopes of an allow are told by `never`."""
    effect = "the policy denies all the same" if rule.denies else "it matches nothing by that name"
    missing = [("scopes", "scope", name) for name in rule.scopes - world.scopes.keys() if rule.denies]
    missing += [("portals", "portal", name) for name in rule.portals - world.profiles.keys() - {"*"}]
    for field, kind, name in sorted(missing):
        message = f"no {kind} is called {name}; until one is, {effect}."
        yield Finding("L030", Severity.WARNING, rule.name, field, message)
    gone = [("tools", "tool", name) for name in rule.tools - world.catalogue.keys() - {"*"}]
    gone += [("toolsets", "toolset", name) for name in rule.toolsets - set(Toolset)]
    for field, kind, name in sorted(gone):
        message = f"this version has no {kind} {name}: remove it, or name another."
        yield Finding("L030", Severity.WARNING, rule.name, field, message)


def _only_placeless(world: World, rule: Rule) -> Iterator[Finding]:
    """An allow of which only tools that work at no portal are left, such as `list_portals`."""
    named = [spec for spec in world.catalogue.values() if rule.names(spec)]
    if rule.denies or all(not spec.needs_place for spec in named) or any(places(world, rule)):
        return
    field = "tenants" if _portals(world, rule) else "portals"
    what = "Team Portals is one of its portals'" if field == "tenants" else "portals is there and enabled"
    left = listed(spec.name.removeprefix(PREFIX) for spec in named if not spec.needs_place)
    message = f"none of its {what}, so of its tools only {left} can match: name another, or write *."
    yield Finding("L008", Severity.WARNING, rule.name, field, message)


def _foreign_tenants(world: World, rule: Rule) -> Iterator[Finding]:
    """Portals of one Team Portal that the policy passes by, and entries that are no portal's Team Portal."""
    if rule.tenants.is_everything:
        return
    about = _portals(world, rule)
    for profile in about:
        if "*" not in rule.portals and _is_passed_by(rule, profile):
            message = f"portal {profile.name} is the Team Portal {profile.tenant} alone: name it here, or write *."
            yield Finding("L032", Severity.WARNING, rule.name, "tenants", message)
    if not about or any(profile.tenant_for() is None for profile in about):
        return
    theirs = [profile.tenant.casefold() if rule.denies else profile.tenant for profile in about]
    for entry in rule.tenants.raw:
        if not any(Patterns.build([entry]).match(tenant) for tenant in theirs):
            message = f"{entry}: no portal that it is about has this Team Portal; there is {listed(theirs)}."
            yield Finding("L032", Severity.WARNING, rule.name, "tenants", message)


def _is_passed_by(rule: Rule, profile: Profile) -> bool:
    tenant = profile.tenant.casefold() if rule.denies else profile.tenant
    return profile.tenant_for() is not None and not rule.tenants.match(tenant)


def _portals(world: World, rule: Rule) -> list[Profile]:
    """The enabled profiles that the policy is about."""
    return [
        profile
        for profile in world.profiles.values()
        if profile.enabled and ("*" in rule.portals or profile.name in rule.portals)
    ]


def _places_without_effect(world: World, rule: Rule) -> Iterator[Finding]:
    """An allow does not limit a tool by a place that the tool does not have; a deny does not stop it."""
    named = [spec for spec in world.catalogue.values() if rule.names(spec)]
    if not any(glob.is_everything for glob in rule.paths):
        pathless = [spec for spec in named if not spec.paths and (not rule.denies or spec.name in rule.tools)]
        yield from _without_effect(rule, pathless, named, "paths")
    if "*" not in rule.portals or not rule.tenants.is_everything:
        placeless = [spec for spec in named if not spec.needs_place]
        if rule.denies or len(placeless) == len(named):
            yield from _without_effect(rule, [spec for spec in placeless if spec.name in rule.tools], named, "portals")


def _without_effect(rule: Rule, lacking: list[ToolSpec], named: list[ToolSpec], field: str) -> Iterator[Finding]:
    if not lacking:
        return
    tools = listed(spec.name.removeprefix(PREFIX) for spec in lacking)
    lack = "no path" if field == "paths" else "no place"
    if rule.denies:
        message = f"does not stop {tools}, which has {lack}: deny that in a policy of its own that names no places."
    else:
        message = f"does not limit {tools}, which has {lack}: it is allowed whole."
    severity = Severity.WARNING if len(lacking) == len(named) or rule.denies else Severity.INFO
    yield Finding("L033", severity, rule.name, field, message)


def _useless_exceptions(rule: Rule) -> Iterator[Finding]:
    useless = [one for one in rule.except_subjects if not rule.subjects.match(one)]
    if useless:
        message = f"subjects do not name {listed(useless, 'or')}, so nothing is excepted: remove it, or widen subjects."
        yield Finding("L034", Severity.WARNING, rule.name, "except_subjects", message)


def _second_address(world: World, rule: Rule) -> Iterator[Finding]:
    """Only sessions of users and callers have two addresses for one file; an administrator's has one."""
    shares = any(profile.half == "user" for profile in _portals(world, rule))
    if not rule.denies or not shares or any(glob.is_everything for glob in rule.paths):
        return
    if not any(glob.segments[0] in {SHARED, "*"} for glob in rule.paths if glob.segments):
        message = (
            "a file that was shared has a second address under /Shared With Me, which this does not close: "
            "deny that one too where it matters."
        )
        yield Finding("L041", Severity.INFO, rule.name, "paths", message)
