"""Lists for administrators: Team Portals, accounts, cloud folders, devices; rows only of what is open to the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from tools.errors import InvalidArgument
from tools.portal.administration_ports import AccountRow, DeviceRow, FolderRow, Rows, TenantRow
from tools.profile import GLOBAL_TENANT
from tools.spec import JSON, PREFIX, Place, ToolCall, Toolset, ToolSpec
from tools.toolsets.paging import Batch, begin, seal, visible
from tools.toolsets.schemas import CURSOR, LIMIT, NULLABLE_STRING, PORTAL, answer, arguments

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tools.portal.ports import PortalSession

Row = TypeVar("Row")
WHOLE: Final[JSON] = {"type": ["integer", "null"]}
PAGED: Final[JSON] = {"limit": LIMIT, "cursor": CURSOR}
PLACED: Final[JSON] = {"portal": {"type": "string"}, "tenant": {"type": "string"}}
NEEDS_ADMIN: Final = "Works on portals of type 'admin' only (ctera_portal_list_portals tells the type)."


def require_administration(place: Place) -> None:
    """Refuse a user's portal; raises `InvalidArgument` with the remedy."""
    if place.scope != "admin":
        raise InvalidArgument(
            f"Argument 'portal': '{place.portal}' is a portal of type 'user', which has no administration. Name one of "
            "type 'admin' (ctera_portal_list_portals shows them), or use the tools for files."
        )


def listed(name: str, row: JSON) -> JSON:
    """The output schema of a page of rows under `name`."""
    return answer({**PLACED, name: {"type": "array", "items": answer(row)}, "next_cursor": NULLABLE_STRING})


async def _list_tenants(call: ToolCall) -> JSON:
    place = call.at
    require_administration(place)

    async def read(offset: int, limit: int) -> Batch[TenantRow]:
        return batch(await place.run(lambda session: session.tenants_page(offset=offset, limit=limit)))

    rows, following = await visible(
        read, lambda row: place.shows_row(row.name, None), offset=begin(call, {}), limit=call.arguments["limit"]
    )
    return {
        "portal": place.portal,
        "tenants": [
            {
                "name": row.name,
                "type": row.kind,
                "status": row.status,
                "users": row.users,
                "devices": row.devices,
                "used_bytes": row.used_bytes,
                "quota_bytes": row.quota_bytes,
            }
            for row in rows
        ],
        "next_cursor": seal(call, {}, following),
    }


def batch(page: Rows[Row]) -> Batch[Row]:
    """A page of the portal as `visible` reads it."""
    return Batch(page.rows, page.has_more)


async def _list_users(call: ToolCall) -> JSON:
    place = call.at
    require_administration(place)
    tenant = None if place.tenant == GLOBAL_TENANT else place.tenant

    async def read(offset: int, limit: int) -> Batch[AccountRow]:
        return batch(
            await place.run_globally(lambda session: session.accounts_page(tenant, offset=offset, limit=limit))
        )

    def shown(row: AccountRow) -> bool:
        return tenant is None or _home_is_shown(place, row.full_name)

    rows, following = await visible(read, shown, offset=begin(call, {}), limit=call.arguments["limit"])
    return {
        "portal": place.portal,
        "tenant": place.tenant,
        "users": [
            {
                "name": row.name,
                "full_name": row.full_name,
                "email": row.email,
                "role": row.role,
                "status": row.status,
            }
            for row in rows
        ],
        "next_cursor": seal(call, {}, following),
    }


def _home_is_shown(place: Place, full_name: str | None) -> bool:
    """An account is told of where its home folder is open; one whose home cannot be named, where everything is."""
    if full_name is None or "/" in full_name:
        return place.shows_all(place.tenant)
    return place.shows_row(place.tenant, f"/Users/{full_name}")


async def _list_cloud_folders(call: ToolCall) -> JSON:
    place = call.at
    require_administration(place)
    if place.tenant == GLOBAL_TENANT:
        raise InvalidArgument("Argument 'tenant' is needed: cloud folders belong to a Team Portal. Name one.")

    async def read(offset: int, limit: int) -> Batch[tuple[FolderRow, str | None]]:
        return await place.run_globally(_folders(place.tenant, offset, limit))

    def shown(found: tuple[FolderRow, str | None]) -> bool:
        path = found[1]
        return place.shows_all(place.tenant) if path is None else place.shows_row(place.tenant, path)

    rows, following = await visible(read, shown, offset=begin(call, {}), limit=call.arguments["limit"])
    return {
        "portal": place.portal,
        "tenant": place.tenant,
        "cloud_folders": [
            {
                "name": row.name,
                "path": path,
                "owner": row.owner,
                "domain": row.domain,
                "used_bytes": row.size_bytes,
                "files": row.files,
                "quota_bytes": row.quota_bytes,
                "deleted": row.deleted,
            }
            for row, path in rows
        ],
        "next_cursor": seal(call, {}, following),
    }


def _folders(
    tenant: str, offset: int, limit: int
) -> Callable[[PortalSession], Awaitable[Batch[tuple[FolderRow, str | None]]]]:
    """One page with the path of each folder, which the portal does not say: its owner's full name is asked for."""

    async def read(session: PortalSession) -> Batch[tuple[FolderRow, str | None]]:
        page = await session.folders_page(tenant, offset=offset, limit=limit)
        local = {row.owner for row in page.rows if row.owner and not row.domain}
        names = await session.full_names(tenant, local)
        return Batch(tuple((row, _path(row, names.get(row.owner or ""))) for row in page.rows), page.has_more)

    return read


def _path(row: FolderRow, owner: str | None) -> str | None:
    if owner is None or row.domain or "/" in owner or "/" in row.name:
        return None
    return f"/Users/{owner}/{row.name}"


async def _list_devices(call: ToolCall) -> JSON:
    place = call.at
    require_administration(place)
    everywhere = place.tenant == GLOBAL_TENANT

    async def read(offset: int, limit: int) -> Batch[DeviceRow]:
        return batch(
            await place.run(lambda session: session.devices_page(everywhere=everywhere, offset=offset, limit=limit))
        )

    def shown(row: DeviceRow) -> bool:
        if everywhere:
            return place.shows_all(None) if row.tenant is None else place.shows_row(row.tenant, None)
        return row.tenant in {None, place.tenant}

    rows, following = await visible(read, shown, offset=begin(call, {}), limit=call.arguments["limit"])
    return {
        "portal": place.portal,
        "tenant": place.tenant,
        "devices": [
            {
                "name": row.name,
                "tenant": row.tenant or (None if everywhere else place.tenant),
                "type": row.kind,
                "version": row.version,
                "connected": row.connected,
            }
            for row in rows
        ],
        "next_cursor": seal(call, {}, following),
    }


LIST_TENANTS = ToolSpec(
    name=f"{PREFIX}list_tenants",
    toolset=Toolset.ADMIN,
    title="List Team Portals",
    description=(
        "Lists the Team Portals of a portal that are open to you, with users, devices and storage. Pass a name as "
        f"'tenant' to other tools. When next_cursor is not null, call again with it. {NEEDS_ADMIN}"
    ),
    input_schema=arguments({"portal": PORTAL, **PAGED}, place=False),
    output_schema=answer(
        {
            "portal": {"type": "string"},
            "tenants": {
                "type": "array",
                "items": answer(
                    {
                        "name": {"type": "string"},
                        "type": NULLABLE_STRING,
                        "status": NULLABLE_STRING,
                        "users": WHOLE,
                        "devices": {**WHOLE, "description": "connected ones"},
                        "used_bytes": WHOLE,
                        "quota_bytes": WHOLE,
                    }
                ),
            },
            "next_cursor": NULLABLE_STRING,
        }
    ),
    run=_list_tenants,
)

LIST_USERS = ToolSpec(
    name=f"{PREFIX}list_users",
    toolset=Toolset.ADMIN,
    title="List users",
    description=(
        "Lists the users of a Team Portal, or without 'tenant' the administrators of the portal. A user's files are "
        f"below /Users/<full_name>. When next_cursor is not null, call again with it. {NEEDS_ADMIN}"
    ),
    input_schema=arguments(PAGED),
    output_schema=listed(
        "users",
        {
            "name": {"type": "string"},
            "full_name": NULLABLE_STRING,
            "email": NULLABLE_STRING,
            "role": NULLABLE_STRING,
            "status": NULLABLE_STRING,
        },
    ),
    run=_list_users,
)

LIST_CLOUD_FOLDERS = ToolSpec(
    name=f"{PREFIX}list_cloud_folders",
    toolset=Toolset.ADMIN,
    title="List cloud folders",
    description=(
        "Lists the cloud folders of a Team Portal with owner, size and number of files. 'path' is what the tools for "
        "files take; it is null where the owner comes from a directory. 'tenant' is needed. When next_cursor is not "
        f"null, call again with it. {NEEDS_ADMIN}"
    ),
    input_schema=arguments(PAGED),
    output_schema=listed(
        "cloud_folders",
        {
            "name": {"type": "string"},
            "path": NULLABLE_STRING,
            "owner": NULLABLE_STRING,
            "domain": NULLABLE_STRING,
            "used_bytes": WHOLE,
            "files": WHOLE,
            "quota_bytes": {**WHOLE, "description": "null without a quota"},
            "deleted": {"type": "boolean"},
        },
    ),
    run=_list_cloud_folders,
)

LIST_DEVICES = ToolSpec(
    name=f"{PREFIX}list_devices",
    toolset=Toolset.ADMIN,
    title="List devices",
    description=(
        "Lists the devices (edge filers, agents) of a Team Portal, or without 'tenant' those of every Team Portal "
        "that is open to you, with type, version and connection. When next_cursor is not null, call again with it. "
        f"{NEEDS_ADMIN}"
    ),
    input_schema=arguments(PAGED),
    output_schema=listed(
        "devices",
        {
            "name": {"type": "string"},
            "tenant": NULLABLE_STRING,
            "type": NULLABLE_STRING,
            "version": NULLABLE_STRING,
            "connected": {"type": ["boolean", "null"]},
        },
    ),
    run=_list_devices,
)

TOOLS = (LIST_TENANTS, LIST_USERS, LIST_CLOUD_FOLDERS, LIST_DEVICES)
