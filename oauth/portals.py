"""Which portal and Team Portal a call means, told only as far as the caller may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oauth.policy import Call, permits
from tools.errors import InvalidArgument, NotFound
from tools.profile import GLOBAL_TENANT, Profile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oauth.policy import PolicySnapshot
    from oauth.principal import Principal


def open_portals(snapshot: PolicySnapshot, principal: Principal, at: float, tool: str | None = None) -> tuple[str, ...]:
    """Enabled portals, by name, on which the tool (or any tool that works at a place) is callable somewhere."""
    tools = [tool] if tool else _placed_tools(snapshot)
    named = _named_portals(snapshot, principal, at)
    found = []
    for name in snapshot.profiles if "*" in named else sorted(named & snapshot.profiles.keys()):
        opener = _opener(snapshot, principal, name, tools, at)
        if opener is not None:
            found.append(name)
            tools.remove(opener)  # what opened one portal most likely opens the next: ask it first
            tools.insert(0, opener)
    return tuple(found)


def _placed_tools(snapshot: PolicySnapshot) -> list[str]:
    return [spec.name for spec in snapshot.catalogue.values() if spec.needs_place]


def _named_portals(snapshot: PolicySnapshot, principal: Principal, at: float) -> frozenset[str]:
    """The portals that the allows for this principal name, `*` among them where one names all."""
    allows = snapshot.allows_of(principal, at)
    return frozenset().union(*(rule.portals for rule in allows))


def _opener(snapshot: PolicySnapshot, principal: Principal, portal: str, tools: Iterable[str], at: float) -> str | None:
    """The first of the tools that is callable somewhere on the portal."""
    if snapshot.open_profile(portal, at) is None:
        return None
    return next((name for name in tools if permits(snapshot, principal, Call(name, portal, None, (), at))), None)


def resolve_portal(snapshot: PolicySnapshot, principal: Principal, tool: str, named: str | None, at: float) -> Profile:
    """The portal a call works on; raises `NotFound` or `InvalidArgument`.

    An unknown, a disabled and a wholly forbidden portal are told in the same words. A suspended one is found by whom
    policy lets there, for the decision to refuse it by its name; and no call is led to another portal instead.
    """
    snapshot = snapshot.unsuspended
    if named is not None:
        if _opener(snapshot, principal, named, (tool, *_placed_tools(snapshot)), at) is None:
            raise NotFound(
                f"There is no portal '{named[:60]}' for you. ctera_portal_list_portals shows those that you may use."
            )
        return snapshot.profiles[named]
    for profile in snapshot.profiles.values():
        if profile.default and _opener(snapshot, principal, profile.name, (tool,), at):
            return profile
    permitted = open_portals(snapshot, principal, at, tool)
    if len(permitted) != 1:
        names = ", ".join(permitted)
        raise InvalidArgument(
            f"Argument 'portal' is needed, since there are several portals and no default. Pass one of: {names}."
            if permitted
            else "No portal is open to you for this tool. Ask an operator."
        )
    return snapshot.profiles[permitted[0]]


def resolve_tenant(profile: Profile, named: str | None, claims: Iterable[tuple[str, str]] = ()) -> str | None:
    """The Team Portal a call works in; raises `InvalidArgument` when a user's profile is asked for another one.

    `claims` are the caller's, which may say which one is theirs; None where nothing does.
    """
    if profile.half != "user":
        return named or GLOBAL_TENANT
    only = profile.tenant_for(claims)
    if named is not None and only is not None and named != only:
        raise InvalidArgument(
            f"Argument 'tenant' cannot be '{named[:80]}' "
            f"on portal '{profile.name}', which is one Team Portal: leave it out."
        )
    return only or named
