"""What a session of administration reads: Team Portals, accounts, cloud folders, devices, logs, reports.

Where the portal takes a Team Portal's name in the address, one session of global administration serves them all.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from cterasdk.core.query import FilterBuilder, QueryParamBuilder
from cterasdk.exceptions.transport import NotFound as HTTPNotFound

from tools.errors import NotFound
from tools.portal.administration_ports import (
    AccountRow,
    DeviceRow,
    FolderRow,
    LogQuery,
    LogRow,
    Report,
    ReportRow,
    Rows,
    TenantRow,
)
from tools.portal.failures import guarded
from tools.portal.texts import execute, flag, get, objects, query, whole

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tools.portal.administration_ports import Row
    from tools.portal.texts import Value
    from tools.profile import Profile

Fields = dict[str, Any]
ACCOUNT_FIELDS: Final = ["name", "firstName", "lastName", "email", "role", "status"]
FOLDER_FIELDS: Final = ["name", "owner", "folderStats", "folderQuota", "isDeleted"]
DEVICE_FIELDS: Final = ["name", "portal", "deviceType", "version", "deviceConnectionStatus"]
LOCAL_ACCOUNT, DIRECTORY_ACCOUNT = "PortalUser", "ADUser"


class PortalAdministration:
    """Fulfils `tools.portal.administration_ports.AdministrationSession`; part of `PortalClient`."""

    _sdk: Any
    _profile: Profile

    async def tenants_page(self, *, offset: int, limit: int) -> Rows[TenantRow]:
        """One page of Team Portals."""
        with guarded(self._profile.name):
            builder = QueryParamBuilder().include_classname().put("isTrashcan", False)  # noqa: FBT003 - the SDK's own
            param = builder.startFrom(offset).countLimit(limit).build()
            return _rows(await execute(self._sdk, "getPortalsDisplayInfo", param), "objects", _tenant)

    async def accounts_page(self, tenant: str | None, *, offset: int, limit: int) -> Rows[AccountRow]:
        """One page of accounts."""
        param = QueryParamBuilder().include(ACCOUNT_FIELDS).startFrom(offset).countLimit(limit).build()
        collection = "/administrators" if tenant is None else f"{_within(tenant)}/users"
        return await self._page(tenant, collection, param, _account)

    async def full_names(self, tenant: str, accounts: Collection[str]) -> Mapping[str, str]:
        """The friendly names of these accounts, in one question."""
        if not accounts:
            return {}
        wanted = sorted(set(accounts))
        builder = QueryParamBuilder().include(ACCOUNT_FIELDS).orFilter(len(wanted) > 1).countLimit(len(wanted))
        for name in wanted:
            builder.addFilter(FilterBuilder("name").eq(name))
        found = await self._page(tenant, f"{_within(tenant)}/users", builder.build(), _account)
        return {each.name: each.full_name for each in found.rows if each.full_name}

    async def folders_page(self, tenant: str, *, offset: int, limit: int) -> Rows[FolderRow]:
        """One page of cloud folders."""
        builder = QueryParamBuilder().include(FOLDER_FIELDS).put("includeDeleted", True)  # noqa: FBT003
        param = builder.startFrom(offset).countLimit(limit).build()
        return await self._page(tenant, f"{_within(tenant)}/cloudDrives", param, _folder)

    async def devices_page(self, *, everywhere: bool, offset: int, limit: int) -> Rows[DeviceRow]:
        """One page of devices: plain rows, never the SDK's objects, which can send them commands."""
        builder = QueryParamBuilder().include(DEVICE_FIELDS).allPortals(everywhere)
        param = builder.startFrom(offset).countLimit(limit).build()
        return await self._page(None, "/devices", param, _device)

    async def logs_page(self, wanted: LogQuery, *, offset: int, limit: int) -> Rows[LogRow]:
        """One page of the log."""
        with guarded(self._profile.name):
            builder = QueryParamBuilder().put("topic", wanted.topic).put("minSeverity", wanted.severity)
            if wanted.until:
                builder.addFilter(FilterBuilder("time").le(datetime.fromisoformat(wanted.until)))
            if wanted.since:
                builder.addFilter(FilterBuilder("time").ge(datetime.fromisoformat(wanted.since)))
            param = builder.startFrom(offset).countLimit(limit).build()
            return _rows(await execute(self._sdk, "queryLogs", param), "logs", _log)

    async def report(self, name: str) -> Report:
        """A stored report."""
        with guarded(self._profile.name):
            try:
                answer = await get(self._sdk, f"/reports/{name}")
            except HTTPNotFound:
                raise NotFound("The portal has not made this report yet. An administrator can make it there.") from None
            rows = tuple(_reported(each) for each in objects(answer["entries"]))
            return Report(answer.get("generated"), rows)

    async def _page(self, tenant: str | None, collection: str, param: Any, shape: Callable[[Fields], Row]) -> Rows[Row]:
        """One page of a collection, read while nonsense from the portal is still known as such."""
        with guarded(self._profile.name):
            try:
                return _rows(await query(self._sdk, collection, param), "objects", shape)
            except HTTPNotFound:
                if tenant is None:
                    raise
                raise NotFound(f"There is no Team Portal '{tenant}' on portal '{self._profile.name}'.") from None


def _within(tenant: str) -> str:
    """The address of a Team Portal's collections; a name that would lead elsewhere is no Team Portal's."""
    if tenant in {".", ".."} or "/" in tenant or "\\" in tenant or not tenant.isprintable():
        raise NotFound("There is no Team Portal of this name.")
    return f"/portals/{quote(tenant, safe='')}"


def _rows(answer: Value, key: str, shape: Callable[[Fields], Row]) -> Rows[Row]:
    return Rows(tuple(shape(each) for each in objects(answer[key])), flag(answer["hasMore"]))


def _tenant(row: Fields) -> TenantRow:
    return TenantRow(
        name=row["name"],
        kind=row.get("portalType"),
        status=row.get("activationStatus"),
        users=whole(row.get("numberOfUsers")),
        devices=whole(row.get("numberOfConnectedDevices")),
        used_bytes=whole(row.get("usedStorageQuota")),
        quota_bytes=whole(row.get("totalStorageQuota")),
    )


def _account(row: Fields) -> AccountRow:
    full = " ".join(part for part in (row.get("firstName"), row.get("lastName")) if part)
    return AccountRow(row["name"], full or None, row.get("email"), row.get("role"), row.get("status"))


def _folder(row: Fields) -> FolderRow:
    reference = _reference(row.get("owner"))
    stats = row.get("folderStats") or {}
    quota = whole(row.get("folderQuota"))
    return FolderRow(
        name=row["name"],
        owner=reference.get("name"),
        domain=reference.get("more") if reference.get("kind") == DIRECTORY_ACCOUNT else None,
        size_bytes=whole(stats.get("cloudFolderSize")),
        files=whole(stats.get("totalFiles")),
        quota_bytes=None if quota is None or quota < 0 else quota,
        deleted=flag(row.get("isDeleted")),
    )


def _device(row: Fields) -> DeviceRow:
    status = row.get("deviceConnectionStatus") or {}
    connected = flag(status["connected"]) if "connected" in status else None
    tenant = _reference(row.get("portal")).get("name")
    return DeviceRow(row["name"], tenant, row.get("deviceType"), row.get("version"), connected)


def _log(row: Fields) -> LogRow:
    return LogRow(
        time=row.get("time"),
        severity=row.get("severity"),
        origin_type=row.get("originType"),
        origin=row.get("origin"),
        tenant=row.get("portal") or None,
        account=row.get("user") or None,
        message=row.get("message") or "",
    )


def _reported(row: Fields) -> ReportRow:
    figures = {name: value for name, value in row.items() if isinstance(value, str)}
    return ReportRow(figures.get("portal"), figures.get("name"), figures.get("owner"), figures)


def _reference(text: str | None) -> dict[str, str]:
    """The parts of a reference to an object, `objs/<uid>/<portal>/<class>/<name>/<more>`; empty for anything else."""
    parts = (text or "").split("/")
    if len(parts) < 5 or parts[0] != "objs":
        return {}
    return {"kind": parts[3], "name": parts[4], "more": "/".join(parts[5:])}
