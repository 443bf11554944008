"""What administrative tools may ask of a portal session: the protocol that `tools.portal.administration` fulfils.

Every row is plain: numbers are whole numbers, all else is text as the portal writes it. `tenant` is a Team Portal's
name, None where the portal names none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Rows(Generic[Row]):
    """One page; `has_more` is the portal's word that rows follow."""

    rows: tuple[Row, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class TenantRow:
    """One Team Portal. Sizes are in bytes."""

    name: str
    kind: str | None
    status: str | None
    users: int | None
    devices: int | None
    used_bytes: int | None
    quota_bytes: int | None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account; `full_name` is also the name of its folder below `/Users`."""

    name: str
    full_name: str | None
    email: str | None
    role: str | None
    status: str | None


@dataclass(frozen=True, slots=True)
class FolderRow:
    """One cloud folder. `owner` is the account's name; `domain` where it comes from a directory."""

    name: str
    owner: str | None
    domain: str | None
    size_bytes: int | None
    files: int | None
    quota_bytes: int | None
    deleted: bool


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device; `connected` is None where the portal does not say."""

    name: str
    tenant: str | None
    kind: str | None
    version: str | None
    connected: bool | None


@dataclass(frozen=True, slots=True)
class LogRow:
    """One message of the portal's log."""

    time: str | None
    severity: str | None
    origin_type: str | None
    origin: str | None
    tenant: str | None
    account: str | None
    message: str


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which messages: a topic, the least severity, and times in ISO 8601 without zone, both inclusive."""

    topic: str
    severity: str
    since: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of a stored report; `figures` are the portal's own names and values."""

    tenant: str | None
    name: str | None
    owner: str | None
    figures: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Report:
    """A report that the portal has stored; it is not made anew."""

    generated: str | None
    rows: tuple[ReportRow, ...]


class AdministrationSession(Protocol):
    """Reading lists of a portal; `tenant` None means global administration. Raises only `tools.errors.ToolError`s."""

    async def tenants_page(self, *, offset: int, limit: int) -> Rows[TenantRow]:
        """Team Portals; on a session of global administration."""

    async def accounts_page(self, tenant: str | None, *, offset: int, limit: int) -> Rows[AccountRow]:
        """The users of a Team Portal, or the administrators; on a session of global administration."""

    async def full_names(self, tenant: str, accounts: Collection[str]) -> Mapping[str, str]:
        """The friendly names of local users of a Team Portal, by account; unknown ones are left out."""

    async def folders_page(self, tenant: str, *, offset: int, limit: int) -> Rows[FolderRow]:
        """The cloud folders of a Team Portal; on a session of global administration."""

    async def devices_page(self, *, everywhere: bool, offset: int, limit: int) -> Rows[DeviceRow]:
        """Devices of the session's Team Portal, or of all of them."""

    async def logs_page(self, wanted: LogQuery, *, offset: int, limit: int) -> Rows[LogRow]:
        """Messages of the session's place, newest first as the portal orders them."""

    async def report(self, name: str) -> Report:
        """A stored report of the session's place."""
