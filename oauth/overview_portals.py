"""What the first page says of portals: the last look at each, as `tools.health_rows` reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils import timezone

from oauth import diagnosis
from oauth.overview_words import Badge, Wrong
from tools import health
from tools.health_rows import badge_of
from tools.models import PortalProfile

STATES: Final = {
    health.State.GOOD: diagnosis.State.OK,
    health.State.TROUBLE: diagnosis.State.FAILED,
    health.State.UNKNOWN: diagnosis.State.SKIPPED,
    health.State.DISABLED: diagnosis.State.SKIPPED,
}


@dataclass(frozen=True, slots=True)
class PortalLine:
    """One profile; `text` and `remedy` are about the last look at its portal."""

    key: int
    name: str
    host: str
    is_default: bool
    badge: Badge
    text: str
    remedy: str


def read() -> list[PortalLine]:
    """Every profile, those in trouble first; one query."""
    now = timezone.now()
    lines = [_line(row, badge_of(row, now)) for row in PortalProfile.objects.select_related("health").order_by("name")]
    return sorted(lines, key=lambda line: line.badge.state is not diagnosis.State.FAILED)


def _line(row: PortalProfile, found: health.Badge) -> PortalLine:
    badge = Badge(STATES[found.state], found.label)
    return PortalLine(row.pk, row.name, row.host, row.default, badge, found.text, found.remedy)


def wrong(portals: Sequence[PortalLine]) -> Iterator[Wrong]:
    """Portals in trouble, and that there is none to work on."""
    if not portals:
        address = reverse("admin:tools_portalprofile_add")
        yield Wrong(diagnosis.State.WARNING, "There is no portal profile yet: add one.", address)
    for line in portals:
        if line.badge.state is diagnosis.State.FAILED:
            address = reverse("admin:tools_portalprofile_change", args=[line.key])
            yield Wrong(diagnosis.State.FAILED, f"Portal {line.name} is in trouble {line.text}", address)
