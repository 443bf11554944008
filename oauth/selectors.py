"""What the control plane reads of policy, straight from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from oauth.models import Policy, Scope, Suspension
from tools.governed import Revision

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
