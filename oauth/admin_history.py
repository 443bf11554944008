"""The page *Recent changes*: what was changed of every kind, by whom and when, deleted rows included."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, Q, QuerySet, Value
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from tools.governed import GovernedModel
from tools.history import ACTIONS, Change, history_of, kinds, told

if TYPE_CHECKING:
    from django.http import HttpResponse

PER_PAGE: Final = 25
LAST_PAGE: Final = 400
Kinds = dict[str, type[GovernedModel]]


def kinds_for(request: HttpRequest) -> Kinds:
    """The kinds that this account may look at."""
    return {
        label: model
        for label, model in kinds().items()
        if any(request.user.has_perm(f"{model._meta.app_label}.{verb}_{model._meta.model_name}") for verb in _VERBS)
    }


_VERBS: Final = ("view", "change")


class _Moment(forms.DateTimeField):
    """A moment typed as people write it, in UTC."""

    def __init__(self, label: str) -> None:
        formats = ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]
        super().__init__(
            label=label,
            required=False,
            input_formats=formats,
            widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2027-01-31 18:00"}),
            error_messages={"invalid": "Write it as 2027-01-31 or 2027-01-31 18:00, in UTC."},
        )


class ChangesForm(forms.Form):
    """What to look for; everything is optional."""

    kind = forms.ChoiceField(label="Kind", required=False, widget=UnfoldAdminSelectWidget)
    action = forms.ChoiceField(
        label="What happened",
        required=False,
        choices=[("", "anything"), *ACTIONS.items()],
        widget=UnfoldAdminSelectWidget,
    )
    name = forms.CharField(
        label="Name contains",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "HR"}),
    )
    author = forms.CharField(
        label="By",
        required=False,
        max_length=150,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "olga, or import_config"}),
    )
    since, before = _Moment("From (UTC)"), _Moment("Before (UTC)")

    def __init__(self, asked: Any, known: Kinds) -> None:
        super().__init__(asked)
        kind = self.fields["kind"]
        if isinstance(kind, forms.ChoiceField):
            names = [(label, str(model._meta.verbose_name)) for label, model in known.items()]
            kind.choices = [("", "every kind"), *names]


def recent_changes(request: HttpRequest) -> HttpResponse:
    """Newest first; the caller has passed the admin's own check that this is staff."""
    known = kinds_for(request)
    if not known:
        raise PermissionDenied
    form = ChangesForm(request.GET, known)
    wanted: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    page = _page_number(request)
    changes = _changes(known, wanted, page) if form.is_valid() else []
    context = {
        **admin.site.each_context(request),
        "title": "Recent changes",
        "form": form,
        "is_filtered": any(wanted.values()),
        "changes": [(change, _history_address(change)) for change in changes[:PER_PAGE]],
        "newer": _address(request, page - 1) if page > 1 else "",
        "older": _address(request, page + 1) if len(changes) > PER_PAGE and page < LAST_PAGE else "",
        "page": page,
    }
    return TemplateResponse(request, "oauth/recent_changes.html", context)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return min(max(int(text), 1), LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _address(request: HttpRequest, page: int) -> str:
    asked = request.GET.copy()
    asked["page"] = str(page)
    return f"?{asked.urlencode()}"


def _history_address(change: Change) -> str:
    """The page with the whole history of the row, also of one that is gone."""
    try:
        return reverse(f"admin:{change.label.replace('.', '_')}_history", args=[change.key])
    except NoReverseMatch:
        return ""  # a kind without pages of its own


def _changes(known: Kinds, wanted: dict[str, Any], page: int) -> list[Change]:
    """A page of changes and one more, if there is one: one query over all kinds, then three for each kind on it."""
    chosen = {label: model for label, model in known.items() if wanted.get("kind") in {"", None, label}}
    parts = [
        history_of(model)
        .filter(_wanted(model, wanted))
        .order_by()
        .annotate(label=Value(label, output_field=CharField()))
        .values_list("label", "history_id", "history_date")
        for label, model in chosen.items()
    ]
    rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    start = (page - 1) * PER_PAGE
    keys = list(rows.order_by("-history_date", "-history_id")[start : start + PER_PAGE + 1])
    by_key = {
        (change.label, change.record): change
        for label, model in chosen.items()
        if (numbers := [number for name, number, _ in keys if name == label])
        for change in told(model, _records(model, numbers))
    }
    return [by_key[label, number] for label, number, _ in islice(keys, PER_PAGE + 1)]


def _records(model: type[GovernedModel], numbers: list[int]) -> QuerySet[Any]:
    return history_of(model).filter(history_id__in=numbers).select_related("history_user")


def _wanted(model: type[GovernedModel], wanted: dict[str, Any]) -> Q:
    condition = Q()
    if name := wanted.get("name"):
        columns = [field.attname for field in model._meta.concrete_fields if _is_searched(model, field)]
        condition &= Q(*((f"{column}__icontains", name) for column in columns), _connector=Q.OR)
    if author := wanted.get("author"):
        by_command = Q(history_user=None, history_change_reason__icontains=author)
        condition &= Q(history_user__username__icontains=author) | by_command
    if action := wanted.get("action"):
        condition &= Q(history_type=action)
    since: datetime | None = wanted.get("since")
    before: datetime | None = wanted.get("before")
    condition &= Q(history_date__gte=since) if since else Q()
    return condition & (Q(history_date__lt=before) if before else Q())


def _is_searched(model: type[GovernedModel], field: Any) -> bool:
    """The name; where a kind has none, every short text."""
    if any(each.name == "name" for each in model._meta.fields):
        return bool(field.name == "name")
    return isinstance(field, CharField)
