"""Asks the sessions of many places at once who and where they are, and compares with what was asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Final

from tools.errors import ToolError
from tools.portal.callers import is_same_account
from tools.portal.client import PortalClient
from tools.portal.pool import SessionPool
from tools.portal.ports import PortalSession
from tools.profile import GLOBAL_TENANT, Profile

AT_ONCE: Final = 10
CALL_SECONDS: Final = 20.0
MOST_TENANTS: Final = 5
"""Team Portals of one administration that are asked, besides administration itself."""
MOST_TOLD: Final = 3


@dataclass(slots=True)
class Spot:
    """A profile, a Team Portal and, on a profile that works as its callers, an account; then what came of the calls."""

    profile: Profile
    tenant: str
    account: str | None
    calls: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    failed: str = ""

    @property
    def who(self) -> str:
        """The account that must answer."""
        return self.account if self.account is not None else self.profile.username

    @property
    def ok(self) -> bool:
        """Whether every call was answered, and by the right account in the right Team Portal."""
        return self.calls > 0 and self.right == self.calls and not self.failed


async def mixed(spots: Iterable[Spot], calls: int, pool: SessionPool) -> list[Spot]:
    """Ask all spots, and Team Portals that an administration tells of, `calls` times in all and each at least twice.

    Changes nothing at a portal but that sessions are opened; they are closed at the end. A spot that fails is asked no
    further.
    """
    try:
        found = [each for spot in spots for each in await _with_tenants(spot, pool)]
        rounds = max(2, -(-calls // max(1, len(found))))
        turns = [spot for spot in found for _ in range(rounds)]
        SystemRandom().shuffle(turns)
        await asyncio.gather(*(_work(turns, pool) for _ in range(AT_ONCE)))
    finally:
        await pool.close()
    return found


async def _with_tenants(spot: Spot, pool: SessionPool) -> list[Spot]:
    """The spot, and for global administration the first Team Portals that it may look at."""
    if spot.failed or spot.account is not None or spot.tenant != GLOBAL_TENANT:
        return [spot]
    try:
        page = await pool.run(
            spot.profile,
            spot.tenant,
            lambda session: session.tenants_page(offset=0, limit=MOST_TENANTS),
            within=_most(spot),
        )
    except ToolError as fault:
        spot.failed = fault.message
        return [spot]
    return [spot, *(Spot(spot.profile, row.name, None) for row in page.rows)]


async def _work(turns: list[Spot], pool: SessionPool) -> None:
    """Take turns from the common list until none is left."""
    while turns:
        spot = turns.pop()
        if not spot.failed:
            await _ask(spot, pool)


async def _ask(spot: Spot, pool: SessionPool) -> None:
    spot.calls += 1
    try:
        name, domain, place = await pool.run(spot.profile, spot.tenant, _seen, account=spot.account, within=_most(spot))
    except ToolError as fault:
        spot.failed = fault.message
        return
    if place == spot.tenant and _is_expected(spot, name, domain):
        spot.right += 1
    elif len(spot.wrong) < MOST_TOLD:
        spot.wrong.append(f"{f'{name}@{domain}' if domain else name} in {place}")


async def _seen(session: PortalSession) -> tuple[str, str, str]:
    """Account, its domain and the Team Portal, each by the portal's own word now."""
    assert isinstance(session, PortalClient)
    who = await session.whoami()
    return who.name, who.domain, await session.stands_in()


def _is_expected(spot: Spot, name: str, domain: str) -> bool:
    """A caller's account letter by letter; a profile's user name as people write it, with or without the domain."""
    if spot.account is not None:
        return is_same_account(spot.account, name, domain)
    written = {name, f"{name}@{domain}", f"{domain}\\{name}"} if domain else {name}
    return spot.profile.username.casefold() in {each.casefold() for each in written}


def _most(spot: Spot) -> float:
    return min(spot.profile.total_timeout, CALL_SECONDS)
