"""Reads off a request who sends it, in either era of the protocol, for the list of clients seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mcp_types import CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS

if TYPE_CHECKING:
    from oauth.access import Access
    from oauth.clients_seen import ClientBook

INITIALIZE: Final = "initialize"


def note(book: ClientBook, message: dict[str, Any], access: Access) -> None:
    """Remember the sender of a message; `python -m bench.clients` measures what it costs a call."""
    params = message.get("params")
    if type(params) is dict:
        meta = params.get("_meta")
        if type(meta) is dict and CLIENT_INFO_META_KEY in meta:
            book.introduce(access.principal, access.at, meta[CLIENT_INFO_META_KEY], meta.get(PROTOCOL_VERSION_META_KEY))
            return
        if message.get("method") == INITIALIZE:
            asked = params.get("protocolVersion")
            spoken = asked if asked in HANDSHAKE_PROTOCOL_VERSIONS else HANDSHAKE_PROTOCOL_VERSIONS[-1]
            book.introduce(access.principal, access.at, params.get("clientInfo"), spoken)
            return
    book.see(access.principal, access.at)


def note_list(book: ClientBook, access: Access) -> None:
    """Remember that the sender was given its list of tools."""
    listed = access.book.listed(access.principal, access.at)
    book.listed(access.principal, access.at, access.snapshot.revision, listed)
