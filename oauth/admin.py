"""The admin's side of scopes and policies; every action is permitted by name and confirmed by POST."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from oauth import (
    admin_pages,
    audit_admin,  # noqa: F401
    link_admin,  # noqa: F401
    linting,
    policy_test_admin,  # noqa: F401
    reading,
    services,
    suspension_admin,  # noqa: F401
)
from oauth.filters import EffectFilter, PortalFilter, ScopeFilter, ToolFilter, ValidityFilter, found_by
from oauth.forms import PolicyForm, ScopeForm
from oauth.models import Policy, Scope
from oauth.uses import users
from tools.admin_history import HistoryAdmin, staff
from tools.governed import governed_write
from tools.history import has_history

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

CONFIRMED = "confirmed that it lets more through"
LINT = "Before it is saved"

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Staff accounts, in the look of the rest."""

    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As Django's, with accounts that the history names listed as protected."""
        deletable, counts, needed, protected = super().get_deleted_objects(objs, request)
        named = [row.get_username() for row in objs if has_history(row)]
        protected += [f"{name} is named by the history: switch off Active instead" for name in named]
        return deletable, counts, needed, protected


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, ModelAdmin):
    """Groups of staff accounts."""


class RowAdmin(HistoryAdmin, ModelAdmin):
    """What scopes and policies share: rows in use stay, and a refusal that came too late for the form is shown."""

    brings_back = True

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As Django's, with rows in use listed as protected."""
        deletable, counts, needed, protected = super().get_deleted_objects(objs, request)
        for row in objs:
            protected += [f"{row.name} is named by {user}" for user in users(row)]
        return deletable, counts, needed, protected

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """As Django's; another operator may have changed what this save depends on after the form was checked."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as refused:
            self.message_user(request, f"Not saved: {' '.join(refused.messages)}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


@admin.register(Scope)
class ScopeAdmin(RowAdmin):
    """Scopes and what they imply."""

    form = ScopeForm
    list_display = ("name", "description", "implied")
    search_fields = ("name", "description")
    list_per_page = 50
    when_empty = "Define a scope in Scalekit first, then add it here under the same name, so that policies can use it."

    def bring_back(self, request: HttpRequest, row: Scope, reason: str) -> None:
        """Save by the service."""
        services.save_scope(row, user=staff(request), reason=reason)

    @admin.display(description="implies")
    def implied(self, row: Scope) -> str:
        """What comes with the scope."""
        return ", ".join(row.implies) or "-"

    def save_model(self, request: HttpRequest, obj: Scope, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save by the service."""
        services.save_scope(obj, user=staff(request))

    def delete_model(self, request: HttpRequest, obj: Scope) -> None:
        """Delete by the service."""
        services.delete_scope(obj, user=staff(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Scope]) -> None:
        """Delete each by the service."""
        with governed_write():
            for row in queryset:
                services.delete_scope(row, user=staff(request))


@admin.register(Policy)
class PolicyAdmin(RowAdmin):
    """Policies, as one reads them aloud."""

    form = PolicyForm
    list_display = ("name", "shown_effect", "enabled", "who", "what", "where", "when")
    list_filter = (EffectFilter, ValidityFilter, ScopeFilter, ToolFilter, PortalFilter)
    list_filter_submit = True
    search_fields = ("name", "description", "scopes", "subjects", "tools", "portals", "tenants", "paths")
    search_help_text = "Words of names, scopes, subjects, clients, tools, portals, Team Portals or paths."
    when_empty = "Nothing is allowed without one. Add an allow: name a scope, choose toolsets, and save."
    actions = ("enable", "disable")
    save_on_top = True
    list_per_page = 50
    list_before_template = "oauth/links_list.html"
    change_form_outer_before_template = "oauth/links_policy.html"
    fieldsets = (
        (None, {"fields": ("name", "description", "effect", "enabled")}),
        ("Who", {"fields": ("scopes", "subjects", "clients", "organizations", "except_subjects")}),
        ("What", {"fields": ("tools", "toolsets")}),
        ("Where", {"fields": ("portals", "tenants", "paths")}),
        ("When", {"fields": ("valid_from", "valid_until")}),
        ("How much", {"fields": ("calls_per_minute",)}),
    )

    def get_urls(self) -> Any:
        """As Django's, with the pages that explain."""
        return [*admin_pages.urls(), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Policy | None = None) -> Any:
        """With the confirmation that a deny in force asks for."""
        shown = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj) or (obj is None and self.has_add_permission(request)):
            shown = (*shown, (LINT, {"fields": ("confirms_findings",)}))
        in_force = Policy.objects.filter(pk=obj.pk if obj else 0, effect=Policy.Effect.DENY, enabled=True)
        if not self.has_change_permission(request, obj) or not in_force.exists():
            return shown
        return (*shown, ("Confirm", {"fields": ("confirms_widening",)}))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Policy], search_term: str
    ) -> tuple[QuerySet[Policy], bool]:
        """Policies that hold every word somewhere."""
        return found_by(request, queryset, search_term), False

    @display(  # type: ignore[untyped-decorator]  # unfold has no types
        description="effect", ordering="effect", label={"Allow": "success", "Deny": "danger"}
    )
    def shown_effect(self, row: Policy) -> str:
        """Allow or deny, in colour."""
        return row.get_effect_display()

    @admin.display(description="who")
    def who(self, row: Policy) -> str:
        """Scopes and people."""
        return reading.who(row)

    @admin.display(description="what")
    def what(self, row: Policy) -> str:
        """Tools and toolsets."""
        return reading.what(row)

    @admin.display(description="where")
    def where(self, row: Policy) -> str:
        """Portals, Team Portals, paths."""
        return reading.where(row)

    @admin.display(description="when", ordering="valid_until")
    def when(self, row: Policy) -> str:
        """Its time, and how often."""
        return ", ".join(filter(None, (reading.when(row), reading.how_much(row))))

    def save_model(self, request: HttpRequest, obj: Policy, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save by the service; that a deny was narrowed knowingly goes into the history."""
        codes = " ".join(dict.fromkeys(finding.code for finding in form.asked))
        reasons = [CONFIRMED] * form.lets_more_through + [f"confirmed {codes}"] * bool(codes)
        services.save_policy(obj, user=staff(request), reason="; ".join(reasons))
        for finding in form.asked:
            self.message_user(request, linting.told(finding), messages.WARNING)
        for finding in form.hints:
            self.message_user(request, linting.told(finding), messages.INFO)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """As Django's; what lint asks about stands first, and its switch is not there before."""
        page = context["adminform"]
        lint = [one for one in page.fieldsets if one[0] == LINT and getattr(page.form, "asked", ())]
        page.fieldsets = [*lint, *(one for one in page.fieldsets if one[0] != LINT)]
        return super().render_change_form(request, context, *args, **kwargs)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As Django's; first of all, what comes of it."""
        deletable, *others = super().get_deleted_objects(objs, request)
        warnings = [linting.told(finding) for finding in linting.before_switching(objs, enabled=False)]
        return ["Before you delete:", warnings, *deletable] if warnings else deletable, *others

    def delete_model(self, request: HttpRequest, obj: Policy) -> None:
        """Delete by the service, after Django's own confirmation."""
        reason = CONFIRMED if services.widens(obj, None) else ""
        services.delete_policy(obj, user=staff(request), reason=reason)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Policy]) -> None:
        """Delete each by the service."""
        with governed_write():
            for row in queryset:
                self.delete_model(request, row)

    def bring_back(self, request: HttpRequest, row: Policy, reason: str) -> None:
        """Save by the service."""
        services.save_policy(row, user=staff(request), reason=reason)

    def opens(self, stored: Policy, wanted: Policy) -> bool:
        """Whether a deny would stop less."""
        return services.widens(stored, wanted)

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Policy]) -> HttpResponse | None:
        """Enable the chosen policies; asks first about what lint finds."""
        return self._ask_and_switch(request, queryset, on=True)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[Policy]) -> HttpResponse | None:
        """Disable the chosen policies; asks first when that opens what a deny closed, or leaves nobody any access."""
        return self._ask_and_switch(request, queryset, on=False)

    def _ask_and_switch(self, request: HttpRequest, queryset: QuerySet[Policy], *, on: bool) -> HttpResponse | None:
        found = linting.before_switching(queryset, enabled=on)
        if found and "confirmed" not in request.POST:
            context = {
                **self.admin_site.each_context(request),
                "title": f"{'Enable' if on else 'Disable'} policies",
                "opts": self.model._meta,
                "action": "enable" if on else "disable",
                "findings": found,
                "chosen": [str(row.pk) for row in queryset],
                "checkbox": ACTION_CHECKBOX_NAME,
            }
            return TemplateResponse(request, "oauth/confirm_switch.html", context)
        opens = any(finding.code == "L021" for finding in found)
        codes = " ".join(dict.fromkeys(finding.code for finding in found if finding.code != "L021"))
        reasons = [CONFIRMED] * opens + [f"confirmed {codes}"] * bool(codes)
        self._switch(request, queryset, on=on, reason="; ".join(reasons))
        return None

    def _switch(self, request: HttpRequest, queryset: QuerySet[Policy], *, on: bool, reason: str = "") -> None:
        word = "enabled" if on else "disabled"
        try:
            changed = services.switch_policies(queryset, enabled=on, user=staff(request), reason=reason)
        except ValidationError as refused:
            self.message_user(request, f"Nothing was {word}: {' '.join(refused.messages)}", messages.ERROR)
            return
        names = ", ".join(row.name for row in changed)
        said = f"Now {word}: {names}." if names else f"Nothing to do: all were {word} already."
        self.message_user(request, said, messages.SUCCESS)
