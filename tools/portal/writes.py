"""The changes a session can make at once: folders, uploads, links; and looking before them.

Requests are sent as the SDK sends them, past its commands: those share parameters between threads, take a missing
answer for success, and lose the cause of a refused upload (cterasdk 2.20).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from cterasdk.cio.core.types import CreateShareParam, FetchResourcesParamBuilder, automatic_resolution
from cterasdk.clients.clients import AsyncClient
from cterasdk.clients.common import Serializers
from cterasdk.clients.errors import XMLHandler
from cterasdk.common import Object
from cterasdk.core.enum import FileAccessMode, UploadError
from cterasdk.exceptions.transport import NotFound as HTTPNotFound

from tools.errors import Conflict, InvalidArgument, NotFound, PortalDenied, PortalUnavailable, ToolError
from tools.paths import nothing_at
from tools.portal.addresses import Addressing
from tools.portal.failures import guarded
from tools.portal.session import attributes, value
from tools.portal.tasks import state_of, task_parameter, task_reference
from tools.portal.write_ports import Found, Step, TaskState, Work
from tools.profile import GLOBAL_TENANT, Profile

WIRE_NAMES: Final = {
    Work.COPY: "copyResources",
    Work.MOVE: "moveResources",
    Work.DELETE: "deleteResources",
    Work.RECOVER: "restoreResources",
}
OUT_OF_QUOTA: Final = frozenset(
    {UploadError.UserQuotaViolation, UploadError.PortalQuotaViolation, UploadError.FolderQuotaViolation}
)
QUOTA_REMEDY: Final = "The quota for '{path}' is used up. Free space there, or ask an administrator for more."


class Writes(Addressing):
    """Fulfils `tools.portal.write_ports.WritingSession`; mixed into the client."""

    _profile: Profile
    _tenant: str

    async def look(self, path: str, *, deleted: bool = False) -> Found | None:
        """One round trip; an entry's name comes from its address, since the SDK reads names like `007` as numbers."""
        with guarded(self._profile.name):
            builder = FetchResourcesParamBuilder().root(self._address(path)).depth(0)
            answer = await self._sdk.v1.api.execute(
                "", "fetchResources", (builder.include_deleted() if deleted else builder).build()
            )
            if answer.errorType is not None and str(answer.errorType) == "PermissionDenied":
                raise PortalDenied(f"The portal does not let the account see '{path}'.")
            return None if answer.root is None else _found(path, answer.root)

    async def make_folder(self, path: str) -> None:
        """The portal answers with a word, whatever comes of it; one that is no answer at all is not taken for `Ok`."""
        above, _, name = path.rpartition("/")
        with guarded(self._profile.name):
            wanted = Object()
            wanted.name, wanted.parentPath = name, self._address(above)
            word = value(await self._text_of_call("makeCollection", wanted))
            if word not in {"", "Ok"}:
                raise folder_refusal(word, path)

    async def start(self, work: Work, steps: Sequence[Step], *, replacing: TaskState | None = None) -> str:
        """One round trip; raises `ValueError`, guarded, for an answer that names no task: the work may have begun."""
        with guarded(self._profile.name):
            pairs = [(self._address(one.source), one.target and self._address(one.target)) for one in steps]
            parameter = task_parameter(pairs, replacing)
            return task_reference(value(await self._text_of_call(WIRE_NAMES[work], parameter)))

    async def task_state(self, reference: str) -> TaskState:
        """In a Team Portal a method answers, in global administration an address."""
        with guarded(self._profile.name):
            if self._profile.scope == "admin" and self._tenant == GLOBAL_TENANT:
                return state_of(await self._sdk.v1.api.get(f"/{reference}"))
            return state_of(await self._sdk.v1.api.execute("", "getTaskStatus", reference))

    async def upload(self, path: str, content: bytes, folder: str) -> None:
        """The whole content is in memory; its size is bounded by the tool."""
        place = automatic_resolution(path.lstrip("/"), self._sdk.context)
        name = path.rpartition("/")[2]
        form = {
            "name": name,
            "Filename": name,
            "fullpath": self._sdk.io.builder(place.relative_encode),
            "fileSize": str(len(content)),
            "file": io.BytesIO(content),
        }
        with guarded(self._profile.name):
            answer = await AsyncClient.form_data(self._sdk.io._upload, folder, form, on_error=XMLHandler())
            said = attributes(await answer.text())
            if int(said["rc"] or 0) != 0:
                raise upload_refusal(said.get("msg") or "", path)

    async def make_link(self, path: str, access: str, until: date) -> str:
        """One round trip; the link is made by the account that does the work."""
        with guarded(self._profile.name):
            mode = getattr(FileAccessMode, access)
            wanted = CreateShareParam(self._address(path), mode, until.strftime("%Y-%m-%d"))
            try:
                link = attributes(await self._text_of_call("createShare", wanted))["publicLink"]
            except HTTPNotFound:
                raise nothing_at(path) from None
            if not link:
                raise ValueError("no link")
            return link

    async def _text_of_call(self, name: str, parameter: Any) -> str:
        """The text of the answer to a method of the portal; the SDK would make numbers and None of it."""
        envelope = Object()
        envelope.type, envelope.name, envelope.param = "user-defined", name, parameter
        answer = await AsyncClient.post(
            self._sdk.v1.api, "", envelope, data_serializer=Serializers.XML, on_error=XMLHandler()
        )
        text: str = await answer.text()
        return text


def _found(path: str, resource: Any) -> Found:
    folder, number, size = resource.cloudFolderInfo, getattr(resource, "fileId", None), resource.size
    is_dir = bool(resource.isFolder)
    return Found(
        path=path,
        is_dir=is_dir,
        deleted=bool(resource.isDeleted),
        size=None if is_dir or size is None else int(size),
        id=None if number is None else str(number),
        folder=None if folder is None else str(folder.uid),
    )


def folder_refusal(word: str, path: str) -> ToolError:
    """Why a folder was not made, by the portal's word."""
    above = path.rpartition("/")[0] or "/"
    if word == "FileWithTheSameNameExist":
        return Conflict(f"There is already an item at '{path}'. Use it, or choose another name.")
    if word == "DestinationNotExists":
        return NotFound(f"There is no folder '{above}'. Make it first, or use ctera_portal_makedirs.")
    if word in {"ReservedName", "InvalidName"}:
        return InvalidArgument(f"The portal does not take the name of '{path}'. Choose another name.")
    if word == "PermissionDenied":
        return PortalDenied(f"The portal does not let the account make a folder in '{above}'.")
    return PortalUnavailable(f"The portal did not make the folder '{path}' and gave no reason that is known here.")


def upload_refusal(message: str, path: str) -> ToolError:
    """Why a file was not stored, by the portal's message."""
    if message in OUT_OF_QUOTA:
        return PortalDenied(QUOTA_REMEDY.format(path=path))
    if message == UploadError.RejectedByPolicy:
        return PortalDenied(
            f"A rule of the portal does not take the file '{path}'. Ask an administrator of the portal."
        )
    if message == UploadError.WindowsACL:
        return PortalDenied(f"The folder of '{path}' is ruled by Windows permissions and takes no uploads here.")
    if message.startswith(UploadError.NoStorageBucket):
        return PortalUnavailable("The portal has no storage for the file at the moment. Try again later.")
    words = message.casefold()
    if "same name" in words:
        return Conflict(f"A folder is already at '{path}'. Choose another name.")
    if "permission" in words or "denied" in words:
        return PortalDenied(f"The portal does not let the account store '{path}'.")
    if "not exist" in words:
        return NotFound(f"The folder of '{path}' is gone. List its parent folder to see what is there.")
    return PortalUnavailable(f"The portal did not store '{path}' and gave no reason that is known here.")
