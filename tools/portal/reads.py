"""What a portal session reads beyond folders: one entry, pieces of files, versions, search hits, shares."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from cterasdk.cio.core.types import FetchResourcesParamBuilder, automatic_resolution
from cterasdk.core.types import ContentFilter, FilenameFilter, TypeFilter
from cterasdk.exceptions.transport import NotFound as HTTPNotFound

from tools.errors import InvalidArgument, NotFound, PortalDenied
from tools.paths import nothing_at
from tools.portal.addresses import Addressing
from tools.portal.downloads import read_range
from tools.portal.failures import guarded
from tools.portal.ports import Item, Page
from tools.portal.reading_ports import Details, Piece, Recipient, Search, Shares, Version
from tools.portal.texts import execute, flag, objects, whole

if TYPE_CHECKING:
    from tools.portal.texts import Value
    from tools.profile import Profile

MOST_HITS: Final = 200


class PortalReads(Addressing):
    """Fulfils `tools.portal.reading_ports.ReadingSession`; part of `PortalClient`."""

    _profile: Profile

    async def details(self, path: str) -> Details:
        """Ask what is at `path`; one round trip."""
        with guarded(self._profile.name):
            param = FetchResourcesParamBuilder().root(self._address(path)).depth(0).build()
            root = _root(await execute(self._sdk, "fetchResources", param), path)
            folder = root["cloudFolderInfo"] or {}
            return Details(
                item=item_of(root, self._sdk.context),
                permission=root.get("permission") or None,
                owner=folder.get("ownerFriendlyName"),
                cloud_folder=folder.get("name"),
                permalink=root["permalink"],
            )

    async def read_piece(self, address: str, *, offset: int, length: int, size: int | None) -> Piece:
        """Read a piece of a file; see `read_range`."""
        with guarded(self._profile.name):
            resolved = automatic_resolution(address.lstrip("/"), self._sdk.context).relative_encode
            try:
                return await read_range(self._sdk, resolved, offset=offset, length=length, size=size)
            except HTTPNotFound:
                raise NotFound("The file is no longer there. List its folder to see what is.") from None

    async def versions(self, path: str) -> tuple[Version, ...]:
        """The states that the portal keeps."""
        with guarded(self._profile.name):
            try:
                answer = await execute(self._sdk, "listSnapshots", self._address(path))
            except HTTPNotFound:
                raise nothing_at(path) from None
            return tuple(self._version(each) for each in objects(answer))

    def _version(self, found: dict[str, Value]) -> Version:
        address = relative(f"{found['url']}{found['path'] or ''}", self._sdk.context)
        return Version(address, flag(found["current"]), found["startTimestamp"], found["calculatedTimestamp"])

    async def search_page(self, path: str, wanted: Search, *, offset: int, limit: int) -> Page:
        """One page of hits; the portal compares names and content as it does for its own users."""
        with guarded(self._profile.name):
            kind = ContentFilter if wanted.in_content else FilenameFilter
            filters = [kind.contains(wanted.text)]
            if wanted.extension:
                filters.append(TypeFilter.eq(wanted.extension))
            builder = FetchResourcesParamBuilder().root(self._address(path)).depth("Infinity").searchFilters(filters)
            param = builder.limit(min(limit, MOST_HITS)).build()
            param.start = offset
            answer = await execute(self._sdk, "fetchResources", param)
            if not flag(_root(answer, path)["isFolder"]):
                raise InvalidArgument(f"'{path}' is not a folder. Search the folder that it is in.")
            hits = tuple(item_of(each, self._sdk.context) for each in objects(answer["items"]))
            return Page(hits, flag(answer["hasMore"]))

    async def shares(self, path: str) -> Shares:
        """With whom the entry is shared."""
        with guarded(self._profile.name):
            try:
                answer = await execute(self._sdk, "listShares", self._address(path))
            except HTTPNotFound:
                raise NotFound(
                    f"The portal keeps no shares for '{path}': it is not there, or it is above all cloud folders."
                ) from None
            return Shares(
                tuple(_recipient(each) for each in objects(answer["shares"] or [])),
                team_project=flag(answer["teamProject"]),
                allow_reshare=flag(answer["allowReshare"]),
                should_sync=flag(answer["shouldSync"]),
            )


def _root(answer: Value, path: str) -> dict[str, Value]:
    """The entry that was asked about; raises the tool error that the portal's word for trouble means."""
    error = answer["errorType"]
    if error == "PermissionDenied":
        raise PortalDenied(f"The portal does not let the account read '{path}'.")
    root = answer["root"]
    if error or root is None:
        raise nothing_at(path)
    if not isinstance(root, dict):
        raise TypeError("an entry that is no object")
    return root


def relative(href: str, context: str) -> str:
    """The absolute path below the session's root that an address means; raises `ValueError` for one elsewhere."""
    text, root = unquote(href), f"/{context}/webdav"
    if text != root and not text.startswith(f"{root}/"):
        raise ValueError("an address outside the files of this session")
    return "/" + text[len(root) :].strip("/")


def item_of(entry: dict[str, Value], context: str) -> Item:
    """A described entry; its name comes from its address, as a path must.

    Raises `KeyError` for one that lacks what every portal says of an entry, `ValueError` for what cannot be its value.
    """
    path = relative(entry["href"], context)
    is_dir, modified = flag(entry["isFolder"]), entry["lastmodified"]
    if "permalink" not in entry:
        raise KeyError("permalink")
    return Item(
        name=path.rsplit("/", 1)[-1],
        path=path,
        is_dir=is_dir,
        deleted=flag(entry["isDeleted"]),
        size=None if is_dir else whole(entry["size"]),
        modified=None if modified is None else datetime.fromisoformat(modified).isoformat(),
        id=entry.get("fileId"),
    )


def _recipient(share: dict[str, Value]) -> Recipient:
    invitee = share["invitee"] or {}
    name = invitee.get("friendlyName") or invitee.get("name") or invitee.get("email")
    return Recipient(name, invitee.get("type"), share.get("accessMode"), share.get("expiration"))
