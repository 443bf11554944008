"""One logged-in portal session, pinned to one place: opened, verified, used, logged out; never moved."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any, Final
from xml.etree import ElementTree as ET

from cterasdk.cio.core.types import FetchResourcesParamBuilder, PortalResource, automatic_resolution
from cterasdk.clients.clients import AsyncClient
from cterasdk.exceptions import CTERAException

from tools.errors import InvalidArgument, NotFound, PortalDenied, PortalLoginFailed, PortalUnavailable
from tools.portal.failures import NONSENSE, Doubtful, Expired, guarded
from tools.portal.ports import Account, Item, Page
from tools.portal.sdk import new_client
from tools.profile import GLOBAL_TENANT, Profile

log = logging.getLogger(__name__)
LOGOUT_SECONDS: Final = 5.0
MOST_PLACE_BYTES: Final = 4096
MOST_ENTRIES: Final = 200


class PortalClient:
    """Fulfils `tools.portal.ports.PortalSession`; may raise `Expired`, `Doubtful` and `Interrupted` to the pool."""

    def __init__(self, sdk: Any, profile: Profile, tenant: str) -> None:
        self._sdk = sdk
        self._profile = profile
        self._tenant = tenant

    async def whoami(self) -> Account:
        """Ask the portal who this session is; one round trip."""
        with guarded(self._profile.name):
            seen = await self._sdk.v1.api.get("/currentSession")
            domain = seen.domain
            return Account(
                name=str(seen.username),
                domain="" if domain is None else str(domain),
                role=str(seen.role),
                tenant=self._tenant,
                software_version=str(self._sdk.session().software_version or ""),
            )

    async def list_page(self, path: str, *, include_deleted: bool, offset: int, limit: int) -> Page:
        """Read one page of a folder; names come from the address, since the SDK reads `2024` as a number."""
        with guarded(self._profile.name):
            root = automatic_resolution(path.lstrip("/"), self._sdk.context).absolute_encode
            builder = FetchResourcesParamBuilder().root(root).depth(1).limit(min(limit, MOST_ENTRIES))
            param = (builder.include_deleted() if include_deleted else builder).build()
            param.start = offset
            answer = await self._sdk.v1.api.execute("", "fetchResources", param)
            error, folder, entries = answer.errorType, answer.root, answer.items
            if error is not None:
                raise _folder_error(str(error), path)
            if folder is None:
                raise NotFound(f"There is nothing at '{path}'. List its parent folder to see what is there.")
            if not folder.isFolder:
                raise InvalidArgument(f"'{path}' is a file, not a folder. List its parent folder instead.")
            if not isinstance(entries, list):
                raise TypeError("a listing without a list")
            return Page(tuple(_item(entry) for entry in entries), bool(answer.hasMore))

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
                with suppress(CTERAException, OSError, *NONSENSE):
                    await self._sdk.logout()
        except TimeoutError:
            log.info("portal '%s' did not confirm a logout in time", self._profile.name)
        finally:
            await self._sdk.default.close()


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
            await sdk.login(profile.username, password)
    except (Doubtful, Expired) as seen:
        raise PortalUnavailable(
            f"Portal '{profile.name}' did not answer the login as a portal does. Check host, port and account type."
        ) from seen
    try:
        if profile.scope == "admin" and tenant != GLOBAL_TENANT:
            with guarded(profile.name):
                await sdk.portals.browse(tenant)
        found = await _current_place(sdk, profile)
    except (Doubtful, Expired) as seen:
        raise NotFound(f"There is no Team Portal '{tenant}' on portal '{profile.name}'.") from seen
    if found != tenant:
        _refuse_place(profile, tenant)


def _refuse_place(profile: Profile, tenant: str) -> None:
    if profile.scope == "admin":
        raise NotFound(f"There is no Team Portal '{tenant}' on portal '{profile.name}'.")
    raise PortalLoginFailed(
        f"The account of portal '{profile.name}' does not belong to Team Portal '{tenant}'. "
        "An operator must correct the profile's Team Portal, address or account."
    )


async def _current_place(sdk: Any, profile: Profile) -> str:
    """The Team Portal of the session as text: the SDK would read `007` as 7."""
    with guarded(profile.name):
        response = await AsyncClient.get(sdk.v1.api, "/currentPortal")
        text = (await response.text())[:MOST_PLACE_BYTES]
    if not text.strip():
        return GLOBAL_TENANT
    try:
        return ET.fromstring(text).text or GLOBAL_TENANT  # noqa: S314 - bounded, and from the portal itself
    except ET.ParseError as fault:
        raise Doubtful from fault


def _folder_error(error: str, path: str) -> Exception:
    if error == "PermissionDenied":
        return PortalDenied(f"The portal does not let the account read '{path}'.")
    return NotFound(f"'{path}' cannot be listed: the portal says {error}.")


def _item(entry: Any) -> Item:
    resource = PortalResource.from_server_object(entry)
    path = "/" + str(resource.path.relative).lstrip("/")
    modified, number = resource.last_modified, getattr(entry, "fileId", None)
    return Item(
        name=path.rsplit("/", 1)[-1],
        path=path,
        is_dir=bool(resource.is_dir),
        deleted=bool(resource.deleted),
        size=None if resource.is_dir or resource.size is None else int(resource.size),
        modified=modified.isoformat() if modified is not None else None,
        id=None if number is None else str(number),
    )
