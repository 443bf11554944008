"""The admin's side of portal profiles."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from unfold.admin import ModelAdmin

from tools import admin_seals
from tools.admin_callers import CallerAccountInline, save_accounts, try_page
from tools.admin_health import COLOURS, HealthColumns, check_page
from tools.admin_history import HistoryAdmin, staff
from tools.forms import PortalProfileForm
from tools.governed import Revision, governed_write
from tools.health_rows import badge_of
from tools.models import PortalProfile
from tools.rotation import REMEDY
from tools.services import delete_profile, save_profile, users_of_portal

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Revision)
class RevisionAdmin(ModelAdmin):
    """The number of the policy in force; nobody sets it."""

    list_display = ("number", "moved_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """There is one row."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        """It moves with every write."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        """It stays."""
        return False


@admin.register(PortalProfile)
class PortalProfileAdmin(HealthColumns, HistoryAdmin, ModelAdmin):
    """Portals and the accounts that work on them."""

    brings_back = True

    form = PortalProfileForm
    list_display = (
        "name", "health_badge", "health_text", "address", "serves", "enabled", "default", "password_state",
    )  # fmt: skip
    list_select_related = ("health",)
    actions = ("check_now",)
    list_filter = ("scope", "identity", "enabled")
    search_fields = ("name", "host", "tenant", "username")
    readonly_fields = ("password_state",)
    list_per_page = 50
    when_empty = "Add the portal that callers should work on: its address and an account there."
    save_on_top = True
    inlines = (CallerAccountInline,)
    list_before_template = "tools/seals_list.html"
    change_form_outer_before_template = "tools/links_profile.html"
    fieldsets = (
        (None, {"fields": ("name", "enabled", "default")}),
        ("Address", {"fields": ("host", "port", "https", "verify_tls", "ca_pem")}),
        ("Account", {"fields": ("scope", "username", "new_password", "password_state", "tenant")}),
        ("Identity", {"fields": ("identity", "account_claim", "tenant_claim", "dns_suffix", "tenant_host")}),
        ("Limits", {"fields": ("connect_timeout", "read_timeout", "total_timeout", "max_sessions")}),
    )

    @admin.display(description="address", ordering="host")
    def address(self, row: PortalProfile) -> str:
        """Host and port in one column, which leaves room for the rest."""
        return row.host if (row.port, row.https) == (443, True) else f"{row.host}:{row.port}"

    @admin.display(description="Team Portal", ordering="tenant")
    def serves(self, row: PortalProfile) -> str:
        """The one of the account, or of all callers; else what a claim names, or any that an administrator reaches."""
        return row.tenant or ("the caller's" if row.identity == PortalProfile.Identity.CALLER else "any")

    @admin.display(description="password")
    def password_state(self, row: PortalProfile) -> str:
        """Whether a password is stored that can be opened, and since when; never the password."""
        if not row.sealed_password:
            return "not set"
        if admin_seals.is_lost(row):
            return admin_seals.badge()
        return f"set on {row.password_set_at:%Y-%m-%d %H:%M} UTC" if row.password_set_at else "set"

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """As Django's, with what is to be said of keys above the list."""
        return super().changelist_view(request, {**(extra_context or {}), **admin_seals.above_list()})

    def save_model(self, request: HttpRequest, obj: PortalProfile, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save by the service, so that passwords are sealed and a new default takes the mark."""
        save_profile(obj, password=form.cleaned_data.get("new_password") or None, user=staff(request))

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:  # noqa: FBT001
        """Save the table of accounts by the service."""
        save_accounts(formset, request)

    def get_urls(self) -> list[Any]:
        """With the page that tries a profile as one of its callers, and the address that looks at its portal."""
        view = self.admin_site.admin_view(partial(try_page, model_admin=self))
        check = self.admin_site.admin_view(partial(check_page, model_admin=self))
        return [
            path("<int:key>/try/", view, name="tools_portalprofile_try"),
            path("<int:key>/check/", check, name="tools_portalprofile_check"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """As Django's, with the badge of a profile that is stored, and an alarm where no key opens the password."""
        row = context.get("original")
        context |= {"is_lost": row is not None and admin_seals.is_lost(row), "lost_remedy": REMEDY}
        if row is not None:
            badge = badge_of(row)
            context |= {"badge": badge, "badge_colour": COLOURS[badge.state]}
        return super().render_change_form(request, context, *args, **kwargs)

    def delete_model(self, request: HttpRequest, obj: PortalProfile) -> None:
        """Delete by the service."""
        delete_profile(obj, user=staff(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PortalProfile]) -> None:
        """Delete each by the service."""
        with governed_write():
            for row in queryset:
                delete_profile(row, user=staff(request))

    @method_decorator(sensitive_post_parameters("new_password"))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """As Django's; a report of an error here leaves the password out, and a late refusal is shown."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as refused:
            self.message_user(request, f"Not saved: {' '.join(refused.messages)}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def bring_back(self, request: HttpRequest, row: PortalProfile, reason: str) -> None:
        """Save by the service; the password is that of today, or none where the profile was gone."""
        save_profile(row, user=staff(request), reason=reason)
        if not row.sealed_password:
            self.message_user(request, f"{row.name}: enter its password; no history keeps one.", messages.WARNING)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As Django's, with profiles in use listed as protected."""
        deletable, counts, needed, protected = super().get_deleted_objects(objs, request)
        for row in objs:
            protected += [f"{row.name} is named by {user}" for user in users_of_portal(row.name)]
        return deletable, counts, needed, protected
