"""Reports and logs for administrators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

from tests.simulators.portal.inventory import Row, administrators_only, groups, locations, page, size, tenant_row
from tests.simulators.portal.markup import Obj, Value, iso, obj
from tests.simulators.portal.nodes import EPOCH
from tests.simulators.portal.state import Call, Portal, PortalError
from tests.simulators.portal.world import Tenant

SEVERITIES = ("emergency", "alert", "critical", "error", "warning", "notice", "info", "debug")


def report(portal: Portal, call: Call) -> Value:
    """Answer a stored report; the SDK hands it on as it is, so its fields are a choice."""
    administrators_only(call)
    rows = REPORTS.get(call.path.rpartition("/")[2])
    if rows is None:
        raise PortalError(404, "Report not found")
    tenants = [call.session.tenant] if call.session.tenant else list(portal.world.tenants.values())
    entries = [Obj("", row) for row in rows(portal, tenants)]
    return obj("StatisticsReport", generated=iso(EPOCH), completed=True, entries=entries)


def _storage_rows(portal: Portal, tenants: Sequence[Tenant]) -> Sequence[Row]:
    return [{**row, "usedBytes": sum(size(f.root) for t in tenants for f in t.folders)} for row in locations(portal)]


def _portal_rows(portal: Portal, tenants: Sequence[Tenant]) -> Sequence[Row]:
    return [tenant_row(one) for one in tenants]


def _folder_rows(portal: Portal, tenants: Sequence[Tenant]) -> Sequence[Row]:
    return [
        {"portal": tenant.name, "name": folder.name, "owner": folder.owner.name, "size": size(folder.root)}
        for tenant in tenants
        for folder in tenant.folders
    ]


def _group_rows(portal: Portal, tenants: Sequence[Tenant]) -> Sequence[Row]:
    return [{"portal": tenant.name, **row} for tenant in tenants for row in groups(tenant)]


REPORTS: dict[str, Callable[[Portal, Sequence[Tenant]], Sequence[Row]]] = {
    "storageLocationsStatisticsReport": _storage_rows,
    "portalsStatisticsReport": _portal_rows,
    "foldersStatisticsReport": _folder_rows,
    "folderGroupsStatisticsReport": _group_rows,
}


def query_logs(portal: Portal, call: Call) -> Value:
    """Page through the portal's own log: what was asked of it (topic `access`), and a few system entries."""
    administrators_only(call)
    query = call.fields()
    worst = SEVERITIES.index(query.text("minSeverity", "info"))
    tenant = call.session.tenant
    rows = [
        row
        for row in _log_rows(portal)
        if row["topic"] == query.text("topic", "system")
        and SEVERITIES.index(str(row["severity"])) <= worst
        and (tenant is None or row["portal"] in (tenant.name, ""))
    ]
    return page(query, rows, key="logs", classname="LogRecord")


def _log_rows(portal: Portal) -> Iterator[Row]:
    for entry in reversed(portal.journal.entries):
        yield {
            "time": entry.time,
            "topic": "access",
            "severity": "info" if entry.status < 400 else "warning",
            "originType": "Portal",
            "origin": "MainDB",
            "portal": entry.tenant if entry.tenant != "-" else "",
            "user": entry.account,
            "message": f"{entry.name} {entry.path}".strip(),
        }
    for number in range(120):
        yield {
            "time": iso(EPOCH + timedelta(minutes=number)),
            "topic": "system",
            "severity": "error" if number % 10 == 0 else "info",
            "originType": "Portal" if number % 3 else "Device",
            "origin": "MainDB" if number % 3 else "filer-acme",
            "portal": "",
            "user": "",
            "message": f"System message {number}",
        }
