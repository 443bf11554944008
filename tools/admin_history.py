"""The history pages of one governed row: what each change changed, and the way back to a former state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin

from tools.governed import GovernedModel, governed_write
from tools.history import field_changes, moment_text, name_of, told, tracked, values_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser
    from django.http import HttpRequest


def staff(request: HttpRequest) -> AbstractBaseUser | None:
    """Who acts, for the history; the admin lets nobody else in."""
    return request.user if request.user.is_authenticated else None


class HistoryAdmin(SimpleHistoryAdmin):
    """History with differences. A former state comes back through the service of its kind, or not at all."""

    object_history_template = "tools/history.html"
    history_list_per_page = 25
    brings_back: ClassVar[bool] = False

    def bring_back(self, request: HttpRequest, row: Any, reason: str) -> None:
        """Save `row`, which holds a former state, by its service; raises `ValidationError`."""
        raise NotImplementedError

    def opens(self, stored: Any, wanted: Any) -> bool:
        """Whether going from `stored` to `wanted` needs a confirmation, since it lets more through."""
        return False

    def set_history_delta_changes(self, request: HttpRequest, page: Any, **_: Any) -> None:
        """Put what each record changed beside it, the last of the page included."""
        records = list(page)
        for record, change in zip(records, told(self.model, records), strict=True):
            record.change = change

    def history_view_title(self, request: HttpRequest, obj: Any) -> str:
        """Such as `History of Readers`."""
        return f"History of {obj}"

    def may_bring_back(self, request: HttpRequest, stored: Any) -> bool:
        """A row that is there is changed, one that is gone is added again."""
        if not self.brings_back:
            return False
        return bool(self.has_change_permission(request, stored) if stored else self.has_add_permission(request))

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """One former state against the present one; POST brings it back."""
        record = self._record(object_id, version_id)
        stored = self.model._default_manager.filter(pk=record.id).first()
        if not self.has_view_or_change_permission(request, stored):
            raise PermissionDenied
        if request.method != "POST":
            return self._shown(request, record, stored)
        if not self.may_bring_back(request, stored):
            raise PermissionDenied
        with governed_write():
            return self._brought_back(request, record)

    def _record(self, object_id: str, version_id: str) -> Any:
        try:
            keys = int(unquote(object_id)), int(unquote(version_id))
        except ValueError:
            raise Http404 from None
        record = self.model.history.filter(id=keys[0], history_id=keys[1]).select_related("history_user").first()
        if record is None:
            raise Http404
        return record

    def _brought_back(self, request: HttpRequest, record: Any) -> HttpResponse:
        """Decided and saved while nobody else writes."""
        stored = self.model._default_manager.filter(pk=record.id).first()
        wanted = as_it_was(self.model, record, stored)
        opens = stored is not None and self.opens(stored, wanted)
        if opens and request.POST.get("confirms_widening") != "on":
            fault = "This lets through what the policy stops now. Tick Let more through to confirm."
            return self._shown(request, record, stored, fault)
        reason = f"brought back the state of {moment_text(record.history_date)}"
        try:
            self.bring_back(request, wanted, f"{reason}, confirmed that it lets more through" if opens else reason)
        except ValidationError as refused:
            return self._shown(request, record, stored, f"Not brought back: {' '.join(refused.messages)}")
        self.log_change(request, wanted, reason)
        self.message_user(request, f"{wanted} is as it was at {moment_text(record.history_date)}.", messages.SUCCESS)
        return HttpResponseRedirect(self._address("change", record.id))

    def _address(self, page: str, key: int) -> str:
        options = self.model._meta
        return reverse(f"{self.admin_site.name}:{options.app_label}_{options.model_name}_{page}", args=[key])

    def _shown(self, request: HttpRequest, record: Any, stored: Any, fault: str = "") -> HttpResponse:
        wanted = as_it_was(self.model, record, stored)
        present = values_of(stored, self.model) if stored else None
        name = name_of(self.model, record)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{name} at {moment_text(record.history_date)}",
            "opts": self.model._meta,
            "change": told(self.model, [record])[0],
            "back": field_changes(self.model, present, values_of(wanted, self.model)),
            "is_gone": stored is None,
            "may_bring_back": self.may_bring_back(request, stored),
            "opens": stored is not None and self.opens(stored, wanted),
            "fault": fault,
            "history_url": self._address("history", record.id),
        }
        return TemplateResponse(request, "tools/history_state.html", context)


def as_it_was(model: type[GovernedModel], record: Any, stored: Any) -> Any:
    """The row with the values of a record, unsaved; secrets, which no history holds, stay those of today."""
    wanted: Any = model(**{model._meta.pk.attname: record.id})
    if stored is not None:
        wanted = model._default_manager.get(pk=record.id)
    for name in set(tracked(model)) - set(model.secrets.values()):
        setattr(wanted, name, getattr(record, name))
    return wanted
