"""Lists for administrators: Team Portals, users, cloud folders, devices, servers, reports, logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from tests.simulators.portal.markup import Obj, Value, obj
from tests.simulators.portal.nodes import Node
from tests.simulators.portal.state import Call, Portal, PortalError
from tests.simulators.portal.world import Account, CloudFolder, Tenant

GIB = 1024**3
Row = dict[str, Value]


def administrators_only(call: Call) -> None:
    """Refuse end users."""
    if call.context != "admin":
        raise PortalError(403, "Permission denied")


def portals_display_info(portal: Portal, call: Call) -> Value:
    """Page through the Team Portals; only global administration may (a choice: 403 elsewhere)."""
    administrators_only(call)
    if call.session.tenant is not None:
        raise PortalError(403, "Available in global administration only")
    query = call.fields()
    tenants = [] if query.flag("isTrashcan") else list(portal.world.tenants.values())
    return page(query, [tenant_row(one) for one in tenants], classname="PortalDisplayInfo")


def tenant_row(tenant: Tenant) -> Row:
    """Describe a Team Portal."""
    used = sum(size(folder.root) for folder in tenant.folders)
    return {
        "uid": tenant.uid,
        "name": tenant.name,
        "portalType": "team",
        "activationStatus": "Activated",
        "numberOfUsers": len(tenant.users),
        "numberOfConnectedDevices": len(tenant.devices),
        "usedStorageQuota": used,
        "totalStorageQuota": 100 * GIB,
        "isDefault": tenant.name == "acme",
        "plan": None,
    }


def size(root: Node) -> int:
    """Add up what is below a folder."""
    return sum(node.size for node in root.stored())


def page(query: Obj, rows: Sequence[Row], *, key: str = "objects", classname: str = "") -> Obj:
    """Cut one page; only the fields that `include` names travel, all of them where it is missing."""
    start, limit = query.number("startFrom"), query.number("countLimit", 50)
    include = query.texts("include")
    chosen = [row for row in rows if _fits(row, query)]
    page = [_pick(row, include, classname) for row in chosen[start : start + limit]]
    return Obj("QueryResult", {key: page, "hasMore": start + limit < len(chosen)})


def _pick(row: Row, include: Iterable[str], classname: str) -> Obj:
    wanted = list(include)
    return Obj(classname, {name: row.get(name) for name in wanted} if wanted else dict(row))


def _fits(row: Row, query: Obj) -> bool:
    checks = [_check(row, one) for one in query.objs("filters")]
    if not checks:
        return True
    return any(checks) if query.flag("orFilter") else all(checks)


def _check(row: Row, condition: Obj) -> bool:
    value, wanted = str(row.get(condition.text("field"), "")), condition.text("value")
    comparisons: dict[str, Callable[[], bool]] = {
        "eq": lambda: value == wanted,
        "ne": lambda: value != wanted,
        "like": lambda: wanted.casefold() in value.casefold(),
        "notLike": lambda: wanted.casefold() not in value.casefold(),
        "ge": lambda: value >= wanted,  # times in ISO 8601 compare as text
        "gt": lambda: value > wanted,
        "le": lambda: value <= wanted,
        "lt": lambda: value < wanted,
    }
    return comparisons[condition.text("restriction", "eq")]()


def database(portal: Portal, call: Call) -> Value:
    """Answer a `db` call: `query` pages through a collection, `get-multi` reads attributes of one object."""
    tenant, path = _scope(portal, call)
    if call.names[-1] == "get-multi":
        return _get_multi(_object(portal, call, tenant, path), call)
    rows = _collection(portal, call, tenant, path)
    query = call.fields()
    owner = query.text("ownedBy")
    return page(query, [row for row in rows if not owner or str(row.get("ownerUid")) == owner])


def _scope(portal: Portal, call: Call) -> tuple[Tenant | None, str]:
    """Split `portals/<name>/…` from a path; without it the session's own Team Portal is meant."""
    parts = call.path.split("/")
    if parts[0] == "portals" and len(parts) > 1:
        administrators_only(call)
        tenant = portal.world.tenants.get(parts[1])
        if tenant is None:
            raise PortalError(404, "Portal not found")
        return tenant, "/".join(parts[2:])
    return call.session.tenant, call.path


def _get_multi(row: Row, call: Call) -> Obj:
    names = [name.lstrip("/") for name in call.param if isinstance(name, str)] if isinstance(call.param, list) else []
    # A missing object answers with empty attributes: the SDK looks at `name` to find out.
    return Obj("", {name: row.get(name) for name in names})


def _object(portal: Portal, call: Call, tenant: Tenant | None, path: str) -> Row:
    collection, _, name = path.partition("/")
    if not collection and tenant is not None:
        return tenant_row(tenant)
    rows = _collection(portal, call, tenant, collection)
    return next((row for row in rows if row.get("name") == name), {})


def _collection(portal: Portal, call: Call, tenant: Tenant | None, path: str) -> Sequence[Row]:
    administrators_only(call)
    if path in GLOBAL:
        return GLOBAL[path](portal)
    if path == "devices" and call.param is not None and call.fields().flag("allPortals"):
        return [row for one in portal.world.tenants.values() for row in _devices(one)]
    if path not in LOCAL:
        raise PortalError(404, "Object not found")
    # A choice: global administration itself has no users, folders or devices of its own.
    return LOCAL[path](tenant) if tenant else []


def _users(tenant: Tenant) -> Sequence[Row]:
    return [_user(one) for one in tenant.users.values()]


def _user(account: Account) -> Row:
    return {
        "uid": account.uid,
        "name": account.name,
        "email": f"{account.name}@{account.tenant.name if account.tenant else 'admin'}.test",
        "firstName": account.first_name,
        "lastName": account.last_name,
        "role": account.role,
        "status": "Enabled",
    }


def _reference(account: Account) -> str:
    """Name an account as the portal refers to objects: number, Team Portal, class, name."""
    return f"objs/{account.uid}/{account.tenant.name if account.tenant else ''}/PortalUser/{account.name}"


def _cloud_drives(tenant: Tenant) -> Sequence[Row]:
    return [_cloud_drive(one) for one in tenant.folders]


def _cloud_drive(folder: CloudFolder) -> Row:
    nodes = list(folder.root.stored())
    stats = obj("FolderStats", cloudFolderSize=sum(n.size for n in nodes), totalFiles=sum(not n.is_dir for n in nodes))
    return {
        "uid": folder.uid,
        "name": folder.name,
        "owner": _reference(folder.owner),
        "ownerUid": folder.owner.uid,
        "folderStats": stats,
        "folderQuota": -1,
        "isDeleted": False,
        "wormSettings": None,
    }


def groups(tenant: Tenant) -> Sequence[Row]:
    return [{"uid": one.group_uid, "name": f"{one.owner.name}-{one.name}"} for one in tenant.folders]


def _devices(tenant: Tenant) -> Sequence[Row]:
    return [
        {
            "uid": tenant.uid * 1000 + number,
            "name": name,
            "portal": f"objs/{tenant.uid}/{tenant.name}/TeamPortal/{tenant.name}",
            "deviceType": "vGateway",
            "version": "7.8.2134.2",
            "remoteAccessUrl": None,
            "deviceConnectionStatus": obj("DeviceConnectionStatus", connected=number % 2 == 0),
        }
        for number, name in enumerate(tenant.devices)
    ]


def _servers(portal: Portal) -> Sequence[Row]:
    return [{"uid": 1, "name": "MainDB", "connected": True, "isApplicationServer": True}]


def locations(portal: Portal) -> Sequence[Row]:
    return [{"uid": 2, "name": "bucket-1", "storage": "S3Compatible", "status": "OK", "readOnly": False}]


def _plans(portal: Portal) -> Sequence[Row]:
    return [{"uid": 3, "name": "Standard"}]


def _portals(portal: Portal) -> Sequence[Row]:
    return [tenant_row(one) for one in portal.world.tenants.values()]


def _administrators(portal: Portal) -> Sequence[Row]:
    return [_user(one) for one in portal.world.admins.values()]


LOCAL: dict[str, Callable[[Tenant], Sequence[Row]]] = {
    "users": _users,
    "cloudDrives": _cloud_drives,
    "foldersGroups": groups,
    "devices": _devices,
}
GLOBAL: dict[str, Callable[[Portal], Sequence[Row]]] = {
    "servers": _servers,
    "locations": locations,
    "plans": _plans,
    "portals": _portals,
    "teamPortals": _portals,
    "administrators": _administrators,
}
