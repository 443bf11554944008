"""What toolsets may ask of a portal: the protocol that `tools.portal.client` fulfils."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tools.portal.administration_ports import AdministrationSession
from tools.portal.reading_ports import ReadingSession
from tools.portal.transfer_ports import TransferringSession
from tools.portal.write_ports import WritingSession


@dataclass(frozen=True, slots=True)
class Account:
    """The portal account that does the work. `tenant` is a Team Portal's name, or `-` for administration."""

    name: str
    domain: str
    role: str
    tenant: str
    software_version: str


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a folder. `path` is absolute and canonical; `modified` is ISO 8601; `size` is in bytes."""

    name: str
    path: str
    is_dir: bool
    deleted: bool
    size: int | None
    modified: str | None
    id: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a folder; `has_more` is the portal's word that entries follow after `offset + limit`."""

    items: tuple[Item, ...]
    has_more: bool


class PortalSession(ReadingSession, AdministrationSession, WritingSession, TransferringSession, Protocol):
    """One logged-in session, pinned to one place; it never moves. Raises only `tools.errors.ToolError`s."""

    async def whoami(self) -> Account:
        """Ask the portal who this session is (one round trip)."""

    async def list_page(self, path: str, *, include_deleted: bool, offset: int, limit: int) -> Page:
        """Read one page of the folder at `path` (absolute, canonical, `/` for the root)."""
