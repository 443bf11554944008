"""Explains decisions by the policy as the database holds it now: one service for the command, the admin and the API."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from oauth import ladder
from oauth.asking import Asked, as_call, as_principal, no_such_tool, tool_named
from oauth.explanation import Explanation, explain
from oauth.identity import acting_asked, refused
from oauth.models import Policy
from oauth.policy import Allowed, Denied, DenyReason
from oauth.rules import Call
from oauth.snapshots import newest_snapshot
from tools.identity_rules import Actor

if TYPE_CHECKING:
    from oauth.policy import PolicySnapshot

ALLOWS: Final = "Matches and allows; who does the work decides."


@dataclass(frozen=True, slots=True)
class Answer:
    """An explanation, its rungs in words, and what the asker should know besides.

    `account` is the portal account that would do the work, where the question names a portal; `acting` says it in
    words.
    """

    explanation: Explanation
    rungs: tuple[ladder.Rung, ...]
    notes: tuple[str, ...]
    account: str = ""
    acting: str = ""

    @property
    def decision(self) -> Allowed | Denied:
        """What was decided."""
        return self.explanation.decision

    @property
    def is_allowed(self) -> bool:
        """Whether the call may run."""
        return bool(self.decision)

    @property
    def is_unknown_tool(self) -> bool:
        """Whether there is no such tool; the first note then tells near names."""
        return isinstance(self.decision, Denied) and self.decision.reason is DenyReason.UNKNOWN_TOOL


def answer(asked: Asked) -> Answer:
    """Explain a question; raises `BadQuestion` for what cannot be a call, `DatabaseError` without a database."""
    snapshot = newest_snapshot()
    spec = tool_named(asked.tool, snapshot.catalogue)
    principal = as_principal(asked)
    if spec is None:
        found = explain(snapshot, principal, Call(asked.tool, None, None, (), asked.at))
        return Answer(found, (), (no_such_tool(asked.tool, snapshot.catalogue),))
    call, notes = as_call(asked, spec, snapshot)
    found = explain(snapshot, principal, call)
    rows = {row.name: row for row in Policy.objects.all()}
    rungs = ladder.rungs(found, rows, snapshot)
    return _acted(Answer(found, rungs, (*notes, *_notes(found, snapshot))), asked, snapshot)


def _acted(found: Answer, asked: Asked, snapshot: PolicySnapshot) -> Answer:
    """The answer with the account that does the work; a caller without one is refused where policy would allow."""
    profile = snapshot.profiles.get(found.explanation.call.portal or "")
    if profile is None:
        return found
    principal = found.explanation.principal
    actor = acting_asked(profile, principal, is_verified=asked.principal is not None)
    if actor is None:
        return replace(found, account=profile.username, acting=f"{profile.username}, the profile's own account")
    if isinstance(actor, Actor):
        words = f"{actor.account} ({actor.source}) in Team Portal {actor.tenant} ({actor.tenant_source})"
        return replace(found, account=actor.account, acting=words)
    words = f"none ({actor.fault.value}). {actor.remedy}"
    if not found.is_allowed:
        return replace(found, acting=words)
    rungs = tuple(replace(rung, decides=False, says=ALLOWS) if rung.decides else rung for rung in found.rungs)
    refusal = replace(found.explanation, decision=refused(actor))
    return replace(found, explanation=refusal, rungs=rungs, acting=words)


def _notes(found: Explanation, snapshot: PolicySnapshot) -> list[str]:
    unknown = sorted(found.principal.scopes - snapshot.scopes.keys())
    notes = [f"There is no scope {name} here: it opens nothing, though a deny may name it." for name in unknown]
    if found.spec and found.spec.needs_place and not any(profile.enabled for profile in snapshot.profiles.values()):
        notes.append("There is no enabled portal: a tool that works at a place cannot be called.")
    if isinstance(found.decision, Allowed) and found.decision.calls_per_minute is not None:
        notes.append(f"At most {found.decision.calls_per_minute} calls a minute for each principal.")
    return notes


def as_json(found: Answer) -> dict[str, Any]:
    """The keys that other programs rely on: of `POST /api/v1/explain` and `explain_access --json`."""
    decision = found.decision
    denied = decision if isinstance(decision, Denied) else None
    return {
        "allowed": found.is_allowed,
        "reason": None if denied is None else denied.reason.value,
        "policy": decision.decided_by or None,
        "required_scopes": [] if denied is None else list(denied.required_scopes),
        "account": found.account or None,
        "trace": [
            {
                "policy": entry.policy,
                "effect": entry.effect.value,
                "matched": entry.matched,
                "failed_on": entry.failed_on,
            }
            for entry in found.explanation.trace
        ],
    }
