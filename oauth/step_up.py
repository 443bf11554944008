"""Tools that only a further scope stands in the way of: worth showing to a client that can ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oauth.policy import Denied, callable_somewhere

if TYPE_CHECKING:
    from oauth.policy import PolicySnapshot
    from oauth.principal import Principal


def within_reach(snapshot: PolicySnapshot, principal: Principal, at: float) -> frozenset[str]:
    """The tools that `principal` may not call at Unix time `at`, and could with the scopes of its challenge."""
    found = ((name, callable_somewhere(snapshot, principal, name, at)) for name in snapshot.catalogue)
    return frozenset(name for name, decision in found if isinstance(decision, Denied) and decision.required_scopes)
