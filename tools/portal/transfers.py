"""Moves whole files between a portal and somebody else, piece by piece: memory holds one piece at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from aiohttp.abc import AbstractStreamWriter
from cterasdk.cio.core.types import automatic_resolution
from cterasdk.clients.clients import AsyncClient
from cterasdk.clients.common import Serializers
from cterasdk.clients.errors import XMLHandler
from cterasdk.exceptions.transport import NotFound as HTTPNotFound

from tools.errors import NotFound
from tools.portal.failures import guarded
from tools.portal.session import attributes
from tools.portal.writes import upload_refusal

if TYPE_CHECKING:
    from tools.portal.transfer_ports import Sink
    from tools.profile import Profile

PIECE: Final = 256 * 1024


class Pieces(aiohttp.payload.Payload):
    """The body of an upload whose size is known before its content; it can be sent once."""

    def __init__(self, pieces: AsyncIterator[bytes], size: int, name: str) -> None:
        super().__init__(None, content_type="application/octet-stream", filename=name)
        self._pieces = pieces
        self._size = size

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Pass the pieces on as they come."""
        async for piece in self._pieces:
            await writer.write(piece)

    async def write_with_length(self, writer: AbstractStreamWriter, content_length: int | None) -> None:
        """As `write`: the pieces are of the promised size, or their iterator raises."""
        await self.write(writer)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Refuse: there is no text of it."""
        raise TypeError("a stream of pieces cannot be read twice")


class Transfers:
    """Fulfils `tools.portal.transfer_ports.TransferringSession`; mixed into the client."""

    _sdk: Any
    _profile: Profile

    async def send_file(self, path: str, size: int, sink: Sink) -> None:
        """One request; what the portal sends is handed on piece by piece."""
        place = automatic_resolution(path.lstrip("/"), self._sdk.context).relative_encode
        with guarded(self._profile.name):
            try:
                answer = await self._sdk.io.download(
                    place, headers={"Accept-Encoding": "identity"}, timeout=self._patience()
                )
            except HTTPNotFound:
                raise NotFound(f"There is nothing at '{path}' any more.") from None
            response: aiohttp.ClientResponse = answer._response
            try:
                if response.status != 200 or response.content_length not in {None, size}:
                    raise ValueError("not this file")
                await self._hand_on(response, size, sink)
            finally:
                response.close()

    async def _hand_on(self, response: aiohttp.ClientResponse, size: int, sink: Sink) -> None:
        left = size
        async for piece in response.content.iter_chunked(PIECE):
            left -= len(piece)
            if left < 0:
                raise ValueError("more than the file")
            await sink(piece)
        if left:
            raise ConnectionResetError("the file ended early")

    async def store_file(self, path: str, size: int, pieces: AsyncIterator[bytes], folder: str) -> None:
        """One request, sent as the SDK sends an upload; the SDK itself wants a file to read from."""
        place = automatic_resolution(path.lstrip("/"), self._sdk.context)
        name = path.rpartition("/")[2]
        form = Serializers.FormData()
        for field, value in (
            ("name", name),
            ("Filename", name),
            ("fullpath", self._sdk.io.builder(place.relative_encode)),
            ("fileSize", str(size)),
        ):
            form.add_field(field, value)
        form.add_field("file", Pieces(pieces, size, name), filename=name)
        with guarded(self._profile.name):
            answer = await AsyncClient.post(
                self._sdk.io._upload,
                folder,
                form,
                data_serializer=lambda data: data,
                on_error=XMLHandler(),
                timeout=self._patience(),
            )
            said = attributes(await answer.text())
            if int(said["rc"] or 0) != 0:
                raise upload_refusal(said.get("msg") or "", path)

    def _patience(self) -> dict[str, float | None]:
        profile = self._profile
        return {"total": None, "sock_connect": profile.connect_timeout, "sock_read": profile.read_timeout}
