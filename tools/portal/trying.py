"""Goes the whole way of a caller once, step by step, and tells at each what was found or what to correct."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from cterasdk.exceptions.transport import Forbidden, Unauthorized

from tools.errors import CallTimeout, ToolError
from tools.identity_rules import Actor, Caller, Unidentified, actor_of
from tools.portal.callers import base_url, may_not_mint, open_as
from tools.portal.client import PortalClient, open_session
from tools.portal.failures import Doubtful, Expired, Interrupted, translated
from tools.portal.tickets import Ticket
from tools.profile import GLOBAL_TENANT, Profile

SECONDS: Final = 20.0
SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One check: what was found, or the remedy where it failed; no secret in either."""

    check: str
    ok: bool
    found: str
    remedy: str = ""


async def steps_as(profile: Profile, caller: Caller, password: str) -> list[Step]:
    """Every step up to the first that fails; bounded in time, logs out of what it opened."""
    told: list[Step] = []
    try:
        async with asyncio.timeout(min(profile.total_timeout, SECONDS)):
            await _go(profile, caller, password, told)
    except (ToolError, Interrupted, Doubtful, Expired, TimeoutError) as fault:
        told.append(Step(NAMES[len(told)], ok=False, found="failed", remedy=_remedy(fault, profile)))
    return told


NAMES: Final = ("account", "Team Portal", "address", "profile's login", "ticket", "login as the caller", "root folder")


def _remedy(fault: BaseException, profile: Profile) -> str:
    if isinstance(fault, TimeoutError):
        fault = CallTimeout(f"Portal '{profile.name}' did not answer within {SECONDS:g} s. Check its address.")
    if not isinstance(fault, ToolError):
        fault = translated(fault.__cause__ or fault, profile.name)
    return fault.message


async def _go(profile: Profile, caller: Caller, password: str, told: list[Step]) -> None:
    """Adds a step to `told` when it is done; raises where one cannot be."""
    actor = actor_of(profile, caller)
    if isinstance(actor, Unidentified):
        told.append(Step(NAMES[0], ok=False, found=actor.fault.value, remedy=actor.remedy))
        return
    _done(told, f"{actor.account} ({actor.source})")
    _done(told, f"{actor.tenant} ({actor.tenant_source})")
    _done(told, base_url(profile, actor.tenant))
    service = await open_session(profile, GLOBAL_TENANT, password)
    try:
        _done(told, profile.username)
        ticket = await _ticket(service, profile, actor)
        _done(told, "given out")
        session = await open_as(profile, actor.tenant, actor.account, ticket)
    finally:
        await service.close()
    try:
        who = await session.whoami()
        _done(told, f"{who.name} in {who.tenant}, {who.role or 'no role'}: verified")
        page = await session.list_page("/", include_deleted=False, offset=0, limit=SHOWN)
        names = ", ".join(item.name for item in page.items) or "nothing"
        _done(told, f"{names}{' and more' if page.has_more else ''}")
    finally:
        await session.close()


def _done(told: list[Step], found: str) -> None:
    told.append(Step(NAMES[len(told)], ok=True, found=found))


async def _ticket(service: PortalClient, profile: Profile, actor: Actor) -> Ticket:
    try:
        return await service.mint_ticket(actor.account, actor.tenant)
    except Doubtful as seen:
        if isinstance(seen.__cause__, Unauthorized | Forbidden):
            raise may_not_mint(profile) from None
        raise
