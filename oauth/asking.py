"""What an operator wants explained, in plain words, turned into a principal and a call; nothing is guessed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from oauth.principal import Principal
from oauth.rules import Call
from tools.errors import InvalidArgument
from tools.identity_rules import BadClaims, kept_claims, typed_claims
from tools.paths import canonical
from tools.spec import PREFIX, PathRole, ToolSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from oauth.policy import PolicySnapshot

FAR_FUTURE = 1 << 40


class BadQuestion(Exception):  # noqa: N818 - reads as what it is
    """What was asked cannot be a call; `part` is what to change, the text says how."""

    def __init__(self, part: str, message: str) -> None:
        super().__init__(message)
        self.part = part
        self.message = message


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was typed. An empty who was left out and matches only `*`; an empty where means "some".

    `at` is Unix time in seconds. `principal` is the caller of a verified token, in place of scopes, who and claims.
    """

    tool: str
    at: float
    scopes: frozenset[str] = frozenset()
    subject: str = ""
    client: str = ""
    organization: str = ""
    portal: str = ""
    tenant: str = ""
    paths: tuple[str, ...] = ()
    principal: Principal | None = field(default=None, repr=False)
    claims: tuple[tuple[str, str], ...] = field(default=(), repr=False)


def tool_named(name: str, catalogue: Mapping[str, ToolSpec]) -> ToolSpec | None:
    """The tool of that name, with or without the prefix."""
    return catalogue.get(name) or catalogue.get(PREFIX + name)


def near_names(name: str, catalogue: Mapping[str, ToolSpec]) -> list[str]:
    """Up to three tools that the name could have meant."""
    short = {full.removeprefix(PREFIX): full for full in catalogue}
    return [short[near] for near in get_close_matches(name.lower().removeprefix(PREFIX), short, 3, 0.5)]


def no_such_tool(name: str, catalogue: Mapping[str, ToolSpec]) -> str:
    """The sentence for an unknown tool."""
    near = near_names(name, catalogue)
    hint = f" Did you mean {' or '.join(near)}?" if near else ""
    return f"There is no tool {name[:80]}.{hint}"


def scopes_in(text: str) -> frozenset[str]:
    """Scopes as an authorization server writes them: separated by spaces; commas and lines are taken too."""
    return frozenset(text.replace(",", " ").split())


def claims_in(entries: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """`name=value` entries as a token's further claims, bounded as the door bounds them; raises `BadQuestion`."""
    try:
        found = typed_claims(entries)
    except BadClaims as bad:
        raise BadQuestion("claims", str(bad)) from None
    return kept_claims(found, found)


def moment(text: str) -> float:
    """ISO 8601 to Unix seconds, UTC unless it says otherwise; raises `BadQuestion`."""
    try:
        found = datetime.fromisoformat(text.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise BadQuestion("at", "Write the time as 2026-11-24T10:00, in UTC unless it ends with an offset.") from None


def as_principal(asked: Asked) -> Principal:
    """The caller that is asked about; absent claims stay empty."""
    if asked.principal is not None:
        return asked.principal
    return Principal("", asked.subject, asked.client, asked.organization, asked.scopes, FAR_FUTURE, claims=asked.claims)


def as_call(asked: Asked, spec: ToolSpec, snapshot: PolicySnapshot) -> tuple[Call, list[str]]:
    """The call that is asked about, and what had to be left out of it; raises `BadQuestion`."""
    notes = []
    portal, tenant = asked.portal or None, asked.tenant or None
    if not spec.needs_place and (portal or tenant):
        notes.append(f"{spec.name} works at no place: portal and Team Portal were left out.")
        portal = tenant = None
    principal = as_principal(asked)
    _refuse_place(portal, tenant, snapshot, principal)
    if portal is not None and snapshot.profiles[portal].is_personal:
        tenant = tenant or snapshot.profiles[portal].tenant_for(principal.claims)
    paths = tuple(_canonical(path) for path in asked.paths)
    if paths and not spec.paths:
        notes.append(f"{spec.name} takes no path: the paths were left out.")
        paths = ()
    return Call(spec.name, portal, tenant, with_roles(spec, paths), asked.at), notes


def _refuse_place(portal: str | None, tenant: str | None, snapshot: PolicySnapshot, principal: Principal) -> None:
    if portal is None:
        return
    profile = snapshot.profiles.get(portal)
    if profile is None:
        names = ", ".join(sorted(snapshot.profiles)) or "none yet"
        raise BadQuestion("portal", f"There is no portal {portal[:60]}; there are: {names}.")
    if not profile.enabled:
        raise BadQuestion("portal", f"Portal {portal} is disabled: every call on it is answered not_found.")
    only = profile.tenant_for(principal.claims)
    if only is not None and tenant not in {None, only}:
        raise BadQuestion(
            "tenant",
            f"Portal {portal} is one Team Portal, {only}: leave the Team Portal out. "
            "Another one is answered invalid_argument.",
        )


def _canonical(path: str) -> str:
    try:
        return canonical(path)
    except InvalidArgument as fault:
        raise BadQuestion("paths", f"{path[:80]!r} is refused before any policy is asked: {fault.message}") from None


def with_roles(spec: ToolSpec, paths: tuple[str, ...]) -> tuple[tuple[PathRole, str], ...]:
    """Paths with the roles of the tool's arguments, in their order; raises `BadQuestion` when some are missing.

    A list argument takes what the others leave. Further paths of a tool that writes are where it puts things (as an
    audit event records them).
    """
    if not paths:
        return ()
    names = ", ".join(argument.name for argument in spec.paths)
    missing, surplus = len(spec.paths) - len(paths), len(paths) - len(spec.paths)
    many = any(argument.many for argument in spec.paths)
    if missing > 0:
        raise BadQuestion("paths", f"{spec.name} takes {names}: give a path for each, in this order, or none.")
    if surplus > 0 and not many and spec.read_only:
        raise BadQuestion("paths", f"{spec.name} takes one path for each of: {names}.")
    roles = []
    for argument in spec.paths:
        roles += [argument.role] * (1 + surplus if argument.many else 1)
    put = spec.derived[0].role if spec.derived else PathRole.TARGET
    roles += [put] * (len(paths) - len(roles))
    return tuple(zip(roles, paths, strict=False))
