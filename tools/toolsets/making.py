"""Making folders, and storing content that a model has written."""

from __future__ import annotations

import base64
import binascii
from typing import Final

from tools.errors import ClosedByPolicy, Conflict, InvalidArgument, TooLarge
from tools.paths import parent_of
from tools.spec import DRY_RUN, JSON, PREFIX, PathArgument, PathRole, Place, ToolCall, Toolset, ToolSpec
from tools.toolsets.changing import (
    OVERWRITE,
    REHEARSE,
    SOME_PATH,
    change,
    look,
    name_of,
    refuse_name,
    refuse_root,
    room_for,
    seen_in_its_folder,
)
from tools.toolsets.schemas import PATH, answer, arguments

MOST_LEVELS: Final = 40
"""Folders that one call makes at most, one in the other."""
MAKE_AGAIN: Final = "The same call may be made again: it makes only what is missing."
MOST_TEXT: Final = 4 * 1024 * 1024
PLACED: JSON = {"portal": {"type": "string"}, "tenant": {"type": "string"}, "path": {"type": "string"}}


def _placed(call: ToolCall, path: str) -> JSON:
    return {"portal": call.at.portal, "tenant": call.at.tenant, "path": path}


async def _create_directory(call: ToolCall) -> JSON:
    path = call.arguments["path"]
    refuse_root("path", path)
    refuse_name("path", name_of(path))
    await change(call.at, lambda session: session.make_folder(path), seen_in_its_folder(path))
    return _placed(call, path)


async def _makedirs(call: ToolCall) -> JSON:
    """Each folder that is missing is decided like the last one: none is made where policy closes it."""
    place, path = call.at, call.arguments["path"]
    refuse_root("path", path)
    missing = await _missing(place, path)
    for folder in missing:
        refuse_name("path", name_of(folder))
        if not place.shows(folder):
            raise ClosedByPolicy(
                f"Making '{path}' would also make '{folder}', which is closed to you by policy. Ask for a folder whose "
                "parent exists."
            )
    for folder in missing:
        await _made(place, folder)
    return {**_placed(call, path), "created": missing}


async def _made(place: Place, folder: str) -> None:
    """Somebody else may make the same folder at the same moment."""
    try:
        await change(place, lambda session: session.make_folder(folder), MAKE_AGAIN)
    except Conflict:
        found = await look(place, folder)
        if found is None or not found.is_dir:
            raise


async def _missing(place: Place, path: str) -> list[str]:
    """The folders that are not there, from the top; raises `Conflict` when a file is in the way."""
    missing: list[str] = []
    at = path
    while at != "/":
        found = await look(place, at)
        if found is not None and not found.is_dir:
            raise Conflict(f"'{at}' is a file, so no folder can be made there. Choose another path.")
        if found is not None:
            break
        missing.insert(0, at)
        if len(missing) > MOST_LEVELS:
            raise InvalidArgument(
                f"Argument 'path': more than {MOST_LEVELS} folders would be made. Make them in parts."
            )
        at = parent_of(at)
    return missing


async def _upload(call: ToolCall) -> JSON:
    place, wanted = call.at, call.arguments
    path, overwrite = wanted["filepath"], wanted["overwrite"]
    refuse_root("filepath", path)
    refuse_name("filepath", name_of(path))
    content = _content(wanted["content"], wanted["encoding"], call.writing.bounds.upload_bytes)
    there, folder = await room_for(place, "filepath", path, overwrite=overwrite)
    if not wanted[DRY_RUN]:
        seen = f"{seen_in_its_folder(path)} Its size is then {len(content)} bytes."
        await change(place, lambda session: session.upload(path, content, folder), seen)
    return {
        **_placed(call, path),
        "size": len(content),
        "replaced": there is not None,
        "replaced_size": None if there is None else there.size,
        "dry_run": wanted[DRY_RUN],
    }


def _content(text: str, encoding: str, most: int) -> bytes:
    try:
        content = base64.b64decode(text, validate=True) if encoding == "base64" else text.encode()
    except (binascii.Error, ValueError):
        remedy = "is not base64" if encoding == "base64" else "holds characters that are no text"
        raise InvalidArgument(f"Argument 'content' {remedy}. Correct it, or set encoding accordingly.") from None
    if len(content) > most:
        raise TooLarge(f"The content is {len(content)} bytes; at most {most} can be uploaded this way.")
    return content


CREATE_DIRECTORY = ToolSpec(
    name=f"{PREFIX}create_directory",
    toolset=Toolset.WRITE,
    title="Make a folder",
    description=(
        "Makes one folder in a folder that exists. Pass the path of the new folder; it comes back as it was made. On "
        "conflict the name is in use; on not_found the parent is missing: use ctera_portal_makedirs to make it too."
    ),
    input_schema=arguments({"path": SOME_PATH}, required=("path",)),
    output_schema=answer(PLACED),
    run=_create_directory,
    paths=(PathArgument("path", PathRole.TARGET),),
    read_only=False,
    idempotent=False,
)

MAKEDIRS = ToolSpec(
    name=f"{PREFIX}makedirs",
    toolset=Toolset.WRITE,
    title="Make a folder with its parents",
    description=(
        "Makes a folder and those above it that are missing. A folder that is there already is fine: created tells "
        "which were made. On conflict a file is in the way. If it fails half-way, the folders made so far stay; the "
        "same call goes on from there."
    ),
    input_schema=arguments({"path": SOME_PATH}, required=("path",)),
    output_schema=answer({**PLACED, "created": {"type": "array", "items": {"type": "string"}}}),
    run=_makedirs,
    paths=(PathArgument("path", PathRole.TARGET),),
    read_only=False,
)

UPLOAD_FROM_CONTENT = ToolSpec(
    name=f"{PREFIX}upload_from_content",
    toolset=Toolset.WRITE,
    title="Write a file",
    description=(
        "Stores a small file whose content you pass: text as it is, anything else as base64 with encoding='base64'. "
        "The folder must exist. A file of the same name is only replaced with overwrite=true (the portal keeps the old "
        "one as a version). On too_large write less; on portal_denied the quota or a rule of the portal stands in the "
        "way; on outcome_unknown look whether the file is there before trying again. With dry_run=true nothing is "
        "stored."
    ),
    input_schema=arguments(
        {
            "filepath": {**SOME_PATH, "description": f"Path of the file, its name included. {PATH['description']}"},
            "content": {"type": "string", "maxLength": MOST_TEXT, "description": "What the file shall hold."},
            "encoding": {
                "type": "string",
                "enum": ["text", "base64"],
                "default": "text",
                "description": "text: content is stored in UTF-8. base64: content is decoded first.",
            },
            **OVERWRITE,
            **REHEARSE,
        },
        required=("filepath", "content"),
    ),
    output_schema=answer(
        {
            **PLACED,
            "size": {"type": "integer", "description": "bytes"},
            "replaced": {"type": "boolean"},
            "replaced_size": {"type": ["integer", "null"], "description": "bytes of the file that was replaced"},
            "dry_run": {"type": "boolean", "description": "true: nothing was stored"},
        }
    ),
    run=_upload,
    paths=(PathArgument("filepath", PathRole.TARGET),),
    read_only=False,
    destructive=True,
    idempotent=False,
)

TOOLS = (CREATE_DIRECTORY, MAKEDIRS, UPLOAD_FROM_CONTENT)
