"""Which rows of an administrative answer a caller may see: by Team Portal, by path, or everything of a Team Portal."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from oauth.policy import permits
from oauth.rules import READ_FILE
from tools.spec import PathRole

PATHS: Final = frozenset({"paths"})
PLACES: Final = frozenset({"paths", "tenants"})

if TYPE_CHECKING:
    from oauth.policy import PolicySnapshot
    from oauth.principal import Principal
    from oauth.rules import Call, Question, Rule


def shows_row(snapshot: PolicySnapshot, principal: Principal, call: Call, tenant: str, path: str | None) -> bool:
    """Whether the call's tool is allowed in the row's Team Portal and, where the row is about a place, on its path.

    A deny of reading the place hides the row too: its name and size tell of it.
    """
    paths = () if path is None else ((PathRole.SOURCE, path),)
    asked = replace(call, tenant=tenant, paths=paths)
    if not permits(snapshot, principal, asked):
        return False
    if path is None or READ_FILE not in snapshot.catalogue:
        return True
    return snapshot.denied_by(snapshot.question(principal, replace(asked, tool=READ_FILE))) is None


def shows_all(snapshot: PolicySnapshot, principal: Principal, call: Call, tenant: str | None) -> bool:
    """Whether nothing of a Team Portal is closed to the call's tool: an allow of every path, and no deny of any.

    None means every Team Portal there is or will be. For rows that may name places in words that nobody can read
    reliably, such as messages of a log, or sums of what is in many places.
    """
    asked = replace(call, tenant=call.tenant if tenant is None else tenant, paths=())
    if not permits(snapshot, principal, asked):
        return False
    question = snapshot.question(principal, asked)
    narrower = PATHS if tenant is not None else PLACES
    if any(_closes_some(snapshot, rule, question, narrower) for rule in snapshot.rules if rule.denies):
        return False
    allows = (rule for rule in snapshot.rules if not rule.denies and (tenant is not None or rule.tenants.is_everything))
    return any(_opens_all(rule, question) for rule in allows)


def _closes_some(snapshot: PolicySnapshot, deny: Rule, question: Question, narrower: frozenset[str]) -> bool:
    """Whether the deny matches the call, or would for some other value of the dimensions in `narrower`."""
    concerned = deny.names(question.spec) or deny.names_reading(snapshot.catalogue)
    failed = deny.failed_on(question) if concerned else "tools"
    return failed is None or failed in narrower


def _opens_all(allow: Rule, question: Question) -> bool:
    return allow.every_path and allow.names(question.spec) and allow.failed_on(question) is None
