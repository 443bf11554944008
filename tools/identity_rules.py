"""Which portal account does a caller's work, by the rules of one profile; absence is a refusal, never another account.

A profile of identity `caller` finds the account in its table of exact subjects, else in one claim of the token; the
Team Portal is fixed or comes from a claim. A program's token is nobody's, whatever it claims.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from tools.tenant_hosts import is_label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.profile import Profile

LONGEST_ACCOUNT: Final = 255
CLAIM_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,99}")
NO_PERSON: Final = frozenset({
    "aud", "azp", "client_id", "exp", "iat", "iss", "jti", "nbf", "resid", "scope", "scopes", "sid",
})  # fmt: skip
"""Claims about the token or the program that holds it; none of them is somebody's name."""
CUSTOM: Final = "custom_claims."
MACHINE_SUBJECTS: Final = ("m2m_", "skc_")
"""How Scalekit's ids of clients begin; people's begin otherwise."""


class IdentityFault(StrEnum):
    """Why no account does the work; each is a reason of `oauth.policy.DenyReason` too."""

    MACHINE_CALLER = "machine_caller"
    NO_ACCOUNT = "no_account"
    NO_TENANT = "no_tenant"
    UNUSABLE_CLAIM = "unusable_claim"


@dataclass(frozen=True, slots=True)
class Caller:
    """What of a verified token counts here. A claim that was there but out of bounds is the empty text."""

    subject: str
    is_machine: bool
    claims: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Actor:
    """The account that does the work. `source` and `tenant_source` tell operators where the names come from."""

    account: str
    tenant: str
    source: str = ""
    tenant_source: str = ""


@dataclass(frozen=True, slots=True)
class Unidentified:
    """Nobody does the work; falsy. `remedy` is for operators, and holds no value of the token."""

    fault: IdentityFault
    remedy: str

    def __bool__(self) -> bool:
        return False


def actor_of(profile: Profile, caller: Caller) -> Actor | Unidentified:
    """The caller's own account on a profile of identity `caller`, or why there is none."""
    if caller.is_machine:
        return Unidentified(
            IdentityFault.MACHINE_CALLER,
            "The token is a program's, not a person's. Give programs a profile whose own account does the work.",
        )
    found = _account(profile, caller)
    if isinstance(found, Unidentified):
        return found
    tenant = _tenant(profile, caller)
    if isinstance(tenant, Unidentified):
        return tenant
    return Actor(found[0], tenant[0], found[1], tenant[1])


def _account(profile: Profile, caller: Caller) -> tuple[str, str] | Unidentified:
    listed = profile.accounts.get(caller.subject) if caller.subject else None
    if listed is not None:
        return (listed, "table of accounts") if is_account(listed) else _unusable("its entry in the table", "account")
    name = profile.account_claim
    if not name or name not in caller.claims:
        where = f", and the token has no claim {name}" if name else ""
        return Unidentified(
            IdentityFault.NO_ACCOUNT,
            f"The table of accounts has no entry for this subject{where}. Add the entry to profile {profile.name}"
            + (", or the claim in Scalekit." if name else "."),
        )
    value = caller.claims[name]
    return (value, f"claim {name}") if is_account(value) else _unusable(f"claim {name}", "account")


def _tenant(profile: Profile, caller: Caller) -> tuple[str, str] | Unidentified:
    if profile.tenant:
        return (profile.tenant, "fixed") if is_label(profile.tenant) else _unusable("the profile", "Team Portal")
    name = profile.tenant_claim
    if not name or name not in caller.claims:
        return Unidentified(
            IdentityFault.NO_TENANT,
            f"The token has no claim {name} that names the Team Portal. Add it in Scalekit."
            if name
            else f"Profile {profile.name} names neither a Team Portal nor a claim for it. Enter one of them.",
        )
    value = caller.claims[name]
    return (value, f"claim {name}") if is_label(value) else _unusable(f"claim {name}", "Team Portal")


def _unusable(where: str, what: str) -> Unidentified:
    shape = "letters, digits and hyphens" if what == "Team Portal" else f"1 to {LONGEST_ACCOUNT} printable characters"
    remedy = f"What {where} holds cannot be the name of a portal's {what}: {shape} are expected. Correct it there."
    return Unidentified(IdentityFault.UNUSABLE_CLAIM, remedy)


def is_account(text: str) -> bool:
    """Whether a text can be an account's name: printable, within bounds, no spaces at its ends."""
    return 0 < len(text) <= LONGEST_ACCOUNT and text.isprintable() and text == text.strip()


def claim_problem(name: str) -> str:
    """Why a claim cannot name an account or a Team Portal, or nothing; the empty name is no claim at all."""
    if not name:
        return ""
    if not CLAIM_NAME.fullmatch(name):
        return "Write the claim's name alone, such as portal_account or custom_claims.portal_account."
    if name in NO_PERSON:
        return f"{name} says nothing about the person: choose a claim that holds their portal account."
    return ""


def is_machine_subject(subject: str, client: str) -> bool:
    """Whether a token's `sub` is a program, or cannot be told from one; a program's `sub` is its client id."""
    return not client or subject == client or subject.startswith(MACHINE_SUBJECTS)


def claims_wanted(profiles: Iterable[Profile]) -> frozenset[str]:
    """The claims that some profile of identity `caller` names: all that is kept of a token besides the principal."""
    named = (
        name
        for profile in profiles
        if profile.identity == "caller" and profile.enabled
        for name in (profile.account_claim, profile.tenant_claim)
    )
    return frozenset(name for name in named if name)


class BadClaims(ValueError):  # noqa: N818 - reads as what it is
    """What somebody typed cannot be a token's claims; the text says how to write it."""


def typed_claims(entries: Iterable[str]) -> dict[str, str]:
    """`name=value` entries as a mapping; raises `BadClaims`."""
    found: dict[str, str] = {}
    for entry in entries:
        name, equals, value = entry.partition("=")
        if not equals or not name.strip():
            raise BadClaims("Write each claim as name=value, such as portal_account=alice.")
        if name.strip() in found:
            raise BadClaims(f"{name.strip()[:100]} is given twice: give each claim once.")
        found[name.strip()] = value
    return found


def kept_claims(claims: Mapping[str, Any], wanted: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Of verified claims those that are wanted, in the order of names; out of bounds is the empty text.

    `custom_claims.x` is the member `x` of the object `custom_claims`, where Scalekit's interceptors write. An
    e-mail address that the token itself calls unverified names nobody.
    """
    return tuple((name, _bounded(claims, name)) for name in sorted(wanted) if _holder(claims, name) is not None)


def _holder(claims: Mapping[str, Any], name: str) -> tuple[Mapping[str, Any], str] | None:
    if claims.get(name) is not None:
        return claims, name
    inner, short = claims.get(CUSTOM[:-1]), name.removeprefix(CUSTOM)
    if name.startswith(CUSTOM) and isinstance(inner, Mapping) and inner.get(short) is not None:
        return inner, short
    return None


def _bounded(claims: Mapping[str, Any], name: str) -> str:
    holder = _holder(claims, name)
    if holder is None:
        return ""
    found, short = holder
    value = found[short]
    if short == "email" and found.get("email_verified", True) is not True:
        return ""
    return value if isinstance(value, str) and is_account(value) else ""
