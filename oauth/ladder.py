"""The trace of a decision as a ladder to read: each policy in words, what it wants against what the call has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from oauth import reading
from oauth.patterns import FRESH
from oauth.policy import Denied, DenyReason, TraceEntry
from oauth.rules import Effect
from tools.profile import GLOBAL_TENANT
from tools.wording import listed

if TYPE_CHECKING:
    from oauth.explanation import Explanation
    from oauth.models import Policy
    from oauth.policy import PolicySnapshot
    from oauth.rules import Call
    from tools.spec import ToolSpec

ASIDE: Final = frozenset({"tools", "disabled"})
"""Dimensions on which policies fail that nobody would have expected to matter: shown folded away."""
DIMENSIONS: Final[Mapping[str, str]] = {
    "disabled": "switched off",
    "valid_from": "not yet in force",
    "valid_until": "no longer in force",
    "scopes": "scopes",
    "subjects": "subject",
    "except_subjects": "excepted subject",
    "clients": "client",
    "organizations": "organization",
    "tools": "other tools",
    "portals": "portal",
    "tenants": "Team Portal",
    "paths": "path",
}
HEADLINES: Final[Mapping[DenyReason, str]] = {
    DenyReason.UNKNOWN_TOOL: "There is no such tool.",
    DenyReason.NO_POLICY: "No policy allows it, and what no policy allows is denied.",
    DenyReason.MISSING_SCOPE: "No policy allows it with these scopes.",
    DenyReason.DENIED_BY_POLICY: "A policy denies it; a deny beats every allow.",
    DenyReason.SUSPENDED: "An operator has suspended it.",
    DenyReason.MACHINE_CALLER: "Policy allows it, but the portal works as its callers and a program has no account.",
    DenyReason.NO_ACCOUNT: "Policy allows it, but nothing says which portal account this caller is.",
    DenyReason.NO_TENANT: "Policy allows it, but nothing says in which Team Portal this caller works.",
    DenyReason.UNUSABLE_CLAIM: "Policy allows it, but what names the caller's account or Team Portal cannot be one.",
}


@dataclass(frozen=True, slots=True)
class Rung:
    """One policy's word: `key` is its row, None for a suspension; `says` tells why in words.

    `reads` is the policy itself, read aloud.
    """

    policy: str
    key: int | None
    effect: str
    matched: bool
    failed_on: str | None
    decides: bool
    says: str
    reads: str = ""

    @property
    def dimension(self) -> str:
        """What it failed on, in words; empty when it matched."""
        return DIMENSIONS.get(self.failed_on or "", self.failed_on or "")

    @property
    def is_aside(self) -> bool:
        """Whether it is about something else altogether."""
        return self.failed_on in ASIDE


def rungs(found: Explanation, rows: Mapping[str, Policy], snapshot: PolicySnapshot) -> tuple[Rung, ...]:
    """The trace in words; a rung without a row is a suspension, or a policy that was deleted a moment ago."""
    return tuple(_rung(entry, found, rows.get(entry.policy), snapshot) for entry in found.trace)


def _rung(entry: TraceEntry, found: Explanation, row: Policy | None, snapshot: PolicySnapshot) -> Rung:
    suspended = isinstance(found.decision, Denied) and found.decision.reason is DenyReason.SUSPENDED
    is_stop = suspended and entry is found.trace[0]
    decides = is_stop if suspended else entry.policy == found.decision.policy
    if is_stop:
        says = "Stops it before any policy is asked."
        return Rung(entry.policy, None, "suspended", matched=True, failed_on=None, decides=True, says=says)
    says = _matched(entry, found, decides=decides) if entry.matched else _failed(entry, found, row, snapshot)
    effect, key = entry.effect.value, row.pk if row else None
    return Rung(entry.policy, key, effect, entry.matched, entry.failed_on, decides, says, _reads(row))


def _reads(row: Policy | None) -> str:
    return "" if row is None else f"{reading.who(row)}: {reading.what(row)}, {reading.where(row)}"


def _matched(entry: TraceEntry, found: Explanation, *, decides: bool) -> str:
    if entry.effect is Effect.DENY:
        return "Matches and denies: this decides." if decides else "Matches and would deny too."
    if decides:
        return "Matches and allows: this decides."
    return "Matches and allows too." if found.decision else "Matches, but a deny stands before it."


def _failed(entry: TraceEntry, found: Explanation, row: Policy | None, snapshot: PolicySnapshot) -> str:
    if row is None or entry.failed_on is None:
        return "Does not match."
    if entry.failed_on in {"scopes", "disabled", "tools"}:
        return _ABOUT[entry.failed_on](row, found, snapshot)
    if entry.failed_on in {"valid_from", "valid_until"}:
        word, edge = ("Begins", row.valid_from) if entry.failed_on == "valid_from" else ("Ended", row.valid_until)
        return f"{word} {edge:%Y-%m-%d %H:%M} UTC; the call is at {at_text(found.call.at)}."
    if entry.failed_on == "except_subjects":
        return f"Spares subject {found.principal.subject} by name."
    wants, has = _against(entry, found, row)
    verb = "Closes" if entry.effect is Effect.DENY else "Is for"
    return f"{verb} {wants}; the call has {has}."


def _scopes(row: Policy, found: Explanation, snapshot: PolicySnapshot) -> str:
    if row.effect == Effect.DENY:
        return f"Concerns tokens with {listed(row.scopes, 'and')}; this one has {_scope_words(found.principal.scopes)}."
    granted = snapshot.granted(found.principal.scopes)
    missing = sorted(set(row.scopes) - granted)
    lack = f"lacks {listed(missing, 'and')} and grants" if len(missing) < len(row.scopes) else "grants"
    return f"Needs {listed(row.scopes, 'and')}; the token {lack} {_scope_words(granted)}."


def _scope_words(scopes: frozenset[str]) -> str:
    return listed(sorted(scopes), "and") if scopes else "none"


_ABOUT: Final[Mapping[str, Callable[[Policy, Explanation, PolicySnapshot], str]]] = {
    "scopes": _scopes,
    "disabled": lambda row, found, snapshot: "Is switched off.",
    "tools": lambda row, found, snapshot: f"Is about {reading.what(row)}.",
}


def _against(entry: TraceEntry, found: Explanation, row: Policy) -> tuple[str, str]:
    """What the policy wants and what the call has, in one dimension of Who or Where."""
    call, principal = found.looked_at, found.principal
    if entry.failed_on == "portals":
        if found.spec is not None and not found.spec.needs_place:
            return f"{reading.where(row)} only", "no place"
        return f"portal {listed(row.portals, 'or')}", f"portal {call.portal}" if call.portal else "no such portal open"
    wants: dict[str, tuple[str, Sequence[str], str]] = {
        "subjects": ("subject", row.subjects, principal.subject),
        "clients": ("client", row.clients, principal.client),
        "organizations": ("organization", row.organizations, principal.organization),
        "tenants": ("Team Portal", row.tenants, call.tenant or ""),
        "paths": ("path", row.paths, listed([path for _, path in call.paths], "and") if call.paths else ""),
    }
    noun, wanted, has = wants[str(entry.failed_on)]
    return f"{noun} {listed(list(wanted), 'or')}", f"{noun} {_plain(has)}" if has else f"no {noun}"


def _plain(text: str) -> str:
    return text.replace(FRESH, "…")


def at_text(at: float) -> str:
    """A moment as people read it."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def place_text(call: Call, spec: ToolSpec | None) -> str:
    """Where a call goes, such as `portal hq, global administration, path /HR`; what it leaves open is "some"."""
    if spec is None or not spec.needs_place:
        return "no place"
    tenant = "global administration" if call.tenant == GLOBAL_TENANT else f"Team Portal {call.tenant}"
    parts = [f"portal {call.portal}" if call.portal else "some portal", tenant if call.tenant else "some Team Portal"]
    if spec.paths:
        parts.append(f"path {listed([path for _, path in call.paths], 'and')}" if call.paths else "some path")
    return _plain(", ".join(parts))


def headline(found: Explanation) -> str:
    """The decision in one or two sentences."""
    decision = found.decision
    if not isinstance(decision, Denied):
        example = f" For example on {place_text(found.example, found.spec)}." if found.example else ""
        return f"Policy '{decision.policy}' allows it.{example}"
    said = HEADLINES.get(decision.reason, f"It is denied: {decision.reason.value}.")
    if decision.required_scopes:
        said += f" These scopes would open it: {' '.join(decision.required_scopes)}."
    return said
