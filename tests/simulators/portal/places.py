"""What one session sees where: the same tree has other addresses for administrators, owners and guests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote, unquote

from tests.simulators.portal.nodes import Node
from tests.simulators.portal.world import Account, CloudFolder, Share, Tenant

READ_WRITE, READ_ONLY, NONE = "ReadWrite", "ReadOnly", "None"
VERSIONS = ".versions"
"""A choice: the SDK only needs a snapshot's address to begin with the webdav root."""


quoted = lru_cache(maxsize=4096)(quote)
"""A page of a folder repeats the same segments a hundred times."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose eyes: an account, in a context, in a Team Portal (none: global administration)."""

    account: Account
    context: str
    tenant: Tenant | None

    @property
    def root(self) -> str:
        """The webdav address that every path of this viewer begins with."""
        return f"/{self.context}/webdav"

    def href(self, parts: Sequence[str]) -> str:
        """Render an address as the portal does: percent-encoded under the webdav root."""
        return "/".join([self.root, *map(quoted, parts)])

    def parts(self, href: str) -> tuple[str, ...] | None:
        """Read an address; None where it is not below this viewer's webdav root."""
        if href != self.root and not href.startswith(self.root + "/"):
            return None
        # A choice: `.` and empty segments vanish, `..` is an ordinary name that nothing has.
        return tuple(unquote(part) for part in href[len(self.root) :].split("/") if part not in ("", "."))


@dataclass(frozen=True, slots=True)
class Place:
    """One address that exists for a viewer: a node, or a container above all cloud folders."""

    parts: tuple[str, ...]
    scope: str
    permission: str = NONE
    node: Node | None = None
    folder: CloudFolder | None = None
    inside: tuple[Place, ...] = ()
    as_of: datetime | None = field(default=None)

    @property
    def name(self) -> str:
        """The last segment of the address."""
        return self.parts[-1] if self.parts else ""

    @property
    def is_dir(self) -> bool:
        """Containers count as folders."""
        return self.node is None or self.node.is_dir

    @property
    def writable(self) -> bool:
        """Whether the viewer may change what is here."""
        return self.permission == READ_WRITE and self.as_of is None

    def content(self) -> bytes:
        """What is in the file, now or as of a snapshot."""
        assert self.node is not None
        moment = self.as_of
        if moment is None or self.node.modified <= moment or not self.node.history:
            return self.node.read()
        earlier = [one for one in self.node.history if one.since <= moment] or self.node.history[:1]
        return earlier[-1].content


def locate(viewer: Viewer, parts: tuple[str, ...], *, deleted: bool = False) -> Place | None:
    """Find what a viewer has at an address; None where there is nothing or nothing for this viewer."""
    place: Place | None = _top(viewer)
    for part in parts:
        if place is None:
            return None
        place = _step(place, part, deleted=deleted)
    return place


def children(place: Place, *, deleted: bool = False) -> Sequence[Place]:
    """The entries of a place, in listing order."""
    if place.node is None:
        return place.inside
    if not place.node.is_dir:
        return ()
    return LazyPlaces(place, place.node.entries(deleted=deleted))


class LazyPlaces(Sequence[Place]):
    """Places over nodes, made when somebody looks: a folder may have a hundred thousand."""

    def __init__(self, parent: Place, nodes: Sequence[Node]) -> None:
        self._parent = parent
        self._nodes = nodes

    def __len__(self) -> int:
        """How many there are."""
        return len(self._nodes)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        """One place or a slice of them."""
        if isinstance(index, slice):
            return [_below(self._parent, node) for node in self._nodes[index]]
        return _below(self._parent, self._nodes[index])


def _below(place: Place, node: Node) -> Place:
    parts = (*place.parts, node.name)
    return Place(parts, "InsideCloudFolder", place.permission, node, place.folder, as_of=place.as_of)


def _step(place: Place, part: str, *, deleted: bool) -> Place | None:
    if place.node is None:
        return next((one for one in place.inside if one.name == part), None)
    if part == VERSIONS and place.scope != "InsideCloudFolder":
        return Place((*place.parts, part), "CloudDrivesContainer", READ_ONLY, None, place.folder, _snapshots(place))
    # Below a deleted folder everything is deleted, but it lies there as its ordinary child.
    node = place.node.child(part, deleted=deleted)
    return None if node is None else _below(place, node)


def _snapshots(place: Place) -> tuple[Place, ...]:
    assert place.node is not None
    stamps = sorted({version.since for node in place.node.stored() for version in node.history})
    return tuple(
        Place(
            (*place.parts, VERSIONS, stamp.strftime("%Y%m%dT%H%M%S")),
            "Personal",
            READ_ONLY,
            place.node,
            place.folder,
            as_of=stamp,
        )
        for stamp in stamps
    )


def _top(viewer: Viewer) -> Place:
    if viewer.tenant is None:
        # A choice: global administration itself holds no files, only an empty `Users`.
        return Place((), "Root", inside=(Place(("Users",), "UsersContainer"),))
    if viewer.context == "admin":
        return _administrators_top(viewer, viewer.tenant)
    return _users_top(viewer.account, viewer.tenant)


def _administrators_top(viewer: Viewer, tenant: Tenant) -> Place:
    if viewer.account.role == "Support":  # the role without access to end users' folders
        return Place((), "Root", inside=(Place(("Users",), "UsersContainer"),))
    writes = viewer.account.role == "ReadWriteAdmin" and not tenant.read_only
    permission = READ_WRITE if writes else READ_ONLY
    owners = []
    for owner in tenant.users.values():
        at = ("Users", owner.full_name)
        folders = tenant.folders_of(owner).values()
        inside = tuple(Place((*at, one.name), "Personal", permission, one.root, one) for one in folders)
        owners.append(Place(at, "UsersFoldersContainer", inside=inside))
    users = Place(("Users",), "UsersContainer", inside=tuple(owners))
    return Place((), "Root", inside=(users,))


def _users_top(account: Account, tenant: Tenant) -> Place:
    own = tenant.folders_of(account)["My Files"]
    permission = READ_ONLY if tenant.read_only else READ_WRITE  # a choice: everything is there, nothing can be changed
    projects = [folder for folder in tenant.folders if folder.project]
    inside = [
        Place(("My Files",), "Personal", permission, own.root, own),
        # A choice: a folder that is a project stands at the top of every user of its Team Portal.
        *(Place((one.name,), "Project", permission, one.root, one) for one in projects),
        _shared_with(account, tenant.shares),
    ]
    return Place((), "Root", inside=tuple(inside))


def _shared_with(account: Account, shares: Sequence[Share]) -> Place:
    at = ("Shared With Me",)
    by_owner: dict[str, list[Place]] = {}
    for one in shares:
        if one.recipient is account:
            name = one.folder.owner.full_name
            place = Place((*at, name, one.node.name), "Shared", one.permission, one.node, one.folder)
            by_owner.setdefault(name, []).append(place)
    owners = [Place((*at, name), "SharedDomain", inside=tuple(places)) for name, places in by_owner.items()]
    return Place(at, "SharedContainer", inside=tuple(owners))
