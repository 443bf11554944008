"""Files that are too large for a model: one-use links by which a person or a program moves them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tools.errors import InvalidArgument, TooLarge
from tools.paths import nothing_at
from tools.spec import JSON, PREFIX, PathArgument, PathRole, ToolCall, Toolset, ToolSpec
from tools.toolsets.changing import OVERWRITE, SOME_PATH, look, name_of, refuse_name, refuse_root, room_for
from tools.toolsets.schemas import PATH, answer, arguments

if TYPE_CHECKING:
    from tools.portal.write_ports import Found
    from tools.spec import IssuedLink, Place

LINK: Final[JSON] = {
    "portal": {"type": "string"},
    "tenant": {"type": "string"},
    "path": {"type": "string"},
    "url": {"type": "string", "description": "secret: whoever has it can use it, once"},
    "method": {"type": "string", "description": "the HTTP method that moves the file"},
    "command": {"type": "string", "description": "moves the file from a command line"},
    "expires": {"type": "string", "description": "when it ends unused, ISO 8601"},
}


async def _download_file(call: ToolCall) -> JSON:
    path = call.arguments["path"]
    found = await file_at(call.at, path)
    link = await call.writing.links.issue("download", path, size=found.size or 0)
    return {**_told(call, path, link), "size": found.size or 0, "method": "POST", "command": fetching(link.url)}


async def _upload_file(call: ToolCall) -> JSON:
    wanted = call.arguments
    path, size = wanted["destination"], wanted.get("size")
    most = call.writing.bounds.link_bytes
    if size is not None and size > most:
        raise TooLarge(f"The file is {size} bytes; at most {most} can be uploaded by a link.")
    refuse_root("destination", path)
    refuse_name("destination", name_of(path))
    there, _ = await room_for(call.at, "destination", path, overwrite=wanted["overwrite"])
    link = await call.writing.links.issue("upload", path, size=size, overwrite=wanted["overwrite"])
    told = {**_told(call, path, link), "method": "PUT", "command": sending(link.url)}
    return {**told, "most_bytes": most if size is None else size, "replaces": there is not None}


async def file_at(place: Place, path: str) -> Found:
    """The file at `path`; raises `ToolError` where there is none."""
    refuse_root("path", path)
    found = await look(place, path)
    if found is None:
        raise nothing_at(path)
    if found.is_dir:
        raise InvalidArgument(f"Argument 'path': '{path}' is a folder. List it, and ask for one file at a time.")
    return found


def fetching(url: str) -> str:
    """How a command line uses a link for a download."""
    return f"curl -f -OJ -X POST '{url}'"


def sending(url: str) -> str:
    """How a command line uses a link for an upload."""
    return f"curl -f -T FILE '{url}'"


def _told(call: ToolCall, path: str, link: IssuedLink) -> JSON:
    place = call.at
    return {"portal": place.portal, "tenant": place.tenant, "path": path, "url": link.url, "expires": link.expires}


DOWNLOAD_FILE = ToolSpec(
    name=f"{PREFIX}download_file",
    toolset=Toolset.SHARE,
    title="Make a download link",
    description=(
        "Makes a link by which the person you work for downloads one file of any size, without its content passing "
        "through you. Give the url to that person only: opened in a browser it shows a page with a button; command "
        "fetches the file from a command line. It works once, for some minutes, and only while this caller may still "
        "read the file. To read a file yourself, do not use this."
    ),
    input_schema=arguments({"path": SOME_PATH}, required=("path",)),
    output_schema=answer({**LINK, "size": {"type": "integer", "description": "bytes"}}),
    run=_download_file,
    paths=(PathArgument("path", PathRole.SOURCE),),
    read_only=False,
    idempotent=False,
)

UPLOAD_FILE = ToolSpec(
    name=f"{PREFIX}upload_file",
    toolset=Toolset.SHARE,
    title="Make an upload link",
    description=(
        "Makes a link by which the person you work for uploads one file of any size to the path you name, without its "
        "content passing through you. Give the url to that person only: opened in a browser it shows a page that takes "
        "the file; command sends it from a command line (put the file's name in place of FILE). It works once, for "
        "some minutes. Pass size (bytes) when you know it: then nothing else is taken. On conflict something is at the "
        "path: choose another name, or pass overwrite=true to replace a file. To store text that you wrote, use "
        "ctera_portal_upload_from_content."
    ),
    input_schema=arguments(
        {
            "destination": {
                **SOME_PATH,
                "description": f"Path that the file shall have, its name included. {PATH['description']}",
            },
            "size": {"type": "integer", "minimum": 0, "description": "Exact size in bytes, when it is known."},
            **OVERWRITE,
        },
        required=("destination",),
    ),
    output_schema=answer(
        {
            **LINK,
            "most_bytes": {"type": "integer", "description": "bytes that the link takes"},
            "replaces": {"type": "boolean", "description": "whether a file is at the path now"},
        }
    ),
    run=_upload_file,
    paths=(PathArgument("destination", PathRole.TARGET),),
    read_only=False,
    idempotent=False,
)

TOOLS = (DOWNLOAD_FILE, UPLOAD_FILE)
