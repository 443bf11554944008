"""Every write to scopes and policies by people and commands: one transaction with its history and the revision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from oauth.models import Policy, Scope
from tools.governed import governed_write
from tools.services import sign

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

ALTERNATIVES: Final[Mapping[str, str]] = {
    "subjects": "*",
    "clients": "*",
    "organizations": "*",
    "portals": "*",
    "tenants": "*",
    "paths": "/**",
}
"""Lists of which one entry is enough, and the entry that stands for all."""


def save_scope(row: Scope, *, user: AbstractBaseUser | None = None, reason: str = "") -> Scope:
    """Validate and save a scope; raises `ValidationError` by field, also for renaming one in use."""
    with governed_write():
        sign(row, user, reason)
        row.save()
    return row


def delete_scope(row: Scope, *, user: AbstractBaseUser | None = None, reason: str = "") -> None:
    """Delete a scope that nothing names; raises `ValidationError` that lists its users."""
    with governed_write():
        sign(row, user, reason)
        row.delete()


def save_policy(row: Policy, *, user: AbstractBaseUser | None = None, reason: str = "") -> Policy:
    """Validate and save a policy; raises `ValidationError` by field."""
    with governed_write():
        sign(row, user, reason)
        row.save()
    return row


def delete_policy(row: Policy, *, user: AbstractBaseUser | None = None, reason: str = "") -> None:
    """Delete a policy."""
    with governed_write():
        sign(row, user, reason)
        row.delete()


def switch_policies(
    rows: Iterable[Policy], *, enabled: bool, user: AbstractBaseUser | None = None, reason: str = ""
) -> list[Policy]:
    """Enable or disable policies as one change; those that are so already are left alone."""
    changed = []
    with governed_write():
        for row in rows:
            if row.enabled != enabled:
                row.enabled = enabled
                changed.append(save_policy(row, user=user, reason=reason))
    return changed


def widens(before: Policy, after: Policy | None) -> bool:
    """Whether changing a deny (None: deleting it) could let calls through that it stopped.

    It compares what is written, not what it matches: `usr_*` instead of `usr_1` counts as another entry. So it may
    say yes once too often, never no once too often.
    """
    if before.effect != Policy.Effect.DENY or not before.enabled:
        return False
    if after is None or after.effect != Policy.Effect.DENY or not after.enabled:
        return True
    return (
        any(_shrinks(getattr(before, name), getattr(after, name), all_) for name, all_ in ALTERNATIVES.items())
        or not set(after.scopes) <= set(before.scopes)  # all must be there: one more is harder to match
        or not set(after.except_subjects) <= set(before.except_subjects)
        or _names_less(before, after)
        or _is_shorter(before, after)
    )


def _shrinks(before: list[str], after: list[str], everything: str) -> bool:
    return everything not in after and not set(before) <= set(after)


def _names_less(before: Policy, after: Policy) -> bool:
    if "*" in after.tools:
        return False
    return not (set(before.tools) <= set(after.tools) and set(before.toolsets) <= set(after.toolsets))


def _is_shorter(before: Policy, after: Policy) -> bool:
    begin, end = after.valid_from, after.valid_until
    begins_later = begin is not None and (before.valid_from is None or begin > before.valid_from)
    ends_sooner = end is not None and (before.valid_until is None or end < before.valid_until)
    return begins_later or ends_sooner
