"""Which portal and Team Portal a call means, told only as far as the caller may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oauth.policy import Call, decide
from tools.errors import InvalidArgument, NotFound
from tools.profile import GLOBAL_TENANT, Profile

if TYPE_CHECKING:
    from oauth.policy import PolicySnapshot
    from oauth.principal import Principal


def open_portals(snapshot: PolicySnapshot, principal: Principal, at: float, tool: str | None = None) -> tuple[str, ...]:
    """Enabled portals, by name, on which the tool (or any tool that works at a place) is callable somewhere."""
    tools = [tool] if tool else [spec.name for spec in snapshot.catalogue.values() if spec.needs_place]
    return tuple(
        profile.name
        for profile in sorted(snapshot.profiles.values(), key=lambda profile: profile.name)
        if profile.enabled
        and any(decide(snapshot, principal, Call(name, profile.name, None, (), at)) for name in tools)
    )


def resolve_portal(snapshot: PolicySnapshot, principal: Principal, tool: str, named: str | None, at: float) -> Profile:
    """The portal a call works on; raises `NotFound` or `InvalidArgument`.

    An unknown, a disabled and a wholly forbidden portal are told in the same words. A suspended one is found by whom
    policy lets there, for the decision to refuse it by its name; and no call is led to another portal instead.
    """
    snapshot = snapshot.unsuspended
    if named is not None:
        if named not in open_portals(snapshot, principal, at):
            raise NotFound(
                f"There is no portal '{named[:60]}' for you. ctera_portal_list_portals shows those that you may use."
            )
        return snapshot.profiles[named]
    permitted = open_portals(snapshot, principal, at, tool)
    default = next((name for name in permitted if snapshot.profiles[name].default), None)
    if default is None and len(permitted) != 1:
        names = ", ".join(permitted)
        raise InvalidArgument(
            f"Argument 'portal' is needed, since there are several portals and no default. Pass one of: {names}."
            if permitted
            else "No portal is open to you for this tool. Ask an operator."
        )
    return snapshot.profiles[default or permitted[0]]


def resolve_tenant(profile: Profile, named: str | None) -> str:
    """The Team Portal a call works in; raises `InvalidArgument` when a user's profile is asked for another one."""
    if profile.scope != "user":
        return named or GLOBAL_TENANT
    if named is not None and named != profile.tenant:
        raise InvalidArgument(
            f"Argument 'tenant' cannot be '{named[:80]}' "
            f"on portal '{profile.name}', which is one Team Portal: leave it out."
        )
    return profile.tenant
