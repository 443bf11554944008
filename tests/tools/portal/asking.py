"""What the tests of this folder ask of a session."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from tools.portal.ports import Account, Page, PortalSession


def listing(
    path: str, limit: int = 100, offset: int = 0, *, deleted: bool = False
) -> Callable[[PortalSession], Awaitable[Page]]:
    """Read a page of a folder."""
    return lambda session: session.list_page(path, include_deleted=deleted, offset=offset, limit=limit)


def whoami(session: PortalSession) -> Awaitable[Account]:
    """Ask who the session is."""
    return session.whoami()


def names(page: Page) -> set[str]:
    """The names on a page."""
    return {item.name for item in page.items}
