"""Seals operations that outlive the call which began them, so that any worker can go on, under the policy of then."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from cryptography.fernet import Fernet, InvalidToken

from ctera_mcp_site.calls import READERS, PreparedCall
from oauth.identity import acting
from oauth.policy import Call
from oauth.portals import resolve_portal, resolve_tenant
from tools.catalogue import CATALOGUE
from tools.errors import InvalidArgument
from tools.places import decided_paths
from tools.profile import GLOBAL_TENANT
from tools.spec import DRY_RUN, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from oauth.access import Access
    from oauth.principal import Principal
    from tools.profile import Profile
    from tools.spec import ToolSpec

HOURS: Final = 24
OUTCOMES: Final[Mapping[Any, str]] = {"running": "begun", "partly_completed": "partly"}
HANDLE: Final = "handle"
NOT_YOURS: Final = (
    f"Argument '{HANDLE}' is no handle of yours, or older than {HOURS} hours. List the folder to see what was done."
)
ELSEWHERE: Final = "Argument '{name}' is not where this operation runs. Leave it out: the handle knows the place."


@dataclass(frozen=True, slots=True)
class OperationHandles:
    """The handles of one caller; nobody else can open them."""

    box: Fernet
    principal: Principal

    def seal(self, operation: Operation) -> str:
        """A text that names the operation and reveals nothing."""
        text = json.dumps([*self._owner, asdict(operation)], ensure_ascii=False, separators=(",", ":"))
        return self.box.encrypt(zlib.compress(text.encode())).decode("ascii")

    def open(self, handle: str) -> Operation:
        """What was sealed; raises `InvalidArgument` for what was not sealed here, for this caller, within a day."""
        try:
            *owner, fields = json.loads(zlib.decompress(self.box.decrypt(handle.encode(), ttl=HOURS * 3600)))
        except (InvalidToken, ValueError, zlib.error):
            raise InvalidArgument(NOT_YOURS) from None
        if owner != self._owner:
            raise InvalidArgument(NOT_YOURS)
        return Operation(**fields)

    @property
    def _owner(self) -> list[str]:
        return [self.principal.issuer, self.principal.subject]


def continued(
    access: Access, spec: ToolSpec, raw: Mapping[str, Any], at: float, handles: OperationHandles
) -> PreparedCall:
    """A call that asks about an operation: its place is the operation's, and so are the places that are decided.

    Both this tool and the one that began the operation must be allowed on them now. Raises `tools.errors.ToolError`.
    """
    arguments = READERS[spec.name](raw)
    operation = handles.open(arguments[HANDLE])
    begun = CATALOGUE.get(operation.tool)
    if begun is None:
        raise InvalidArgument(NOT_YOURS)
    _, paths = decided_paths(begun, operation.arguments)
    profile = resolve_portal(access.snapshot, access.principal, spec.name, operation.portal, at)
    tenant = _tenant(profile, operation, access.principal.claims)
    for name, place in (("portal", profile.name), ("tenant", tenant)):
        if arguments.get(name, place) != place:
            raise InvalidArgument(ELSEWHERE.format(name=name))
    call, first = (Call(name, profile.name, tenant, paths, at) for name in (spec.name, begun.name))
    actor = acting(profile, access.principal)
    return PreparedCall(spec, arguments, profile, tenant, call, actor, operation, (first,))


def recorded(prepared: PreparedCall, content: Mapping[str, Any]) -> str:
    """What evidence says of a call that succeeded: `ok`, or how much less than all was changed."""
    if prepared.spec.read_only:
        return "ok"
    return OUTCOMES.get(content.get("state"), "ok") if prepared.changes else DRY_RUN


def _tenant(profile: Profile, operation: Operation, claims: Iterable[tuple[str, str]]) -> str | None:
    named = None if profile.half == "admin" and operation.tenant == GLOBAL_TENANT else operation.tenant
    return resolve_tenant(profile, named, claims)
