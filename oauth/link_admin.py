"""The admin's side of one-use links: who may move which file, until when, whether it was used; withdrawn at a click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin, messages
from django.db.models import Q
from django.utils import timezone
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from oauth.copying import copyable
from oauth.link_models import FileLink
from oauth.link_store import withdraw

if TYPE_CHECKING:
    from typing import Any

    from django.db.models import QuerySet
    from django.http import HttpRequest

OPEN = Q(used_at=None, withdrawn_by="")
COLOURS = {"open": "info", "used": "success", "expired": "warning", "withdrawn": "danger"}


class LinkStateFilter(admin.SimpleListFilter):
    """Open, or over in one of three ways."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The four states."""
        return [(state, state.capitalize()) for state in COLOURS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[FileLink]) -> QuerySet[FileLink]:
        """Those of the chosen state."""
        now = timezone.now()
        chosen = {
            "open": OPEN & Q(expires_at__gt=now),
            "used": Q(used_at__isnull=False, withdrawn_by=""),
            "expired": OPEN & Q(expires_at__lte=now),
            "withdrawn": ~Q(withdrawn_by=""),
        }.get(self.value() or "")
        return queryset if chosen is None else queryset.filter(chosen)


@admin.register(FileLink)
class FileLinkAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Links of download_file and upload_file. Only their digest is kept: nobody here can use one."""

    list_display = ("shown_state", "kind", "path", "caller", "portal", "tenant", "made_at", "expires_at", "found_by")
    list_display_links = ("kind", "path")
    list_filter = (LinkStateFilter, "kind", "portal")
    search_fields = ("=decision", "=subject", "path")
    search_help_text = "A whole decision id (D-…), a whole subject, or a part of the path."
    when_empty = "A link is made by ctera_portal_download_file and ctera_portal_upload_file, and listed for a week."
    fields = (
        "shown_state", "kind", "path", "size", "overwrite", "portal", "tenant", "subject", "client", "decision",
        "digest", "made_at", "expires_at", "used_at", "withdrawn_by",
    )  # fmt: skip
    readonly_fields = fields
    list_per_page = 50
    actions = ("withdraw_links",)

    @display(description="state", label=COLOURS)  # type: ignore[untyped-decorator]
    def shown_state(self, row: FileLink) -> str:
        """As a badge."""
        return row.state

    @admin.display(description="subject", ordering="subject")
    def caller(self, row: FileLink) -> str:
        """For whom it was made, to be copied into a policy or a suspension."""
        return copyable(row.subject, "subject")

    @admin.display(description="decision")
    def found_by(self, row: FileLink) -> str:
        """The decision on the call that made it."""
        return copyable(row.decision, "decision")

    @action(description="Withdraw the chosen links", permissions=["withdraw"])  # type: ignore[untyped-decorator]
    def withdraw_links(self, request: HttpRequest, queryset: QuerySet[FileLink]) -> None:
        """At once, for every worker: a link is looked up when it is used. A transfer on its way goes on."""
        count = withdraw(list(queryset.values_list("pk", flat=True)), request.user.get_username())
        word = "link was" if count == 1 else "links were"
        messages.success(request, f"{count} open {word} withdrawn. Transfers on their way are stopped by a suspension.")

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        """Who may change links, which is all there is to change."""
        return request.user.has_perm("oauth.change_filelink")

    def has_change_permission(self, request: HttpRequest, obj: FileLink | None = None) -> bool:
        """Nothing of a row is edited by hand."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Links are made by calls alone."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: FileLink | None = None) -> bool:
        """Rows end by themselves."""
        return False
