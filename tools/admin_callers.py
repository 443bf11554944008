"""The admin's side of callers' accounts: the table on a profile's page, its own list, and *Try as a caller*."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from tools.admin_history import HistoryAdmin, staff
from tools.governed import governed_write
from tools.models import CallerAccount, PortalProfile
from tools.services import delete_account, save_account
from tools.trying import CannotTry, Trial, read_claims, try_as

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

MAY_TRY = "tools.try_portalprofile"


class CallerAccountInline(TabularInline):
    """The table of accounts; for profiles that work as their callers."""

    model = CallerAccount
    fields = ("subject", "account")
    extra = 0
    per_page = 50
    show_change_link = False


def save_accounts(formset: Any, request: HttpRequest) -> None:
    """Save what was typed into the table by the service, each entry with its author in the history."""
    formset.save(commit=False)
    with governed_write():
        for row in formset.deleted_objects:
            delete_account(row, user=staff(request))
        for row in [*(row for row, _ in formset.changed_objects), *formset.new_objects]:
            save_account(row, user=staff(request))


@admin.register(CallerAccount)
class CallerAccountAdmin(HistoryAdmin, ModelAdmin):
    """All tables of accounts in one list, to be searched."""

    brings_back = True
    list_display = ("subject", "account", "profile")
    list_filter = ("profile",)
    list_select_related = ("profile",)
    search_fields = ("subject", "account")
    search_help_text = "A part of a subject or of an account."
    list_per_page = 50
    when_empty = "Open a portal profile that works with the caller's own account, and fill in its table."

    def save_model(self, request: HttpRequest, obj: CallerAccount, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save by the service."""
        save_account(obj, user=staff(request))

    def delete_model(self, request: HttpRequest, obj: CallerAccount) -> None:
        """Delete by the service."""
        delete_account(obj, user=staff(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[CallerAccount]) -> None:
        """Delete each by the service."""
        with governed_write():
            for row in queryset:
                delete_account(row, user=staff(request))

    def bring_back(self, request: HttpRequest, row: CallerAccount, reason: str) -> None:
        """Save by the service; where the profile is gone, so is its table."""
        if not PortalProfile.objects.filter(pk=row.profile_id).exists():
            raise ValidationError("Its portal profile is gone: bring that back first.")
        save_account(row, user=staff(request), reason=reason)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """As Django's; a refusal that came too late for the form is shown."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as refused:
            self.message_user(request, f"Not saved: {' '.join(refused.messages)}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


class TryForm(forms.Form):
    """A caller to try a profile as."""

    subject = forms.CharField(
        label="Subject",
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "usr_123", "autocomplete": "off"}),
        help_text="The token's sub, exactly.",
    )
    claims = forms.CharField(
        label="Claims",
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "placeholder": "portal_account=alice"}),
        help_text="One name=value for each line. Only those that the profile looks at.",
    )

    def __init__(self, *args: Any, profile: PortalProfile, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.profile = profile
        self.trial: Trial | None = None

    def clean(self) -> dict[str, Any]:
        """Try it; what cannot be tried is a fault of its field."""
        found = super().clean() or {}
        if not self.errors:
            try:
                claims = read_claims(line for line in found["claims"].splitlines() if line.strip())
                self.trial = try_as(self.profile, found["subject"], claims)
            except CannotTry as fault:
                self.add_error(fault.part if fault.part in self.fields else None, fault.message)
        return found


@require_http_methods(["GET", "HEAD", "POST"])
def try_page(request: HttpRequest, key: int, *, model_admin: Any) -> HttpResponse:
    """Goes the way of one caller by POST, since the portal is asked in that person's name; Django's log tells who did.

    Looking into somebody's root folder needs a permission of its own.
    """
    profile = PortalProfile.objects.filter(pk=key).first()
    if not request.user.has_perm(MAY_TRY):
        raise PermissionDenied
    if profile is None:
        raise Http404
    form = TryForm(request.POST if request.method == "POST" else None, profile=profile)
    if form.is_bound and form.is_valid() and form.trial is not None:
        outcome = "it works" if form.trial.ok else f"failed at {form.trial.steps[-1].check}"
        model_admin.log_change(request, profile, f"Tried as {form.trial.subject}: {outcome}")
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Try {profile} as a caller",
        "opts": PortalProfile._meta,
        "profile": profile,
        "form": form,
        "trial": form.trial,
    }
    return TemplateResponse(request, "tools/try.html", context)
