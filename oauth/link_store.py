"""Keeps one-use links for all workers: made, found, taken once and given back, each in one statement."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone

from oauth import link_models
from oauth.links import FileLink, LinkKind, as_claims, as_principal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

T = TypeVar("T")
KEPT: Final = timedelta(days=7)
"""How long the row of a link stays after its end, for whoever asks what became of it."""
WAIT_SECONDS: Final = 10.0


class LinksUnavailable(Exception):  # noqa: N818 - a state of the server
    """The database did not answer: no link can be made or used."""


class LinkStore:
    """One thread with a connection of its own; raises `LinksUnavailable`."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="links")

    async def add(self, digest: str, link: FileLink) -> None:
        """Keep a new link, and drop rows that ended long ago."""
        await self._do(lambda: add(digest, link))

    async def find(self, digest: str) -> FileLink | None:
        """The link, if nobody has used or withdrawn it."""
        return await self._do(lambda: find(digest))

    async def take(self, digest: str) -> bool:
        """Use the link up; False when somebody else was first, or it has ended."""
        return await self._do(lambda: take(digest))

    async def give_back(self, digest: str) -> None:
        """Undo a taking after which not one byte was moved."""
        await self._do(lambda: give_back(digest))

    async def close(self) -> None:
        """Give the connection back."""
        await asyncio.get_running_loop().run_in_executor(self._thread, _close_connection)
        self._thread.shutdown()

    async def _do(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._thread, _fresh, work)
        except (DatabaseError, TimeoutError) as error:
            raise LinksUnavailable from error


def _fresh(work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    except DatabaseError:
        connection.close()
        raise


def add(digest: str, link: FileLink) -> None:
    """Insert the row."""
    link_models.FileLink.objects.filter(expires_at__lt=timezone.now() - KEPT).delete()
    link_models.FileLink.objects.create(
        digest=digest,
        kind=link.kind.value,
        expires_at=datetime.fromtimestamp(link.expires_at, UTC),
        subject=link.principal.subject,
        client=link.principal.client,
        claims=as_claims(link.principal),
        decision=link.decision,
        tool=link.tool,
        portal=link.portal,
        tenant=link.tenant,
        path=link.path,
        size=link.size,
        overwrite=link.overwrite,
    )


def find(digest: str) -> FileLink | None:
    """Read the row of a link that can be used."""
    row = usable().filter(digest=digest).first()
    if row is None:
        return None
    return FileLink(
        kind=LinkKind(row.kind),
        principal=as_principal(row.claims),
        decision=row.decision,
        tool=row.tool,
        portal=row.portal,
        tenant=row.tenant,
        path=row.path,
        size=row.size,
        overwrite=row.overwrite,
        expires_at=int(row.expires_at.timestamp()),
    )


def take(digest: str) -> bool:
    """One conditional update: of two that come at once, one changes the row."""
    changed: int = usable().filter(digest=digest).update(used_at=timezone.now())
    return changed == 1


def give_back(digest: str) -> None:
    """Make the link usable again, unless it was withdrawn meanwhile."""
    link_models.FileLink.objects.filter(digest=digest, withdrawn_by="").update(used_at=None)


def withdraw(pks: list[int], author: str) -> int:
    """Withdraw open links; returns how many were open."""
    return usable().filter(pk__in=pks).update(withdrawn_by=author[:200])


def usable() -> QuerySet[link_models.FileLink]:
    """The rows of links that can still be used."""
    return link_models.FileLink.objects.filter(used_at=None, withdrawn_by="", expires_at__gt=timezone.now())


def _close_connection() -> None:
    connection.close()
