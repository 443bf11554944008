"""Reading: folders page by page, one entry's metadata, search, earlier versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from tests.simulators.portal.markup import Obj, Value, iso, obj
from tests.simulators.portal.nodes import now
from tests.simulators.portal.places import VERSIONS, Place, Viewer, children
from tests.simulators.portal.state import Call, Portal, PortalError
from tests.simulators.portal.world import DNS_SUFFIX

MISSING = "DestinationNotExists"


def fetch_resources(portal: Portal, call: Call) -> Value:
    """Answer `fetchResources`: depth 0 is one entry, 1 a page of a folder, `Infinity` a search below it."""
    query = call.fields()
    deleted = query.flag("includeDeleted")
    place = call.place(query.text("root"), deleted=deleted)
    if place is None:
        # A choice: the SDK takes an empty `root` for "missing" at depth 0, and `errorType` at depth 1.
        return obj("FetchResourcesResponse", root=None, items=[], hasMore=False, errorType=MISSING)
    items, more = _items(query, place, deleted=deleted)
    return obj(
        "FetchResourcesResponse",
        root=resource(call.viewer, place),
        items=[resource(call.viewer, one) for one in items],
        hasMore=more,
        errorType=None,
    )


def _items(query: Obj, place: Place, *, deleted: bool) -> tuple[Sequence[Place], bool]:
    depth, start, limit = query.text("depth", "1"), query.number("start"), query.number("limit", 100)
    if depth == "0":
        return (), False
    if depth == "1":
        entries = children(place, deleted=deleted)
    else:
        wanted = _predicate(query.objs("searchFilters"))
        entries = [one for one in _below(place) if wanted(one)]
    return entries[start : start + limit], start + limit < len(entries)


def _below(place: Place) -> Iterator[Place]:
    for one in children(place):
        yield one
        if one.is_dir:
            yield from _below(one)


def _predicate(filters: Iterable[Obj]) -> Callable[[Place], bool]:
    tests = [_test(one.text("field"), one.text("operator"), one.text("value")) for one in filters]
    return lambda place: all(test(place) for test in tests)


def _test(field: str, operator: str, value: str) -> Callable[[Place], bool]:
    # A choice: names and extensions are compared without regard to case, as people expect of a search.
    wanted = value.casefold()
    if field == "content":
        return lambda place: not place.is_dir and wanted in place.content().decode("latin-1").casefold()
    read = _extension if field == "extension" else _name
    if operator == "contains":
        return lambda place: wanted in read(place)
    if operator == "neq":
        return lambda place: read(place) != wanted
    return lambda place: read(place) == wanted


def _name(place: Place) -> str:
    return place.name.casefold()


def _extension(place: Place) -> str:
    return place.name.casefold().rpartition(".")[2] if "." in place.name and not place.is_dir else ""


def resource(viewer: Viewer, place: Place) -> Obj:
    """Describe one entry with every attribute that the SDK insists on."""
    node, tenant = place.node, viewer.tenant
    host = f"{tenant.name if tenant else 'www'}.{DNS_SUFFIX}"
    return obj(
        "ResourceInfo",
        name=place.name,
        href=viewer.href(place.parts),
        isFolder=place.is_dir,
        isDeleted=node is not None and node.deleted,
        size=None if node is None or node.is_dir else node.size,
        fileId=node.file_id if node else None,
        lastmodified=iso(node.modified) if node else None,
        permalink=f"https://{host}/ServicesPortal/permalink/{node.file_id}" if node else None,
        scope=place.scope,
        permission=place.permission,
        cloudFolderInfo=_cloud_folder(place),
    )


def _cloud_folder(place: Place) -> Obj | None:
    folder = place.folder
    if folder is None:
        return None
    return obj(
        "CloudFolderInfo",
        uid=folder.uid,
        name=folder.name,
        groupUid=folder.group_uid,
        passphraseProtected=False,
        ownerUid=folder.owner.uid,
        ownerFriendlyName=folder.owner.full_name,
    )


def list_snapshots(portal: Portal, call: Call) -> Value:
    """Answer `listSnapshots`: the current version first, then the earlier ones, newest first (a choice)."""
    place = call.place(call.text())
    if place is None or place.node is None:
        raise PortalError(404, "Resource does not exist")
    viewer, parts = call.viewer, place.parts
    top = _folder_depth(place)
    nodes = [place.node, *place.node.stored()] if place.node.is_dir else [place.node]
    stamps = sorted({version.since for node in nodes for version in node.history}, reverse=True)
    ends = [place.node.modified, *stamps]
    answers = [_snapshot(viewer.href(parts), "", place.node.modified, now(), current=True)]
    for stamp, end in zip(stamps, ends, strict=False):
        url = viewer.href((*parts[:top], VERSIONS, stamp.strftime("%Y%m%dT%H%M%S")))
        rest = "".join(f"/{quote(part)}" for part in parts[top:])
        answers.append(_snapshot(url, rest, stamp, max(end, stamp + timedelta(seconds=1)), current=False))
    return answers


def _folder_depth(place: Place) -> int:
    """How many segments lead to the cloud folder (or share) that the place lies in."""
    # `Users/<owner>/<folder>`, `Shared With Me/<owner>/<folder>`, `My Files`, or a project's own name.
    return 3 if place.parts[0] in ("Users", "Shared With Me") else 1


def _snapshot(url: str, path: str, since: datetime, until: datetime, *, current: bool) -> Obj:
    return obj(
        "SnapshotResp",
        url=url,
        path=path,
        current=current,
        startTimestamp=iso(since),
        calculatedTimestamp=iso(until),
    )
