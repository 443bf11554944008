"""What reading tools may ask of a portal session: the protocol that `tools.portal.reads` fulfils."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tools.portal.ports import Item, Page


@dataclass(frozen=True, slots=True)
class Details:
    """One entry with what the portal knows about it; `permission` is the account's, such as `ReadOnly`."""

    item: Item
    permission: str | None
    owner: str | None
    cloud_folder: str | None
    permalink: str | None


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a file from the asked offset on; `total` is the file's size, None where the portal did not say."""

    data: bytes
    total: int | None


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a file or folder; `address` is where the portal keeps it, for nobody's eyes. Times are ISO 8601."""

    address: str
    current: bool
    since: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for: a part of the name, or words in the content; `extension` without its dot, or None."""

    text: str
    in_content: bool
    extension: str | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to whom an entry is shown; `kind` is the portal's word, such as `localUser` or `external`."""

    name: str | None
    kind: str | None
    access: str | None
    expires: str | None


@dataclass(frozen=True, slots=True)
class Shares:
    """With whom an entry is shared, and how."""

    recipients: tuple[Recipient, ...]
    team_project: bool
    allow_reshare: bool
    should_sync: bool


class ReadingSession(Protocol):
    """Reading by absolute, canonical paths. Raises only `tools.errors.ToolError`s."""

    async def details(self, path: str) -> Details:
        """Ask what is at `path`."""

    async def read_piece(self, address: str, *, offset: int, length: int, size: int | None) -> Piece:
        """Read at most `length` bytes of a file from `offset` on; `size` is its size, where that is known."""

    async def versions(self, path: str) -> tuple[Version, ...]:
        """The states that the portal keeps of `path`, as it orders them."""

    async def search_page(self, path: str, wanted: Search, *, offset: int, limit: int) -> Page:
        """Read one page of what is found below `path`."""

    async def shares(self, path: str) -> Shares:
        """Ask with whom `path` is shared."""
