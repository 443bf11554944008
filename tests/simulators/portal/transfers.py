"""Bytes in and out: download with ranges, several entries as one zip, upload."""

from __future__ import annotations

import io
import re
import zipfile

from tests.simulators.portal.large import LargeFile, Swallowed
from tests.simulators.portal.markup import Obj, decode, encode, obj
from tests.simulators.portal.nodes import GeneratedFolder, Node, now
from tests.simulators.portal.places import Place, children
from tests.simulators.portal.state import Call, Portal, PortalError
from tests.simulators.portal.wire import Request, Response

RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def download(portal: Portal, call: Call) -> Response:
    """Answer a webdav GET; ranges are supported (a choice: the SDK only passes the header on)."""
    place = call.place(call.request.target)
    if place is None:
        raise PortalError(404, "Resource does not exist")
    if place.node is None or place.is_dir:
        raise PortalError(403, "Not a file")
    if isinstance(place.node, LargeFile):
        # A choice: no ranges of a file that is made as it is sent; a portal may answer a range with the whole file.
        pieces = place.node.pieces()
        return Response(200, content_type="application/octet-stream", pieces=pieces, length=place.node.size)
    content = place.content()
    wanted = call.request.headers.get("range", "")
    match = RANGE.match(wanted)
    if match is None or match.groups() == ("", ""):
        return Response(200, content, "application/octet-stream", (("Accept-Ranges", "bytes"),))
    return cut_range(content, match.group(1), match.group(2))


def cut_range(content: bytes, first: str, last: str) -> Response:
    """Cut a range as RFC 9110 section 14 says, suffix ranges included."""
    total = len(content)
    start = int(first) if first else max(0, total - int(last))
    end = min(int(last), total - 1) if first and last else total - 1
    if start >= total or start > end:
        return Response(416, b"", headers=(("Content-Range", f"bytes */{total}"),))
    where = ("Content-Range", f"bytes {start}-{end}/{total}")
    return Response(206, content[start : end + 1], "application/octet-stream", (where,))


def download_zip(portal: Portal, call: Call) -> Response:
    """Answer the form that asks for entries of one cloud folder as a zip."""
    wanted = decode(call.request.form().get("inputXML", "").encode())
    if not isinstance(wanted, Obj):
        raise PortalError(400, "An object is expected")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for href in wanted.texts("paths"):
            place = call.place(href)
            if place is None or place.folder is None or str(place.folder.uid) != call.path:
                raise PortalError(404, "Resource does not exist")
            _pack(archive, place, len(place.parts) - 1)
    return Response(200, buffer.getvalue(), "application/zip")


def _pack(archive: zipfile.ZipFile, place: Place, above: int) -> None:
    name = "/".join(place.parts[above:])
    if not place.is_dir:
        archive.writestr(name, place.content())
        return
    archive.writestr(name + "/", b"")
    for child in children(place):
        _pack(archive, child, above)


def upload(portal: Portal, call: Call) -> Response:
    """Answer the multipart form of an upload: always 200, with a code and a message inside."""
    large = call.request.large
    form = large.fields if large else read_multipart(call.request)
    address = form.get("fullpath", b"").decode()
    href = re.sub(r"^https?://[^/]+", "", address)
    parts = call.viewer.parts(href)
    if not parts or "file" not in form:
        raise PortalError(400, "The form is not complete")
    parent = call.place(call.viewer.href(parts[:-1]))
    if parent is None or parent.node is None or not parent.is_dir:
        return _uploaded(1, "Destination folder does not exist")
    if (
        not parent.writable
        or isinstance(parent.node, GeneratedFolder)
        or parent.folder is None
        or str(parent.folder.uid) != call.path
    ):
        return _uploaded(1, "Permission denied")
    if call.session.tenant and call.session.tenant.full:
        return _uploaded(1, "User is out of quota")
    return _store(parent.node, parts[-1], (large and large.file) or form["file"])


def _store(folder: Node, name: str, content: bytes | Swallowed) -> Response:
    existing = folder.child(name)
    if existing is not None and existing.is_dir:
        return _uploaded(1, "A folder with the same name exists")
    if isinstance(content, Swallowed):
        folder.add(LargeFile(name, is_dir=False, size=content.size, modified=now(), sha256=content.sha256))
    elif existing is not None and not isinstance(existing, LargeFile):
        existing.write(content, now())  # a choice: an upload replaces silently and keeps a version
    else:
        folder.add(Node(name, is_dir=False, content=content, size=len(content), modified=now()))
    return _uploaded(0, "OK")


def _uploaded(code: int, message: str) -> Response:
    return Response(200, encode(obj(rc=code, msg=message)))


def read_multipart(request: Request) -> dict[str, bytes]:
    """Split a multipart/form-data body (RFC 7578) into its fields."""
    match = re.search(r'boundary="?([^";]+)', request.headers.get("content-type", ""))
    if match is None:
        raise PortalError(400, "A multipart form is expected")
    fields: dict[str, bytes] = {}
    for piece in request.body.split(b"--" + match.group(1).encode())[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        name = re.search(rb'[ ;]name="([^"]*)"', head)
        if name is not None:
            fields[name.group(1).decode()] = content.removesuffix(b"\r\n")
    return fields
