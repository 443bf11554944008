"""The admin's side of scopes, policies and audit events; every action is permitted by name and confirmed by POST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from oauth.forms import PolicyForm, ScopeForm
from oauth.models import AuditEvent, Policy, Scope
from oauth.uses import users

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Staff accounts, in the look of the rest."""

    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Groups of staff accounts."""


def told(values: Iterable[str], everything: str) -> str:
    """A list as an operator reads it."""
    return "all" if everything in values else ", ".join(values) or "-"


class InUse:
    """Shows what still names a row instead of deleting it."""

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As Django's, with rows in use listed as protected."""
        deletable, counts, needed, protected = super().get_deleted_objects(objs, request)  # type: ignore[misc]
        for row in objs:
            protected += [f"{row.name} is named by {user}" for user in users(row)]
        return deletable, counts, needed, protected


@admin.register(Scope)
class ScopeAdmin(InUse, SimpleHistoryAdmin, ModelAdmin):
    """Scopes and what they imply."""

    form = ScopeForm
    list_display = ("name", "description", "implied")
    search_fields = ("name", "description")
    history_list_display = ("description", "implies")

    @admin.display(description="implies")
    def implied(self, row: Scope) -> str:
        """What comes with the scope."""
        return ", ".join(row.implies) or "-"


@admin.register(Policy)
class PolicyAdmin(SimpleHistoryAdmin, ModelAdmin):
    """Policies, as one reads them aloud."""

    form = PolicyForm
    list_display = ("name", "effect", "enabled", "who", "what", "where")
    list_filter = ("effect", "enabled")
    search_fields = ("name", "description", "scopes", "tools", "portals", "tenants", "paths")
    actions = ("enable", "disable")
    save_on_top = True
    fieldsets = (
        (None, {"fields": ("name", "description", "effect", "enabled")}),
        ("Who", {"fields": ("scopes", "subjects", "clients", "organizations", "except_subjects")}),
        ("What", {"fields": ("tools", "toolsets")}),
        ("Where", {"fields": ("portals", "tenants", "paths")}),
        ("When", {"fields": ("valid_from", "valid_until")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        """All policies."""
        return Policy.objects.order_by("name")

    @admin.display(description="who")
    def who(self, row: Policy) -> str:
        """The scopes, and the people where they are not everyone."""
        people = [told(getattr(row, field), "*") for field in ("subjects", "clients", "organizations")]
        narrowed = [each for each in people if each != "all"]
        return "; ".join([", ".join(row.scopes) or "any scope", *narrowed])

    @admin.display(description="what")
    def what(self, row: Policy) -> str:
        """Tools and toolsets."""
        names = [tool.removeprefix("ctera_portal_") for tool in row.tools]
        return "every tool" if "*" in row.tools else ", ".join([*(f"all {name}" for name in row.toolsets), *names])

    @admin.display(description="where")
    def where(self, row: Policy) -> str:
        """Portals, Team Portals, paths."""
        return f"{told(row.portals, '*')} / {told(row.tenants, '*')} / {told(row.paths, '/**')}"

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Policy]) -> None:
        """Enable the chosen policies."""
        self._switch(request, queryset, on=True)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Policy]) -> None:
        """Disable the chosen policies; a deny is disabled on its own page, where it can be seen what opens."""
        denies = [row.name for row in queryset if row.effect == Policy.Effect.DENY]
        if denies:
            said = f"Disabling a deny opens what it closed. Do it on its own page: {', '.join(denies)}."
            self.message_user(request, said, messages.ERROR)
            return
        self._switch(request, queryset, on=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Policy], *, on: bool) -> None:
        for row in queryset:
            row.enabled = on
            row.save()
        self.message_user(request, f"{len(queryset)} policies are {'enabled' if on else 'disabled'}.", messages.SUCCESS)


@admin.register(AuditEvent)
class AuditEventAdmin(ModelAdmin):
    """What was asked and what came of it; nobody changes it."""

    list_display = ("time", "kind", "outcome", "code", "subject", "tool", "portal", "tenant", "decision")
    list_filter = ("outcome", "kind")
    search_fields = ("=decision", "=subject")
    show_full_result_count = False
    list_per_page = 50
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes evidence by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """Nobody changes evidence."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """Nobody deletes evidence."""
        return False
