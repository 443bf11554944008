"""The portal as one object that every operation works on, and one call as an operation sees it."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.simulators.portal.faults import Faults
from tests.simulators.portal.journal import Journal
from tests.simulators.portal.markup import Obj, Value
from tests.simulators.portal.places import Place, Viewer, locate
from tests.simulators.portal.sessions import Session, Sessions
from tests.simulators.portal.tasks import TaskList
from tests.simulators.portal.wire import Request
from tests.simulators.portal.world import Account, Link, ShareSettings, build_world


class PortalError(Exception):
    """A refusal that travels as an HTTP status with a message in XML."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Options:
    """How a simulator is started."""

    extra_tenants: int = 0
    default_tenant: str = "acme"


class Portal:
    """All state of the simulator; `reset` makes it as good as new."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.faults = Faults()
        self.tenant_ports: dict[int, str] = {}
        self.reset()

    def reset(self) -> None:
        """Build a fresh world and forget every session, entry and fault."""
        self.faults.clear()
        self.world = build_world(self.options.extra_tenants)
        self.sessions = Sessions(self.world, self.options.default_tenant)
        self.sessions.tenant_ports = self.tenant_ports
        self.journal = Journal()
        self.links: list[Link] = []
        self.revoked: list[Account] = []
        self.share_settings: dict[int, ShareSettings] = {}
        self.task_list = TaskList(self.faults)


@dataclass(slots=True)
class Call:
    """One authenticated operation: its names (ours first, then the wire's), where it goes and what it carries."""

    request: Request
    context: str
    names: tuple[str, ...]
    path: str = ""
    param: Value = None
    _session: Session | None = field(default=None)

    @property
    def session(self) -> Session:
        """The session that the call runs in; it exists for everything but login."""
        assert self._session is not None
        return self._session

    @property
    def viewer(self) -> Viewer:
        """The eyes of the session."""
        return self.session.viewer

    @property
    def bound(self) -> bool:
        """Whether a session is known yet."""
        return self._session is not None

    def attend(self, session: Session | None) -> None:
        """Bind the call to its session."""
        self._session = session

    def fields(self) -> Obj:
        """The parameter as an object."""
        if not isinstance(self.param, Obj):
            raise PortalError(400, "An object is expected")
        return self.param

    def text(self) -> str:
        """The parameter as a text."""
        return self.param if isinstance(self.param, str) else ""

    def place(self, href: str, *, deleted: bool = False) -> Place | None:
        """Find what the session has at an address."""
        parts = self.viewer.parts(href)
        return None if parts is None else locate(self.viewer, parts, deleted=deleted)
