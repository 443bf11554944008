"""Reads and writes the rows of portals' health: badges, the claim on the next look, and what a look found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.db.models.functions import Now
from django.utils import timezone

from tools.health import Badge, Found, Standing, State, badge, next_standing, pause_after
from tools.models import PortalHealth, PortalProfile
from tools.services import without_accounts

if TYPE_CHECKING:
    from tools.profile import Profile

CLAIM: Final = timedelta(seconds=60)
"""How long a look may take before another worker may think that whoever began it is gone."""


def badge_of(row: PortalProfile, now: datetime | None = None) -> Badge:
    """The badge of a profile's row; without a query where the row was read with `select_related("health")`."""
    return badge(without_accounts(row), getattr(row, "health", None), now or timezone.now())


@dataclass(frozen=True, slots=True)
class Round:
    """What one worker read: the looks that it claimed, and which portals are known to be good or in trouble."""

    claims: list[Profile]
    up: Mapping[str, bool]


def add_missing(profiles: Mapping[str, Profile]) -> None:
    """Make the rows of profiles that nobody has looked at yet."""
    known = set(PortalHealth.objects.values_list("profile__name", flat=True))
    if new := profiles.keys() - known:
        rows = PortalProfile.objects.filter(name__in=new).values_list("pk", flat=True)
        PortalHealth.objects.bulk_create([PortalHealth(profile_id=key) for key in rows], ignore_conflicts=True)


def claim_due(profiles: Mapping[str, Profile], most: int) -> Round:
    """Claim up to `most` looks that are due, by the database's clock; what another worker claimed first is not given.

    `profiles` are the enabled ones by name. A changed profile is due at once. Writes nothing where nothing is due.
    """
    is_over = ExpressionWrapper(Q(next_at=None) | Q(next_at__lte=Now()), output_field=BooleanField())
    rows = PortalHealth.objects.annotate(name=F("profile__name"), is_over=is_over)
    now = timezone.now()
    claims: list[Profile] = []
    up: dict[str, bool] = {}
    for row in rows.order_by(F("next_at").asc(nulls_first=True), "pk"):
        profile = profiles.get(row.name)
        if profile is None:
            continue
        state = badge(profile, row, now).state
        if state in {State.GOOD, State.TROUBLE}:
            up[profile.name] = state is State.GOOD
        is_due = row.is_over or row.next_revision != profile.revision
        if is_due and len(claims) < most and _claimed(row, profile):
            claims.append(profile)
    return Round(claims, up)


def _claimed(row: PortalHealth, profile: Profile) -> bool:
    """Move the next look on if nobody did since the row was read: one of several workers succeeds."""
    unmoved = PortalHealth.objects.filter(pk=row.pk, next_revision=row.next_revision, next_at=row.next_at)
    return bool(unmoved.update(next_at=Now() + CLAIM, next_revision=profile.revision))


def record(profile: Profile, found: Found, period: float) -> None:
    """Write what a look found, and when to look again: `period` seconds from now, later after refused logins."""
    row = PortalHealth.objects.filter(profile__name=profile.name).first()
    if row is None:
        owner = PortalProfile.objects.filter(name=profile.name).first()
        if owner is None:
            return  # deleted meanwhile
        row, _ = PortalHealth.objects.get_or_create(profile=owner)
    before = Standing(row.good, row.code, row.since, row.refused_logins) if row.revision == profile.revision else None
    after = next_standing(before, found, timezone.now())
    wanted = {
        "good": found.good,
        "code": found.code,
        "error": found.error,
        "remedy": found.remedy,
        "since": after.since,
        "refused_logins": after.refused_logins,
        "duration_ms": found.duration_ms,
        "revision": profile.revision,
    }
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    pause = timedelta(seconds=pause_after(after.refused_logins, period))
    PortalHealth.objects.filter(pk=row.pk).update(
        checked_at=timezone.now(), next_at=Now() + pause, next_revision=profile.revision, **changed
    )
