"""Lets a caller's own account in: a ticket from the profile's account, a session by it, verified before it is used.

docs/identity.md tells the steps. The ticket is a secret of one use; it is in no log, message or `repr`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from cterasdk.exceptions.transport import Forbidden, Unauthorized
from cterasdk.exceptions.transport import NotFound as HTTPNotFound

from tools.errors import PortalLoginFailed, PortalUnavailable
from tools.portal.client import PortalClient
from tools.portal.failures import Doubtful, Expired, guarded
from tools.portal.sdk import new_client
from tools.portal.session import current_portal
from tools.portal.tickets import Ticket
from tools.profile import Profile
from tools.tenant_hosts import UnsafeHost, tenant_host


class TicketRefused(PortalLoginFailed):
    """The portal did not take a ticket that it had given out: too late, used, or the account may not come in."""


def ticket_for(account: str, tenant: str) -> Callable[[PortalClient], Awaitable[Ticket]]:
    """The operation of the minting session: a ticket for one account of one Team Portal."""
    return lambda client: client.mint_ticket(account, tenant)


def may_not_mint(profile: Profile) -> PortalLoginFailed:
    """The portal refused the ticket itself to the profile's account."""
    return PortalLoginFailed(
        f"The account of portal '{profile.name}' may not let callers in. An operator must give its role the right to "
        "single sign-on."
    )


def base_url(profile: Profile, tenant: str) -> str:
    """Where a caller's session is opened; raises `PortalLoginFailed` for what could lead elsewhere."""
    try:
        host = tenant_host(profile.tenant_host, profile.dns_suffix, tenant)
    except UnsafeHost as unsafe:
        raise PortalLoginFailed(
            f"Portal '{profile.name}' has no address for this Team Portal. {unsafe} An operator must correct it."
        ) from None
    return f"{'https' if profile.https else 'http'}://{host}:{profile.port}"


async def open_as(profile: Profile, tenant: str, account: str, ticket: Ticket) -> PortalClient:
    """Open a session by a ticket and verify whose it is and where; raises a `ToolError`, and leaves nothing open."""
    sdk = new_client(profile, base_url(profile, tenant), "user")
    client = PortalClient(sdk, replace(profile, scope="user", tenant=tenant), tenant)
    try:
        await _enter(sdk, profile, ticket)
        await _verify(sdk, profile, tenant, account)
    except BaseException:
        await asyncio.shield(asyncio.ensure_future(client.close()))
        raise
    return client


async def _enter(sdk: Any, profile: Profile, ticket: Ticket) -> None:
    try:
        with guarded(profile.name):
            try:
                await sdk.v1.ctera.form_data("/sso", {"ctera_ticket": ticket.value})
            except HTTPNotFound as seen:
                raise Doubtful from seen
    except (Doubtful, Expired) as seen:
        if isinstance(seen, Expired) or isinstance(seen.__cause__, Unauthorized | Forbidden):
            raise TicketRefused(
                f"Portal '{profile.name}' did not let your account in. An operator must look whether it is enabled, "
                "and whether the portal allows single sign-on by ticket."
            ) from None
        raise _strange(profile) from None


async def _verify(sdk: Any, profile: Profile, tenant: str, account: str) -> None:
    """Nothing is done on a session that is somebody else's or elsewhere, whatever the ticket was for."""
    try:
        with guarded(profile.name):
            await sdk.session().async_start_session(sdk)
            seen = sdk.session().account
            found = await current_portal(sdk)
    except (Doubtful, Expired):
        raise _strange(profile) from None
    if not is_same_account(account, seen.name, seen.domain):
        raise PortalLoginFailed(
            f"Portal '{profile.name}' opened a session of another account than '{account}', so it was not used. "
            "An operator must write the account as the portal does: user, or user@domain."
        )
    if found != tenant:
        raise PortalLoginFailed(
            f"Portal '{profile.name}' opened a session in another Team Portal than '{tenant}', so it was not used. "
            "An operator must correct the profile's Team Portal or its address."
        )


def is_same_account(account: str, username: str | None, domain: str | None) -> bool:
    """Whether a session's names are those that were asked for, letter by letter; a domain is part of the name."""
    return bool(username) and account == (f"{username}@{domain}" if domain else username)


def _strange(profile: Profile) -> PortalUnavailable:
    return PortalUnavailable(
        f"Portal '{profile.name}' did not answer a caller's login as a portal does. An operator must check the address "
        "of its Team Portals."
    )
