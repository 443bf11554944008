"""What the control plane reads of policy, straight from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from oauth.models import Policy, Scope, Suspension
from tools.governed import Revision
from tools.models import PortalProfile

if TYPE_CHECKING:
    from tools.governed import GovernedQuerySet


def policy_revision() -> int:
    """The number of the policy in force; raises `DatabaseError` when it cannot be read."""
    return Revision.objects.values_list("number", flat=True).get(pk=1)


def offered_scopes() -> list[str]:
    """Scopes worth asking for: those that enabled allow policies name and that have a row, sorted."""
    known = set(Scope.objects.values_list("name", flat=True))
    named = Policy.objects.filter(effect=Policy.Effect.ALLOW, enabled=True).values_list("scopes", flat=True)
    return sorted(known & {scope for scopes in named for scope in scopes})


def suspensions_in_force() -> GovernedQuerySet[Suspension]:
    """Suspensions that nobody has lifted and whose end, if any, is ahead; newest first."""
    return Suspension.objects.filter(Q(until=None) | Q(until__gt=timezone.now()), ended_at=None)


def scopes_in_use() -> dict[str, list[str]]:
    """The scopes that enabled allow policies name, each with the policies."""
    used: dict[str, list[str]] = {}
    rows = Policy.objects.filter(effect=Policy.Effect.ALLOW, enabled=True).order_by("name")
    for name, scopes in rows.values_list("name", "scopes"):
        for scope in scopes:
            used.setdefault(scope, []).append(name)
    return used


def claims_in_use() -> frozenset[str]:
    """The claims that enabled profiles name for the accounts and Team Portals of their callers."""
    callers = PortalProfile.objects.filter(identity=PortalProfile.Identity.CALLER, enabled=True)
    return frozenset(name for pair in callers.values_list("account_claim", "tenant_claim") for name in pair if name)
