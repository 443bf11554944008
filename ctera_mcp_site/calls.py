"""Turns a call's raw arguments into what is decided, and a decision into the place where the tool works."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from oauth.identity import acting
from oauth.policy import Allowed, Call, Denied, callable_somewhere, decide, permits
from oauth.portals import resolve_portal, resolve_tenant
from oauth.rows import shows_all, shows_row
from tools.arguments import argument_reader
from tools.catalogue import CATALOGUE
from tools.errors import InvalidArgument
from tools.identity_rules import Actor
from tools.paths import canonical
from tools.places import decided_paths
from tools.profile import GLOBAL_TENANT
from tools.spec import Operation, PathRole, PortalView, ToolSpec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from ctera_mcp_site.checkpoint import Checkpoint
    from oauth.access import Access
    from tools.portal.pool import SessionPool
    from tools.portal.ports import PortalSession
    from tools.profile import Profile
    from tools.spec import T

READERS = {name: argument_reader(spec) for name, spec in CATALOGUE.items()}


@dataclass(frozen=True, slots=True)
class PreparedCall:
    """A call whose arguments were checked and whose place is known; not decided yet.

    `also` are calls that must be allowed besides: the one that began the operation which this one `continued`.
    """

    spec: ToolSpec
    arguments: dict[str, Any]
    profile: Profile | None
    tenant: str | None
    call: Call
    actor: Actor | Denied | None = None
    continued: Operation | None = None
    also: tuple[Call, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the call may change something at the portal."""
        return self.spec.changes(self.arguments)

    @property
    def account(self) -> str:
        """The portal account that does the work, as evidence names it; empty where none does."""
        if isinstance(self.actor, Actor):
            return self.actor.account
        return self.profile.username if self.profile is not None and self.actor is None else ""


def prepare(access: Access, spec: ToolSpec, raw: Mapping[str, Any], at: float) -> PreparedCall:
    """Check arguments, bring paths into canonical form, find the place; raises `tools.errors.ToolError`."""
    arguments, paths = decided_paths(spec, READERS[spec.name](raw))
    profile = tenant = actor = None
    if spec.needs_place:
        profile = resolve_portal(access.snapshot, access.principal, spec.name, arguments.get("portal"), at)
        tenant = resolve_tenant(profile, arguments.get("tenant"), access.principal.claims)
        actor = acting(profile, access.principal)
    call = Call(spec.name, profile.name if profile else None, tenant, paths, at)
    return PreparedCall(spec, arguments, profile, tenant, call, actor)


def decided(access: Access, prepared: PreparedCall) -> tuple[Call, Allowed | Denied]:
    """What policy says of a call and of all that stands behind it, the first refusal with the call it is about.

    If all of it is allowed: whether there is an account to do it.
    """
    found = decide(access.snapshot, access.principal, prepared.call)
    if isinstance(found, Denied):
        return prepared.call, found
    for call in prepared.also:
        other = decide(access.snapshot, access.principal, call)
        if isinstance(other, Denied):
            return call, other
    return prepared.call, prepared.actor if isinstance(prepared.actor, Denied) else found


def requested(spec: ToolSpec, raw: Any, at: float) -> Call:
    """What a call asks for, as far as unchecked arguments tell; only shapes a challenge, never grants."""
    given = raw if isinstance(raw, dict) else {}
    portal, tenant = (
        value if spec.needs_place and isinstance(value := given.get(name), str) and value else None
        for name in ("portal", "tenant")
    )
    return Call(spec.name, portal, tenant, tuple(_readable_paths(spec, given)), at)


def _readable_paths(spec: ToolSpec, given: Mapping[str, Any]) -> Iterator[tuple[PathRole, str]]:
    for argument in spec.paths:
        value = given.get(argument.name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str):
                try:
                    yield argument.role, canonical(each)
                except InvalidArgument:
                    continue


def refusal(access: Access, spec: ToolSpec, raw: Any, at: float) -> Denied | None:
    """Why this principal may not call the tool at all, with the scopes this very call needs; None when it may.

    Where no scope opens the call with these arguments, the scopes that open the tool for some others are told.
    Suspended portals count as open here: only who may use one learns from the decision that it is suspended.
    """
    if spec.name in access.book.visible(access.principal, at):
        return None
    if stop := access.snapshot.suspensions.of_call(spec, access.principal, None, at):
        return Denied.by(stop)
    snapshot = access.snapshot.unsuspended
    general = callable_somewhere(snapshot, access.principal, spec.name, at)
    if not isinstance(general, Denied):
        return None
    asked = decide(snapshot, access.principal, requested(spec, raw, at))
    return asked if isinstance(asked, Denied) and asked.required_scopes else general


def portal_views(access: Access, at: float) -> tuple[PortalView, ...]:
    """The portals on which this principal may do something, as it may know them."""
    snapshot = access.snapshot
    profiles = (snapshot.profiles[name] for name in access.book.portals(access.principal, at))
    return tuple(
        PortalView(profile.name, profile.half, profile.tenant_for(access.principal.claims), profile.default)
        for profile in profiles
    )


@dataclass(frozen=True, slots=True)
class GovernedPlace:
    """A decided place: sessions come from the pool, entries are shown as the pinned snapshot allows.

    `within` (seconds) is how long one operation may take, where that is not for the profile to say.
    """

    pool: SessionPool
    access: Access
    prepared: PreparedCall
    profile: Profile
    tenant: str
    checkpoint: Checkpoint
    within: float | None = None

    @property
    def portal(self) -> str:
        """The profile's name."""
        return self.profile.name

    @property
    def scope(self) -> str:
        """The half of the portal in which the work is done."""
        return self.profile.half

    async def run(self, operation: Callable[[PortalSession], Awaitable[T]]) -> T:
        """Run on a pooled session pinned to this place, unless an operator has stopped it by the time it is lent.

        What was read is not handed out either when a stop came meanwhile; a change that was made is told.
        """
        return await self._run(self.tenant, operation)

    async def run_globally(self, operation: Callable[[PortalSession], Awaitable[T]]) -> T:
        """As `run`, on a session of global administration; `operation` names this place's Team Portal by itself."""
        return await self._run(GLOBAL_TENANT, operation)

    async def _run(self, tenant: str, operation: Callable[[PortalSession], Awaitable[T]]) -> T:
        reads = self.prepared.spec.read_only
        if not reads and not self.prepared.changes:
            raise AssertionError("a dry run only looks")
        found = await self._lent(tenant, operation, self.checkpoint, write=not reads)
        if reads:
            self.checkpoint.verify()
        return found

    async def look(self, operation: Callable[[PortalSession], Awaitable[T]]) -> T:
        """As `run` of a reading tool, whatever the tool: not counted as a change that may have begun."""
        found = await self._lent(self.tenant, operation, self.checkpoint.verify, write=False)
        self.checkpoint.verify()
        return found

    async def _lent(
        self,
        tenant: str,
        operation: Callable[[PortalSession], Awaitable[T]],
        checkpoint: Callable[[], None],
        *,
        write: bool,
    ) -> T:
        actor = self.prepared.actor
        account = actor.account if isinstance(actor, Actor) else None
        with self.pool.tally.timed(self.prepared.spec.toolset.value, self.profile.name):
            return await self.pool.run(
                self.profile,
                tenant,
                operation,
                write=write,
                account=account,
                checkpoint=checkpoint,
                within=self.within,
            )

    def shows(self, path: str) -> bool:
        """Whether the same tool on `path` is allowed; a name that has no canonical form is not shown."""
        try:
            place = canonical(path)
        except InvalidArgument:
            return False
        asked, paths = self.prepared.call, self.prepared.spec.paths
        role = paths[0].role if paths else PathRole.SOURCE
        call = Call(asked.tool, asked.portal, asked.tenant, ((role, place),), asked.at)
        return permits(self.access.snapshot, self.access.principal, call)

    def shows_row(self, tenant: str, path: str | None) -> bool:
        """Whether the same tool is allowed in the row's Team Portal, and on its path where it is about one."""
        try:
            place = None if path is None else canonical(path)
        except InvalidArgument:
            return False
        return shows_row(self.access.snapshot, self.access.principal, self.prepared.call, tenant, place)

    def shows_all(self, tenant: str | None) -> bool:
        """Whether nothing in a Team Portal (None: in any) is closed to the same tool."""
        return shows_all(self.access.snapshot, self.access.principal, self.prepared.call, tenant)
