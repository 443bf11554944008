"""What a tool is: its name, schemas, annotations, the role of each path it takes, and the function that runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from tools.portal.ports import PortalSession

T = TypeVar("T")
PREFIX = "ctera_portal_"
JSON = dict[str, Any]
READ_LIMIT = 1024 * 1024
"""Most bytes of a file in one answer where the worker sets nothing else."""


class Toolset(StrEnum):
    """The families that a policy can name."""

    READ = "read"
    WRITE = "write"
    SHARE = "share"
    ADMIN = "admin"


class PathRole(StrEnum):
    """What a path argument is to its tool; denies on a subtree reach further for some roles (design section 4)."""

    SOURCE = "source"
    TARGET = "target"
    PARENT = "parent"
    SUBTREE = "subtree"


@dataclass(frozen=True, slots=True)
class PathArgument:
    """One argument that names a place; `many` when it is a list of places."""

    name: str
    role: PathRole
    many: bool = False


@dataclass(frozen=True, slots=True)
class DerivedPath:
    """A place that a call works on without naming it whole: a folder and a name in it; decided like an argument.

    `folder` is a path argument: the folder itself, or with `beside` an item in it. `name` is the argument that holds
    the name, or a path argument whose last name is kept (`copy`: each `source` arrives at `destination/name`).
    """

    role: PathRole
    folder: str
    name: str
    beside: bool = False


class Place(Protocol):
    """Where one decided call happens: the portal, the Team Portal, and the way to a session there."""

    @property
    def portal(self) -> str:
        """The profile's name."""

    @property
    def tenant(self) -> str:
        """The Team Portal's name, or `-` for global administration."""

    async def run(self, operation: Callable[[PortalSession], Awaitable[T]]) -> T:
        """Run `operation` on a session pinned to this place; raises `tools.errors.ToolError`."""

    @property
    def scope(self) -> str:
        """`admin` (global administration) or `user` (end-user services)."""

    def shows(self, path: str) -> bool:
        """Whether this caller may see the entry at `path` with the tool that is running."""

    async def run_globally(self, operation: Callable[[PortalSession], Awaitable[T]]) -> T:
        """As `run`, on a session of global administration; `operation` names this place's Team Portal by itself."""

    def shows_row(self, tenant: str, path: str | None) -> bool:
        """Whether this caller may see a row about a Team Portal, or about the place at `path` in it."""

    def shows_all(self, tenant: str | None) -> bool:
        """Whether nothing in a Team Portal (None: in any) is closed for this caller: rows may name any place then."""


@dataclass(frozen=True, slots=True)
class PortalView:
    """A portal as its permitted callers see it: no address, no account."""

    name: str
    scope: str
    tenant: str | None
    default: bool


class Cursors(Protocol):
    """Turns a position into an opaque text bound to the tool, the place and the caller, and back."""

    def seal(self, state: JSON) -> str:
        """Seal a position; it reveals nothing, not even how many entries were left out."""

    def open(self, cursor: str) -> JSON:
        """Open a cursor; raises `tools.errors.InvalidArgument` for one that was not made for this call."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call that was decided: arguments with canonical paths, the place, and the portals the caller may use.

    `cursors` fit this tool only; `handles` fit every tool that the same caller calls at the same place.
    """

    arguments: Mapping[str, Any]
    place: Place | None
    portals: tuple[PortalView, ...]
    cursors: Cursors
    handles: Cursors
    read_limit: int = READ_LIMIT

    @property
    def at(self) -> Place:
        """The place of a tool that needs one."""
        if self.place is None:
            raise AssertionError("the endpoint resolves a place for every tool with needs_place")
        return self.place


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One callable operation. `run` returns the structured content described by `output_schema`.

    `no_paths` are text arguments that are named like paths and name no place. `text` writes the answer for clients that
    read only text, where its JSON would not do.
    """

    name: str
    toolset: Toolset
    title: str
    description: str
    input_schema: JSON
    output_schema: JSON
    run: Callable[[ToolCall], Awaitable[JSON]]
    paths: tuple[PathArgument, ...] = ()
    derived: tuple[DerivedPath, ...] = ()
    no_paths: frozenset[str] = frozenset()
    needs_place: bool = True
    read_only: bool = True
    destructive: bool = False
    idempotent: bool = True
    open_world: bool = True
    long_running: bool = False
    text: Callable[[JSON], str] | None = None

    @property
    def roles(self) -> frozenset[PathRole]:
        """What the places of a call are to this tool, derived ones included."""
        return frozenset([each.role for each in self.paths] + [each.role for each in self.derived])
