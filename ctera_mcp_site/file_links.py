"""Makes the one-use links of one call: bound to its caller, its place, one file, and minutes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from oauth.link_store import LinkStore, LinksUnavailable
from oauth.links import FileLink, LinkKind, LinkSigner
from tools.errors import InvalidArgument, ToolError
from tools.spec import IssuedLink

if TYPE_CHECKING:
    from ctera_mcp_site.calls import PreparedCall
    from oauth.principal import Principal

PREFIX: Final = "/files/"
SHORTEST: Final = 10
"""Seconds: a link that would end sooner, with its token, is not made."""
UNAVAILABLE: Final = "The server cannot keep links at the moment. Try again in a minute."


@dataclass(frozen=True, slots=True)
class LinkDesk:
    """What all calls of a worker share to make links: where they are kept, and for how long (seconds)."""

    store: LinkStore
    signer: LinkSigner
    public_url: str
    seconds: int

    def of(self, principal: Principal, prepared: PreparedCall, decision: str) -> CallLinks:
        """The links of one decided call."""
        return CallLinks(self, principal, prepared, decision)


@dataclass(frozen=True, slots=True)
class CallLinks:
    """Fulfils `tools.spec.Links` for one decided call."""

    desk: LinkDesk
    principal: Principal
    prepared: PreparedCall
    decision: str

    async def issue(self, kind: str, path: str, *, size: int | None, overwrite: bool = False) -> IssuedLink:
        """Keep and tell a new link; never one that outlives the caller's token."""
        if path not in {place for _, place in self.prepared.call.paths}:
            raise AssertionError("a link is for a place that was decided")
        now = time.time()
        ends = min(int(now) + self.desk.seconds, self.principal.expires_at)
        if ends - now < SHORTEST:
            raise InvalidArgument(
                "The access token is about to expire, and a link ends with it. Refresh it and ask again."
            )
        call = self.prepared.call
        link = FileLink(
            kind=LinkKind(kind),
            principal=self.principal,
            decision=self.decision,
            tool=call.tool,
            portal=call.portal or "",
            tenant=call.tenant or "",
            path=path,
            size=size,
            overwrite=overwrite,
            expires_at=ends,
        )
        text, digest = self.desk.signer.issue(ends)
        try:
            await self.desk.store.add(digest, link)
        except LinksUnavailable:
            raise ToolError(UNAVAILABLE) from None
        return IssuedLink(f"{self.desk.public_url}{PREFIX}{text}", datetime.fromtimestamp(ends, UTC).isoformat())
