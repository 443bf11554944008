"""Tries a profile as one of its callers, for the admin page and the command: the same rules, the same way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from tools.identity_rules import BadClaims, Caller, is_machine_subject, kept_claims, typed_claims
from tools.sealing import Unsealable, unseal
from tools.services import as_profile

if TYPE_CHECKING:
    from tools.models import PortalProfile
    from tools.portal.trying import Step


class CannotTry(Exception):  # noqa: N818 - reads as what it is
    """What was asked cannot be tried; `part` is what to change, the text says how."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part
        self.message = message


@dataclass(frozen=True, slots=True)
class Trial:
    """Every step up to the first that failed, and what its reader should know besides."""

    profile: str
    subject: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether the caller's calls would work."""
        return all(step.ok for step in self.steps)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        steps = [asdict(step) for step in self.steps]
        return {"profile": self.profile, "subject": self.subject, "ok": self.ok, "steps": steps, "notes": [*self.notes]}


def read_claims(entries: Iterable[str]) -> dict[str, str]:
    """`name=value` entries as a mapping; raises `CannotTry`."""
    try:
        return typed_claims(entries)
    except BadClaims as bad:
        raise CannotTry("claims", str(bad)) from None


def try_as(row: PortalProfile, subject: str, claims: Mapping[str, str]) -> Trial:
    """Go the way of a caller with this subject and these claims; raises `CannotTry`. Takes up to 20 s and more.

    For synchronous callers: the portal is asked in an event loop of this call, apart from the worker's pool.
    """
    from tools.portal.trying import Step, steps_as  # the portal's SDK takes its time to load

    profile = as_profile(row)
    if not profile.is_personal:
        raise CannotTry("profile", f"Profile {row.name} works with its own account: there is no caller to try it as.")
    looked_at = sorted({profile.account_claim, profile.tenant_claim} - {""})
    if surplus := sorted(claims.keys() - set(looked_at)):
        names = f"it looks at {' and '.join(looked_at)}" if looked_at else "it looks at none"
        raise CannotTry("claims", f"Profile {row.name} does not look at claim {surplus[0][:100]}: {names}.")
    caller = Caller(subject, is_machine_subject(subject, "-"), dict(kept_claims(claims, looked_at)))
    try:
        steps = asyncio.run(steps_as(profile, caller, unseal(profile.sealed_password)))
    except Unsealable as sealed:
        steps = [Step("profile's login", ok=False, found="no password", remedy=str(sealed))]
    notes = () if profile.enabled else (f"Profile {row.name} is disabled: calls on it are answered not_found.",)
    return Trial(row.name, subject, tuple(steps), notes)
