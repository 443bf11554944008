"""Filters of the list of audit events; every choice is known beforehand, so that none is gathered from the events."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages

from oauth.asking import BadQuestion, moment
from oauth.filters import ChoiceFilter
from oauth.models import AuditEvent
from oauth.policy import DenyReason
from tools.catalogue import CATALOGUE
from tools.models import PortalProfile
from tools.spec import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest

OUTCOMES: Final = (
    "ok", "partly", "begun", "dry_run", "denied", "refused", "error", "unknown", "cancelled", "intent",
)  # fmt: skip
REASONS: Final = (*DenyReason, "rate_limited", "repeated")


class ColumnFilter(ChoiceFilter):
    """One column, exactly."""

    choices_of: Iterable[tuple[str, str]] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What can be chosen."""
        return list(self.choices_of)

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Those with the chosen value."""
        value = (self.value() or "").strip()
        return queryset.filter(**{str(self.parameter_name): value}) if value else queryset


class OutcomeFilter(ColumnFilter):
    """What came of it."""

    title, parameter_name = "outcome", "outcome"
    choices_of = [(each, each) for each in OUTCOMES]


class ReasonFilter(ColumnFilter):
    """Why it was denied."""

    title, parameter_name = "reason", "reason"
    choices_of = [(str(each), str(each).replace("_", " ")) for each in REASONS]


class KindFilter(ColumnFilter):
    """What the event says."""

    title, parameter_name = "kind", "kind"
    choices_of = [(value, str(label)) for value, label in AuditEvent.Kind.choices]


class ToolFilter(ColumnFilter):
    """The tool that was called."""

    title, parameter_name = "tool", "tool"
    choices_of = [(name, name.removeprefix(PREFIX)) for name in sorted(CATALOGUE)]


class PortalFilter(ColumnFilter):
    """The portal profile."""

    title, parameter_name = "portal", "portal"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The profiles that there are."""
        return [(name, name) for name in PortalProfile.objects.order_by("name").values_list("name", flat=True)]


class TextFilter(ColumnFilter):
    """A value that is typed."""

    template = "oauth/text_filter.html"
    example = ""


class SubjectFilter(TextFilter):
    """Who called."""

    title, parameter_name = "subject", "subject"
    example = "usr_…"


class TimeFilter(TextFilter):
    """A bound of time, in UTC."""

    lookup = ""
    example = "2026-11-24T10:00"

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Those on this side of the time; what is no time finds nothing, and is said."""
        text = (self.value() or "").strip()
        if not text:
            return queryset
        try:
            return queryset.filter(**{self.lookup: datetime.fromtimestamp(moment(text), UTC)})
        except BadQuestion as bad:
            messages.error(request, f"{self.title}: {bad.message}")
            return queryset.none()


class SinceFilter(TimeFilter):
    """From a time on."""

    title, parameter_name, lookup = "time, from", "since", "time__gte"


class UntilFilter(TimeFilter):
    """Before a time."""

    title, parameter_name, lookup = "time, before", "until", "time__lt"
