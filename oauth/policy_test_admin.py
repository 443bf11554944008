"""The admin's side of tests of the policies: a list with what comes of each now, and a form like that of *Why?*."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpResponseRedirect
from unfold.admin import ModelAdmin
from unfold.decorators import display

from oauth.asking import BadQuestion, moment
from oauth.models import PolicyTest
from oauth.policy_test_form import PolicyTestForm
from oauth.policy_tests import Verdict, as_expectation, delete_test, run, save_test
from oauth.snapshots import newest_snapshot
from tools.admin_history import HistoryAdmin, staff
from tools.governed import governed_write
from tools.spec import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet
    from django.http import HttpRequest

PASSES, FAILS = "passes", "fails"


def verdicts(rows: Iterable[PolicyTest]) -> list[Verdict]:
    """What comes of these tests by the policies as they are now, in their order."""
    return run(newest_snapshot(), [as_expectation(row) for row in rows], time.time())


@admin.register(PolicyTest)
class PolicyTestAdmin(HistoryAdmin, ModelAdmin):
    """Tests of the policies."""

    brings_back = True
    form = PolicyTestForm
    list_display = ("name", "verdict", "says", "asks", "expected", "enabled")
    list_filter = ("expected", "enabled")
    search_fields = ("name", "note", "tool", "subject", "portal", "policy")
    search_help_text = "Words of names, notes, tools, subjects, portals or policies."
    when_empty = "Ask on the page Why?, and make a test of the answer: then no later change undoes it unseen."
    list_per_page = 50
    save_on_top = True
    change_form_outer_before_template = "oauth/policy_test_verdict.html"
    fieldsets = (
        (None, {"fields": ("name", "note", "enabled")}),
        ("Who", {"fields": ("scopes", "subject", "client", "organization", "claims")}),
        ("What and where", {"fields": ("tool", "portal", "tenant", "paths", "at")}),
        ("What should come of it", {"fields": ("expected", "policy")}),
    )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """As Django's, with what comes of each test of the page: one snapshot for all of them."""
        page = super().get_changelist_instance(request)
        rows = list(page.result_list)
        for row, found in zip(rows, verdicts(rows), strict=True):
            row.found = found
        page.result_list = rows
        return page

    @display(  # type: ignore[untyped-decorator]  # unfold has no types
        description="now", label={PASSES: "success", FAILS: "danger"}
    )
    def verdict(self, row: Any) -> str:
        """Whether it passes by the policies as they are."""
        return PASSES if row.found.passed else FAILS

    @admin.display(description="what comes of it")
    def says(self, row: Any) -> str:
        """The decision, and what is wrong with it."""
        return str(row.found.says)

    @admin.display(description="asks")
    def asks(self, row: PolicyTest) -> str:
        """The call in short."""
        where = ", ".join(filter(None, (row.portal, row.tenant, *row.paths)))
        who = row.subject or " ".join(row.scopes) or "nobody"
        return f"{who}: {row.tool.removeprefix(PREFIX)}{' on ' if where else ''}{where}"

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """As Django's, from the address that *Why?* made; its time is text there."""
        found: dict[str, Any] = super().get_changeform_initial_data(request)
        if text := found.pop("at", ""):
            try:
                found["at"] = datetime.fromtimestamp(moment(text), UTC)
            except BadQuestion:
                self.message_user(request, "The time could not be read: enter it again.", messages.WARNING)
        return found

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """As Django's, with what comes of the test as it is saved."""
        original = context.get("original")  # holds what was typed, when the form is shown again
        rows = PolicyTest.objects.filter(pk=original.pk if original is not None else 0)
        context["verdict"] = next(iter(verdicts(rows)), None)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: PolicyTest, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save by the service, and tell at once when it fails."""
        save_test(obj, user=staff(request))
        [found] = verdicts([obj])
        if obj.enabled and not found.passed:
            self.message_user(request, f"{obj} fails now: {found.says}.", messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: PolicyTest) -> None:
        """Delete by the service."""
        delete_test(obj, user=staff(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PolicyTest]) -> None:
        """Delete each by the service."""
        with governed_write():
            for row in queryset:
                delete_test(row, user=staff(request))

    def bring_back(self, request: HttpRequest, row: PolicyTest, reason: str) -> None:
        """Save by the service."""
        save_test(row, user=staff(request), reason=reason)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """As Django's; a refusal that came too late for the form is shown."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except ValidationError as refused:
            self.message_user(request, f"Not saved: {' '.join(refused.messages)}", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
