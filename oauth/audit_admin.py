"""The admin's side of audit events: a list in pages by key, one event with its chain; reading is itself recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from unfold.admin import ModelAdmin

from oauth import audit_filters as filters
from oauth import traced
from oauth.audit_trace import trace_of
from oauth.auditing import record_reading
from oauth.chain_reading import neighbours, seal_text
from oauth.copying import copyable
from oauth.ids import decision_id
from oauth.keyset import NEWER, OLDER, KeysetChangeList
from oauth.models import AuditEvent
from tools.spec import PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

SHOWN_TEXT: Final = 200

T = TypeVar("T")


def _once(row: AuditEvent, name: str, work: Callable[[AuditEvent], T]) -> T:
    """What `work` finds about a row, looked up once: the page's templates ask for a field several times."""
    known: dict[str, Any] = row.__dict__.setdefault("_looked_up", {})
    if name not in known:
        known[name] = work(row)
    found: T = known[name]
    return found


@admin.register(AuditEvent)
class AuditEventAdmin(ModelAdmin):
    """What was asked and what came of it; nobody changes it."""

    list_display = ("at", "outcome", "code", "decision_id", "caller", "called", "portal", "tenant", "kind")
    list_display_links = ("at",)
    sortable_by = ()
    list_filter = (
        filters.SinceFilter,
        filters.UntilFilter,
        filters.SubjectFilter,
        filters.OutcomeFilter,
        filters.ReasonFilter,
        filters.ToolFilter,
        filters.PortalFilter,
        filters.KindFilter,
    )
    list_filter_submit = True
    search_fields = ("=decision", "=subject")
    search_help_text = "A whole decision id (D-…), a whole request id (R-…) or a whole subject."
    when_empty = "Each tool call leaves one. Connect a client and call a tool."
    show_full_result_count = False
    list_per_page = 50
    change_list_template = "oauth/audit_list.html"
    change_form_outer_before_template = "oauth/links_event.html"
    actions = None

    class Media:
        """The ladder's look."""

        css = {"all": ["oauth/explain.css"]}

    fieldsets = (
        (
            "Decision",
            {"fields": ("decision_id", "outcome", "code", "reason", "policy", "revision", "ladder", "further")},
        ),
        (
            "Call",
            {
                "fields": (
                    "at",
                    "kind",
                    "tool",
                    "portal",
                    "tenant",
                    "account",
                    "listed_paths",
                    "argument_digest",
                    "took",
                )
            },
        ),
        ("Caller", {"fields": ("caller", "client", "organization", "issuer", "listed_scopes", "request")}),
        ("Chain", {"fields": ("sealed", "beside")}),
    )
    readonly_fields = (
        "decision_id",
        "at",
        "caller",
        "ladder",
        "further",
        "listed_paths",
        "listed_scopes",
        "took",
        "sealed",
        "beside",
    )

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        """The event's own page: it never changes, and Django's history would show it without recording the reading."""
        return self.change_view(request, object_id)

    @admin.display(description="time (UTC)")
    def at(self, row: AuditEvent) -> str:
        """When, to the second."""
        return format_html('<span class="governor-whole">{}</span>', f"{row.time:%Y-%m-%d %H:%M:%S}")

    @admin.display(description="tool")
    def called(self, row: AuditEvent) -> str:
        """The tool without the prefix that all have."""
        return row.tool.removeprefix(PREFIX) or "-"

    @admin.display(description="subject")
    def caller(self, row: AuditEvent) -> str:
        """Who called, to be copied into a policy."""
        return copyable(row.subject, "subject")

    @admin.display(description="decision")
    def decision_id(self, row: AuditEvent) -> str:
        """What a caller was shown."""
        return copyable(row.decision, "decision")

    @admin.display(description="paths")
    def listed_paths(self, row: AuditEvent) -> str:
        """One a line."""
        return format_html_join("", "<div>{}</div>", ((path,) for path in row.paths)) or "-"

    @admin.display(description="scopes")
    def listed_scopes(self, row: AuditEvent) -> str:
        """As the token held them."""
        return " ".join(row.scopes) or "-"

    @admin.display(description="took")
    def took(self, row: AuditEvent) -> str:
        """In milliseconds."""
        return f"{row.duration_ms:.1f} ms"

    @admin.display(description="details")
    def further(self, row: AuditEvent) -> str:
        """How many refusals an event stands for, and what a reading, an export or a pruning was about."""
        parts = [f"stands for {row.repeats} refusals"] if row.kind == AuditEvent.Kind.REFUSALS else []
        others = [f"{name}: {value}" for name, value in row.details.items() if name not in traced.KEPT]
        return "; ".join(parts + others) or "-"

    @admin.display(description="trace")
    def ladder(self, row: AuditEvent) -> str:
        """What each policy said when it was decided, as it was sealed."""
        return trace_of(row)

    @admin.display(description="seal")
    def sealed(self, row: AuditEvent) -> str:
        """Whether the row is the one that was sealed."""
        return _once(row, "seal", seal_text)

    @admin.display(description="before and after it")
    def beside(self, row: AuditEvent) -> str:
        """The neighbours in its stream."""
        lines = ((one.address, one.text) for one in _once(row, "beside", neighbours))
        return format_html_join("", '<div><a class="underline" href="{}">{}</a></div>', lines) or "-"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        """Pages by key."""
        return KeysetChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """By one index: an id of a decision or of its request, or else a subject."""
        term = search_term.strip()
        if not term:
            return queryset, False
        if term.startswith("R-"):
            term = decision_id(term)
        return queryset.filter(**{"decision" if term.startswith("D-") else "subject": term}), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """As Django's; that somebody looked is recorded before the page leaves."""
        page: HttpResponse = super().changelist_view(request, extra_context)
        asked = {
            name: value[:SHOWN_TEXT] for name, value in request.GET.items() if name not in {OLDER, NEWER} and value
        }
        record_reading(request.user.get_username(), {"page": "list", **dict(list(asked.items())[:10])})
        return page

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """As Django's; which event was read is recorded before the page leaves."""
        page: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
        record_reading(request.user.get_username(), {"page": "event", "event": object_id[:SHOWN_TEXT]})
        return page

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes evidence by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """Nobody changes evidence."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """Nobody deletes evidence."""
        return False
