"""What a tool is: its name, schemas, annotations, the role of each path it takes, and the function that runs it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from tools.portal.ports import PortalSession

T = TypeVar("T")
PREFIX = "ctera_portal_"
DRY_RUN = "dry_run"
"""The argument by which a tool that changes things only tells what it would do."""
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
    """What a path argument is to its tool; what a deny reaches depends on it (docs/security-model.md)."""

    SOURCE = "source"
    TARGET = "target"
    PARENT = "parent"
    SUBTREE = "subtree"
    ARRIVAL = "arrival"


REACHING_BELOW = frozenset({PathRole.SUBTREE, PathRole.ARRIVAL})
"""Roles in which all that lies below a place is touched, too: it goes away, or arrives with what is put there."""


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

    async def look(self, operation: Callable[[PortalSession], Awaitable[T]]) -> T:
        """As `run`, for a step of a writing tool that changes nothing: it may be asked again when no answer came."""

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


class Progress(Protocol):
    """Tells a caller who asked for it how far its call is; does nothing for others."""

    async def __call__(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        """`progress` grows from one telling to the next."""


async def untold(progress: float, total: float | None = None, message: str | None = None) -> None:
    """The progress of a call that nobody asked to be told of."""


@dataclass(frozen=True, slots=True)
class WriteBounds:
    """Most bytes of one upload through the model or by a link, and most seconds that a call waits for the portal."""

    upload_bytes: int = 1024 * 1024
    wait_seconds: float = 20.0
    link_bytes: int = 5 * 1024**3


@dataclass(frozen=True, slots=True)
class Operation:
    """Background work of a portal that outlives the call which began it.

    `tool` began it with `arguments`, as far as they name places; `reference` is the portal's name for it; `left_out`
    are listed paths that were not part of it, each with what became of it.
    """

    tool: str
    portal: str
    tenant: str
    arguments: Mapping[str, Any]
    reference: str
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A link on this server that works once; `expires` is ISO 8601."""

    url: str
    expires: str


class Links(Protocol):
    """Makes links by which a caller moves one file without the model."""

    async def issue(self, kind: str, path: str, *, size: int | None, overwrite: bool = False) -> IssuedLink:
        """A link of this kind (`download` or `upload`) for the file at `path`; raises `tools.errors.ToolError`."""


class NoLinks:
    """Stands where no links can be made."""

    async def issue(self, kind: str, path: str, *, size: int | None, overwrite: bool = False) -> IssuedLink:
        """Refuse."""
        raise AssertionError("the endpoint gives links to every call")


@dataclass(frozen=True, slots=True)
class Writing:
    """What tools that write get besides: bounds, progress, links, a seal for what outlives the call, what was sealed.

    `continued` is the operation that the call asks about; its places are decided like those of the call that began it.
    """

    seal: Callable[[Operation], str]
    bounds: WriteBounds = WriteBounds()
    progress: Progress = untold
    continued: Operation | None = None
    links: Links = field(default_factory=NoLinks)


def _no_seal(operation: Operation) -> str:
    raise AssertionError("the endpoint gives a seal to every call")


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
    writing: Writing = Writing(_no_seal)

    @property
    def at(self) -> Place:
        """The place of a tool that needs one."""
        if self.place is None:
            raise AssertionError("the endpoint resolves a place for every tool with needs_place")
        return self.place


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """One callable operation. `run` returns the structured content described by `output_schema`.

    `no_paths` are text arguments that are named like paths and name no place. A tool that `continues` takes the sealed
    `handle` of an operation; that operation's places are decided again.
    `text` writes the answer for clients that read only text, where its JSON would not do.
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
    continues: bool = False
    text: Callable[[JSON], str] | None = None

    @property
    def roles(self) -> frozenset[PathRole]:
        """What the places of a call are to this tool, derived ones included."""
        return frozenset([each.role for each in self.paths] + [each.role for each in self.derived])

    def changes(self, arguments: Mapping[str, Any]) -> bool:
        """Whether a call with these checked arguments may change something: it is no reading and no dry run."""
        return not self.read_only and arguments.get(DRY_RUN) is not True
