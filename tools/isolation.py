"""Checks that the sessions of real profiles are never mixed up, by asking many at once who they are."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from tools.models import PortalProfile
from tools.profile import GLOBAL_TENANT, Profile
from tools.sealing import Unsealable, unseal
from tools.services import as_profile
from tools.tenant_hosts import is_label

if TYPE_CHECKING:
    from tools.portal.mixing import Spot

MOST_ACCOUNTS: Final = 10
"""Entries of one profile's table that are asked; sessions of people are opened for it."""


class CannotCheck(Exception):  # noqa: N818 - reads as what it is
    """What was asked cannot be checked; `part` is the option to change, the text says how."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part
        self.message = message


@dataclass(frozen=True, slots=True)
class Checked:
    """What each place answered, and what its reader should know besides."""

    spots: tuple[Spot, ...]
    notes: tuple[str, ...]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether every answer was that of the account and the Team Portal that were asked for."""
        return all(spot.ok for spot in self.spots)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        places = [
            {
                "profile": spot.profile.name,
                "tenant": spot.tenant,
                "account": spot.who,
                "ok": spot.ok,
                "calls": spot.calls,
                "right": spot.right,
                "wrong": spot.wrong,
                "remedy": remedy(spot),
            }
            for spot in self.spots
        ]
        calls = sum(spot.calls for spot in self.spots)
        return {"ok": self.ok, "calls": calls, "seconds": self.seconds, "places": places, "notes": [*self.notes]}


def remedy(spot: Spot) -> str:
    """What to do about a place that is not as it should be; nothing where it is."""
    if spot.wrong:
        return (
            f"Disable profile {spot.profile.name} now. Look for a proxy, balancer or cache before the portal that "
            "shares sessions or answers between clients, and for an address that leads to another portal; then check "
            "again."
        )
    return spot.failed


def check(names: Iterable[str], callers: Iterable[str], calls: int) -> Checked:
    """Ask the named profiles, or all that are enabled, `calls` times in all; raises `CannotCheck`.

    Each of `callers` is `PROFILE/TEAM PORTAL/ACCOUNT`, an account to be asked besides those of the profile's table.
    For synchronous callers: the portals are asked in an event loop of this call, apart from the workers' pools.
    """
    from tools.portal.mixing import mixed  # the portal's SDK takes its time to load
    from tools.portal.pool import SessionPool

    profiles = _profiles(list(dict.fromkeys(names)))
    named = _named(callers, profiles)
    notes: list[str] = []
    spots = [spot for profile in profiles for spot in _spots(profile, named.get(profile.name, ()), notes)]
    if not spots:
        raise CannotCheck("profile", " ".join(notes) or "No profile is enabled. Enable one, or name it by --profile.")
    passwords = {spot.profile.sealed_password: _opened(spot) for spot in spots}
    began = time.monotonic()
    found = asyncio.run(mixed(spots, calls, SessionPool(passwords.__getitem__)))
    return Checked(tuple(found), tuple(notes), round(time.monotonic() - began, 2))


def _profiles(names: list[str]) -> list[Profile]:
    rows = PortalProfile.objects.order_by("name").prefetch_related("accounts")
    if not names:
        return [as_profile(row) for row in rows.filter(enabled=True)]
    found = {row.name: as_profile(row) for row in rows}
    if unknown := [name for name in names if name not in found]:
        there = ", ".join(found) or "none yet"
        raise CannotCheck("profile", f"There is no portal profile {unknown[0][:60]}; there are: {there}.")
    return [found[name] for name in names]


def _named(callers: Iterable[str], profiles: list[Profile]) -> dict[str, list[tuple[str, str]]]:
    """The accounts that were named, by profile; raises `CannotCheck` for what is none."""
    found: dict[str, list[tuple[str, str]]] = {}
    personal = {profile.name: profile for profile in profiles if profile.is_personal}
    for written in callers:
        name, _, rest = written.partition("/")
        tenant, _, account = rest.partition("/")
        if not (account and is_label(tenant)):
            raise CannotCheck("caller", "Write each caller as PROFILE/TEAM PORTAL/ACCOUNT, such as corp/acme/alice.")
        if name not in personal:
            raise CannotCheck("caller", f"{name[:60]} is no profile in this check that works as its callers.")
        if personal[name].tenant not in ("", tenant):
            raise CannotCheck("caller", f"Profile {name} has the Team Portal {personal[name].tenant}: name that one.")
        found.setdefault(name, []).append((tenant, account))
    return found


def _spots(profile: Profile, named: Iterable[tuple[str, str]], notes: list[str]) -> list[Spot]:
    """Where and as whom a profile is asked; adds a note where that is nowhere or not everywhere."""
    from tools.portal.mixing import Spot

    if not profile.is_personal:
        return [Spot(profile, profile.tenant if profile.scope == "user" else GLOBAL_TENANT, None)]
    of_table = sorted(set(profile.accounts.values())) if profile.tenant else []
    if len(of_table) > MOST_ACCOUNTS:
        notes.append(f"{profile.name}: {MOST_ACCOUNTS} of the {len(of_table)} accounts of its table are asked.")
    places = dict.fromkeys([*named, *((profile.tenant, account) for account in of_table[:MOST_ACCOUNTS])])
    if not places:
        notes.append(
            f"{profile.name}: not checked, since only claims tell its callers. Name some by --caller "
            f"{profile.name}/TEAM PORTAL/ACCOUNT."
        )
    return [Spot(profile, tenant, account) for tenant, account in places]


def _opened(spot: Spot) -> str:
    """The profile's password; where no key opens it, the spot has failed with the remedy."""
    try:
        return unseal(spot.profile.sealed_password)
    except Unsealable as sealed:
        spot.failed = str(sealed)
        return ""
