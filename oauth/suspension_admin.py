"""The admin's side of suspensions: made by a form, ended by a confirmed action, never deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, Q, Value, When
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from oauth import reading, suspending
from oauth.models import Suspension
from oauth.selectors import suspensions_in_force
from oauth.suspensions import EXAMPLES
from tools.admin_history import HistoryAdmin, staff

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

VALUES = "; ".join(f"{level.value}: {example}" for level, example in EXAMPLES.items())


class SuspensionForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What is stopped, why, and until when; nothing is chosen beforehand, since the first choice is everything."""

    level = forms.ChoiceField(
        choices=[("", "Choose what to stop"), *Suspension.Level.choices],
        widget=UnfoldAdminSelectWidget,
        help_text="What to stop, for every worker within a second. Policies stay as they are.",
    )

    class Meta:
        model = Suspension
        fields = ("level", "value", "reason", "until")
        help_texts = {
            "value": f"Which one, exactly; empty for everything and for all changes. {VALUES}. The audit events of a "
            "call show its subject, client and organization.",
            "reason": "One line, such as: laptop lost, ticket 4711. Operators see it; callers only with "
            "EXPLAIN_TO_CALLER=policy.",
            "until": "When it ends by itself, in UTC; empty for no end. Callers are told this time.",
        }


class StateFilter(admin.SimpleListFilter):
    """In force, or ended."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two states."""
        return [("in_force", "In force"), ("ended", "Ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Suspension]) -> QuerySet[Suspension]:
        """Those of the chosen state."""
        if self.value() == "in_force":
            return queryset.filter(pk__in=suspensions_in_force())
        return queryset.exclude(pk__in=suspensions_in_force()) if self.value() == "ended" else queryset


@admin.register(Suspension)
class SuspensionAdmin(HistoryAdmin, ModelAdmin):
    """Suspensions, those in force first. An ended one does not come back by its history: one makes another."""

    form = SuspensionForm
    list_display = ("number", "shown_state", "what", "reason", "author", "created_at", "until", "ended_by")
    list_display_links = ("number", "what")
    list_filter = (StateFilter, "level")
    search_fields = ("value", "reason", "author", "ended_by")
    readonly_fields = ("state_and_resume", "author", "created_at", "ended_at", "ended_by")
    actions = ("resume",)
    list_per_page = 50
    when_empty = "Nothing is stopped, and nothing ever was. Add one to stop something within a second."

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        """In force first, then the newest."""
        alive = Q(ended_at=None) & (Q(until=None) | Q(until__gt=timezone.now()))
        return (Case(When(alive, then=Value(0)), default=Value(1)).asc(), "-created_at", "-pk")

    def get_fields(self, request: HttpRequest, obj: Suspension | None = None) -> tuple[str, ...]:
        """A new one has nothing to show yet."""
        asked = ("level", "value", "reason", "until")
        return asked if obj is None else ("state_and_resume", *asked, "author", "created_at", "ended_at", "ended_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Suspension | None = None) -> tuple[str, ...]:
        """What is stopped does not change."""
        return self.readonly_fields if obj is None else (*self.readonly_fields, "level", "value")

    @admin.display(description="number", ordering="pk")
    def number(self, row: Suspension) -> int:
        """By which `manage.py resume` knows it."""
        return row.pk

    @display(  # type: ignore[untyped-decorator]  # unfold has no types
        description="state", label={"in force": "danger", "ended": "success"}
    )
    def shown_state(self, row: Suspension) -> str:
        """In force or ended, in colour."""
        return "in force" if reading.is_in_force(row) else "ended"

    @admin.display(description="what", ordering="level")
    def what(self, row: Suspension) -> str:
        """What is stopped."""
        return f"{row.get_level_display()} {row.value}".strip()

    @admin.display(description="state")
    def state_and_resume(self, row: Suspension) -> str:
        """How it stands, and the way to lift it."""
        if not reading.is_in_force(row):
            return reading.state(row)
        address = reverse("admin:oauth_suspension_resume", args=[row.pk])
        return format_html('In force, {}. <a class="underline" href="{}">Resume…</a>', reading.end(row), address)

    def save_model(self, request: HttpRequest, obj: Suspension, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save by the service, signed by who is logged in."""
        if change:
            suspending.amend(obj, user=staff(request))
            return
        suspending.suspend(obj, author=request.user.get_username(), user=staff(request))
        for sentence in suspending.notes(obj):
            self.message_user(request, sentence, messages.WARNING)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """As Django's; another operator may have lifted it after the form was checked."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as refused:
            self.message_user(request, f"Not saved: {' '.join(refused.messages)}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def has_change_permission(self, request: HttpRequest, obj: Suspension | None = None) -> bool:
        """What has ended is only looked at."""
        return bool(super().has_change_permission(request, obj)) and (obj is None or reading.is_in_force(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Suspension | None = None) -> bool:
        """A stop is ended, not deleted: who stopped what when is evidence."""
        return False

    def get_urls(self) -> list[Any]:
        """With the page that asks before resuming."""
        page = self.admin_site.admin_view(self.resume_page)
        return [path("<int:number>/resume/", page, name="oauth_suspension_resume"), *super().get_urls()]

    def resume_page(self, request: HttpRequest, number: int) -> HttpResponse:
        """Show what resuming means; the button posts the action."""
        row = get_object_or_404(Suspension, pk=number)
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self._asked(request, [row] if reading.is_in_force(row) else [])

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[Suspension]) -> HttpResponse | None:
        """End the chosen suspensions; asks first."""
        rows = [row for row in queryset if reading.is_in_force(row)]
        if "confirmed" not in request.POST:
            return self._asked(request, rows)
        ended = suspending.resume(rows, author=request.user.get_username(), user=staff(request))
        said = "; ".join(str(row) for row in ended) or "none, they had ended already"
        self.message_user(request, f"Resumed: {said}.", messages.SUCCESS)
        return None

    def _asked(self, request: HttpRequest, rows: list[Suspension]) -> HttpResponse:
        if not rows:
            self.message_user(request, "Nothing to resume: this has ended already.", messages.WARNING)
            return HttpResponseRedirect(reverse("admin:oauth_suspension_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Resume",
            "opts": self.model._meta,
            "lines": [reading.suspension(row) for row in rows],
            "chosen": [str(row.pk) for row in rows],
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "oauth/confirm_resume.html", context)
