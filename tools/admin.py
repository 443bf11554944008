"""The admin's side of portal profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin

from tools.forms import PortalProfileForm
from tools.models import PortalProfile
from tools.services import save_profile, users_of_portal

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(PortalProfile)
class PortalProfileAdmin(SimpleHistoryAdmin, ModelAdmin):
    """Portals and the accounts that work on them."""

    form = PortalProfileForm
    list_display = ("name", "host", "port", "scope", "tenant", "enabled", "default", "password_state")
    list_filter = ("scope", "enabled")
    search_fields = ("name", "host", "tenant", "username")
    readonly_fields = ("password_state",)
    save_on_top = True
    fieldsets = (
        (None, {"fields": ("name", "enabled", "default")}),
        ("Address", {"fields": ("host", "port", "https", "verify_tls", "ca_pem")}),
        ("Account", {"fields": ("scope", "username", "new_password", "password_state", "tenant")}),
        ("Limits", {"fields": ("connect_timeout", "read_timeout", "total_timeout", "max_sessions")}),
    )

    @admin.display(description="password")
    def password_state(self, row: PortalProfile) -> str:
        """Whether a password is stored, and since when; never the password."""
        if not row.sealed_password:
            return "not set"
        return f"set on {row.password_set_at:%Y-%m-%d %H:%M} UTC" if row.password_set_at else "set"

    def save_model(self, request: HttpRequest, obj: PortalProfile, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save by the service, so that passwords are sealed and a new default takes the mark."""
        save_profile(obj, password=form.cleaned_data.get("new_password") or None)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As Django's, with profiles in use listed as protected."""
        deletable, counts, needed, protected = super().get_deleted_objects(objs, request)
        for row in objs:
            protected += [f"{row.name} is named by {user}" for user in users_of_portal(row.name)]
        return deletable, counts, needed, protected
