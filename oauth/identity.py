"""Who does a call's work: the profile's own account, or the caller's; and how a refusal of the latter is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from oauth.policy import Denied, DenyReason
from tools.identity_rules import Actor, Caller, Unidentified, actor_of, is_machine_subject

if TYPE_CHECKING:
    from oauth.principal import Principal
    from tools.profile import Profile

SENTENCES: Final[Mapping[DenyReason, str]] = {
    DenyReason.MACHINE_CALLER: "{what} works with the portal account of the person who calls, and this token belongs "
    "to a program.",
    DenyReason.NO_ACCOUNT: "{what} works with your own portal account, and nothing says which account is yours.",
    DenyReason.NO_TENANT: "{what} works in your own Team Portal, and your token does not say which one that is.",
    DenyReason.UNUSABLE_CLAIM: "{what} works with your own portal account, and what your token says of it cannot be "
    "an account.",
}
NEXT_STEPS: Final[Mapping[DenyReason, str]] = {
    DenyReason.MACHINE_CALLER: "Do not retry; sign in as a person, or name another portal.",
    DenyReason.NO_ACCOUNT: "Do not retry; ask the user to have an operator connect their sign-in with their portal "
    "account, giving the decision id.",
    DenyReason.NO_TENANT: "Do not retry; ask the user to have an operator add the Team Portal to their sign-in, giving "
    "the decision id.",
    DenyReason.UNUSABLE_CLAIM: "Do not retry; ask the user to have an operator correct it, giving the decision id.",
}


def caller_of(principal: Principal) -> Caller:
    """What of a verified token the rules of identity look at."""
    is_machine = principal.is_machine or is_machine_subject(principal.subject, principal.client)
    return Caller(principal.subject, is_machine, dict(principal.claims))


def acting(profile: Profile, principal: Principal) -> Actor | Denied | None:
    """The caller's own account on a profile that works as its callers, or why there is none; None for other profiles.

    Only None means the profile's account; a refusal never becomes it.
    """
    if profile.identity == "service":
        return None
    found = actor_of(profile, caller_of(principal))
    return refused(found) if isinstance(found, Unidentified) else found


def acting_asked(profile: Profile, principal: Principal, *, is_verified: bool) -> Actor | Unidentified | None:
    """As `acting`, with the operator's remedy; a client that a description of a caller leaves out is some client."""
    if profile.identity == "service":
        return None
    caller = caller_of(principal)
    if not is_verified and not principal.client:
        caller = Caller(principal.subject, is_machine_subject(principal.subject, "-"), dict(principal.claims))
    return actor_of(profile, caller)


def refused(found: Unidentified) -> Denied:
    """A caller without an account as a refusal; no scope would help."""
    return Denied(DenyReason(found.fault.value))
