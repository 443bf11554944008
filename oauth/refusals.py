"""How much of a refusal its caller may know (`EXPLAIN_TO_CALLER`), and what a model is told to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from oauth.identity import NEXT_STEPS
from oauth.identity import SENTENCES as WITHOUT_ACCOUNT
from oauth.policy import Denied, DenyReason
from oauth.suspended import details, message
from tools.errors import ErrorCode

if TYPE_CHECKING:
    from oauth.policy import PolicySnapshot
    from oauth.rules import Call


class Candour(StrEnum):
    """`EXPLAIN_TO_CALLER`: nothing but the decision id; the reason and the remedy; the policy's name as well."""

    ID = "id"
    REASON = "reason"
    POLICY = "policy"


WHOLE_TOOL: Final = "This tool"
SOME_OF_IT: Final = "Some of what this would tell"
NOT_RETRIED: Final = "Do not retry; ask the user to contact an operator with the decision id."
SENTENCES: Final[Mapping[DenyReason, str]] = {
    DenyReason.MISSING_SCOPE: "{what} needs a scope that your token lacks.",
    DenyReason.DENIED_BY_POLICY: "{what} is closed to you by {policy}.",
    DenyReason.NO_POLICY: "{what} is not open to you by any policy.",
    **WITHOUT_ACCOUNT,
}
NARROWED: Final[tuple[tuple[str, str], ...]] = (
    ("paths", "This path"),
    ("tenants", "This Team Portal"),
    ("portals", "This portal"),
)


@dataclass(frozen=True, slots=True)
class Told:
    """What leaves about a refusal: the code, a sentence for the model, and further members of the structured form."""

    code: ErrorCode
    message: str
    members: dict[str, Any]


def code_of(denied: Denied) -> ErrorCode:
    """The code of a refusal, as evidence keeps it."""
    return ErrorCode.SUSPENDED if denied.reason is DenyReason.SUSPENDED else ErrorCode.POLICY_DENIED


def told(denied: Denied, candour: str, what: str = "This") -> Told:
    """A refusal as far as its caller may know; `what` is the part of the call that is closed (`what_is_closed`)."""
    if denied.stop is not None:
        reason = {} if candour == Candour.ID else {"reason": denied.reason.value}
        return Told(code_of(denied), message(denied.stop, explain=candour), {**reason, **details(denied.stop)})
    if candour == Candour.ID:
        said = "This call is refused. Do not retry; give the decision id to the user, an operator can look it up."
        return Told(ErrorCode.POLICY_DENIED, said, {})
    members: dict[str, Any] = {"reason": denied.reason.value}
    named = candour == Candour.POLICY and bool(denied.policy)
    if named:
        members["policy"] = denied.policy
    if denied.required_scopes:
        members["required_scopes"] = list(denied.required_scopes)
    policy = f"policy '{denied.policy}'" if named else "a policy"
    said = SENTENCES.get(denied.reason, "This call is refused.").format(what=what, policy=policy)
    return Told(code_of(denied), f"{said} {_next_step(denied, what)}", members)


def _next_step(denied: Denied, what: str) -> str:
    if denied.reason in NEXT_STEPS:
        return NEXT_STEPS[denied.reason]
    if denied.required_scopes:
        return f"Sign in again and ask for the scopes: {' '.join(denied.required_scopes)}."
    if what in {"This", WHOLE_TOOL}:
        return NOT_RETRIED
    return f"Do not retry it; {_ELSEWHERE[what]}, or ask the user to contact an operator with the decision id."


_ELSEWHERE: Final[Mapping[str, str]] = {
    "This path": "work on another path",
    "This Team Portal": "name another Team Portal",
    SOME_OF_IT: "name a Team Portal that is open to you as a whole",
    "This portal": "name another portal (ctera_portal_list_portals shows them)",
}


def what_is_closed(snapshot: PolicySnapshot, denied: Denied, call: Call) -> str:
    """The part of a decided call that stands in the way: path, Team Portal, portal, or else `This`.

    Where a deny decided, its narrowest dimension; where no allow matched, what the allow that came closest failed on.
    """
    if denied.reason in NEXT_STEPS:
        return "This portal"
    if denied.reason is DenyReason.DENIED_BY_POLICY:
        rule = next((rule for rule in snapshot.rules if rule.name == denied.policy), None)
        if rule is None:
            return "This"
        narrow = {
            "paths": bool(call.paths) and not any(glob.is_everything for glob in rule.paths),
            "tenants": call.tenant is not None and not rule.tenants.is_everything,
            "portals": call.portal is not None and "*" not in rule.portals,
        }
        return next((words for part, words in NARROWED if narrow[part]), "This")
    failed = {entry.failed_on for entry in denied.trace if not entry.matched and entry.effect == "allow"}
    return next((words for part, words in NARROWED if part in failed), "This")
