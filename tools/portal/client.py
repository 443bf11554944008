"""One logged-in portal session, pinned to one place: opened, verified, used, logged out; never moved."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final

import aiohttp
from cterasdk.cio.core.types import FetchResourcesParamBuilder
from cterasdk.exceptions import CTERAException
from cterasdk.exceptions.auth import AuthenticationError
from cterasdk.exceptions.transport import BadRequest, Forbidden, Unauthorized
from cterasdk.exceptions.transport import NotFound as HTTPNotFound
from cterasdk.lib.session.types import ConnectionStatus

from tools.errors import InvalidArgument, NotFound, PortalDenied, PortalLoginFailed, PortalUnavailable
from tools.paths import nothing_at
from tools.portal.administration import PortalAdministration
from tools.portal.failures import NONSENSE, Doubtful, Expired, guarded, translated
from tools.portal.hooks import UnnamedStatus
from tools.portal.ports import Account, Page
from tools.portal.reads import PortalReads, item_of
from tools.portal.sdk import new_client
from tools.portal.session import attributes, current_portal, text_of
from tools.portal.texts import execute, flag, objects
from tools.portal.tickets import Ticket, mint
from tools.portal.transfers import Transfers
from tools.portal.writes import Writes
from tools.profile import GLOBAL_TENANT, Profile

log = logging.getLogger(__name__)
LOGOUT_SECONDS: Final = 5.0
MOST_ENTRIES: Final = 200


class PortalClient(PortalReads, PortalAdministration, Writes, Transfers):
    """Fulfils `tools.portal.ports.PortalSession`; may raise `Expired`, `Doubtful` and `Interrupted` to the pool."""

    def __init__(self, sdk: Any, profile: Profile, tenant: str) -> None:
        self._sdk = sdk
        self._profile = profile
        self._tenant = tenant

    async def whoami(self) -> Account:
        """Ask the portal who this session is; one round trip."""
        with guarded(self._profile.name):
            seen = attributes(await text_of(self._sdk, "/currentSession"))
            return Account(
                name=seen["username"] or "",
                domain=seen.get("domain") or "",
                role=seen["role"] or "",
                tenant=self._tenant,
                software_version=self._sdk.session().version_text,
            )

    async def stands_in(self) -> str:
        """The Team Portal in which the session stands by the portal's own word, `-` for administration."""
        with guarded(self._profile.name):
            return await current_portal(self._sdk) or GLOBAL_TENANT

    async def list_page(self, path: str, *, include_deleted: bool, offset: int, limit: int) -> Page:
        """Read one page of a folder; one round trip, read as text: the SDK's own reader cost two thirds of a call."""
        with guarded(self._profile.name):
            builder = FetchResourcesParamBuilder().root(self._address(path)).depth(1).limit(min(limit, MOST_ENTRIES))
            param = (builder.include_deleted() if include_deleted else builder).build()
            param.start = offset
            answer = await execute(self._sdk, "fetchResources", param)
            error, folder, entries = answer["errorType"], answer["root"], answer["items"]
            if error is not None:
                raise _folder_error(error, path)
            if folder is None:
                raise nothing_at(path)
            if not flag(folder["isFolder"]):
                raise InvalidArgument(f"'{path}' is a file, not a folder. List its parent folder instead.")
            return Page(tuple(item_of(each, self._sdk.context) for each in objects(entries)), flag(answer["hasMore"]))

    async def mint_ticket(self, account: str, tenant: str) -> Ticket:
        """Get a ticket for one account of one Team Portal: for the pool alone, no tool can ask for it."""
        with guarded(self._profile.name):
            return await mint(self._sdk, self._profile.name, account, tenant)

    async def is_alive(self) -> bool:
        """Whether the portal still knows this session (the cheapest question there is)."""
        try:
            with guarded(self._profile.name):
                return getattr(await self._sdk.v1.api.get("/currentSession"), "username", None) is not None
        except (Expired, Doubtful):
            return False

    async def close(self) -> None:
        """Log out within bounds; always closes the connections."""
        try:
            async with asyncio.timeout(LOGOUT_SECONDS):
                with suppress(CTERAException, OSError, aiohttp.ClientError, UnnamedStatus, *NONSENSE):
                    await self._log_out()
        except TimeoutError:
            log.info("portal '%s' did not confirm a logout in time", self._profile.name)
        finally:
            await self._sdk.default.close()

    async def _log_out(self) -> None:
        """Also where a login stopped half-way: the portal has a session then that the SDK would leave open."""
        session = self._sdk.session()
        if not session.connected and len(self._sdk.default._session.session.cookie_jar):
            session.connection_status = ConnectionStatus.Connected
        await self._sdk.logout()


async def open_session(profile: Profile, tenant: str, password: str) -> PortalClient:
    """Log in, go to the place once, verify it; raises a `ToolError` or `Interrupted`, and then leaves nothing open."""
    sdk = new_client(profile)
    client = PortalClient(sdk, profile, tenant)
    try:
        await _enter(sdk, profile, tenant, password)
    except BaseException:
        await asyncio.shield(asyncio.ensure_future(client.close()))
        raise
    return client


async def _enter(sdk: Any, profile: Profile, tenant: str, password: str) -> None:
    try:
        with guarded(profile.name):
            try:
                await sdk.login(profile.username, password)
            except HTTPNotFound as seen:
                raise Doubtful from seen
        if profile.scope == "admin" and tenant != GLOBAL_TENANT:
            await _browse(sdk, profile, tenant)
        with guarded(profile.name):
            found = await current_portal(sdk) or GLOBAL_TENANT
    except (Doubtful, Expired) as seen:
        if isinstance(seen.__cause__, Unauthorized | Forbidden):
            raise translated(AuthenticationError(), profile.name) from seen
        raise PortalUnavailable(
            f"Portal '{profile.name}' did not answer the login as a portal does. Check host, port and account type."
        ) from seen
    if found != tenant:
        _refuse_place(profile, tenant)


async def _browse(sdk: Any, profile: Profile, tenant: str) -> None:
    """Go there; a portal that has no such place, or none for this account, says so by a status."""
    with guarded(profile.name):
        try:
            await sdk.portals.browse(tenant)
        except (HTTPNotFound, Forbidden, BadRequest):
            _refuse_place(profile, tenant)


def _refuse_place(profile: Profile, tenant: str) -> None:
    if profile.scope == "admin":
        raise NotFound(f"There is no Team Portal '{tenant}' on portal '{profile.name}'.")
    raise PortalLoginFailed(
        f"The account of portal '{profile.name}' does not belong to Team Portal '{tenant}'. "
        "An operator must correct the profile's Team Portal, address or account."
    )


def _folder_error(error: str, path: str) -> Exception:
    if error == "PermissionDenied":
        return PortalDenied(f"The portal does not let the account read '{path}'.")
    if error == "DestinationNotExists":
        return nothing_at(path)
    return NotFound(f"'{path}' cannot be listed: the portal says {error}.")
