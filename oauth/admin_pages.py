"""The admin's pages that explain: *Why?* draws the ladder of one decision, *Effective access* tools by scopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from oauth import access_table, explaining, ladder, prefill
from oauth.asking import Asked, BadQuestion
from oauth.auditing import record_reading
from oauth.models import AuditEvent, Policy, PolicyTest
from oauth.page_forms import EffectiveForm, WhyForm
from oauth.snapshots import newest_snapshot
from tools.models import PortalProfile

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

MAY_LOOK = "oauth.view_policy"
CALLER = ("scopes", "subject", "client", "organization", "claims")
PLACE = ("portal", "tenant", "paths", "at")


def urls() -> list[URLPattern]:
    """Addresses under the admin of policies; behind its sign-in, each page asks for the permission itself."""
    return [
        path("why/", site.admin_view(why), name="oauth_policy_why"),
        path("effective-access/", site.admin_view(effective_access), name="oauth_policy_effective"),
    ]


def _require(request: HttpRequest, permission: str = MAY_LOOK) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _page(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    found = {**site.each_context(request), "title": title, **context}
    return TemplateResponse(request, template, found)


@sensitive_post_parameters("token")
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def why(request: HttpRequest) -> HttpResponse:
    """Ask about one call, by POST since a token may be in it; GET shows the form, filled from a policy or an event."""
    _require(request)
    portals = PortalProfile.objects.order_by("name").values_list("name", flat=True)
    if request.method == "POST":
        form = WhyForm(request.POST, portals=portals)
    else:
        form = WhyForm(initial=_initial(request), portals=portals)
    result = _result(form)
    groups = [("Who", CALLER), ("What and where", ("tool", *PLACE))]
    fields = [(title, [form[name] for name in names]) for title, names in groups]
    return _page(request, "oauth/why.html", "Why?", {"form": form, "groups": fields, "result": result})


def _initial(request: HttpRequest) -> dict[str, Any]:
    """What the form begins with; an event's content only for those who may see events."""
    number = request.GET.get("event", "")
    if number.isdecimal():
        _require(request, "oauth.view_auditevent")
        record_reading(request.user.get_username(), {"page": "why", "event": number[:18]})
        event = AuditEvent.objects.filter(pk=int(number[:18])).first()
        return prefill.from_event(event) if event else {}
    number = request.GET.get("test", "")
    if number.isdecimal():
        test = PolicyTest.objects.filter(pk=int(number[:18])).first()
        return prefill.from_test(test) if test and request.user.has_perm("oauth.view_policytest") else {}
    number = request.GET.get("policy", "")
    policy = Policy.objects.filter(pk=int(number[:18])).first() if number.isdecimal() else None
    return prefill.from_policy(policy) if policy else {}


@dataclass(frozen=True, slots=True)
class Result:
    """An answer as the page shows it."""

    answer: explaining.Answer
    headline: str
    asked: str
    claims: tuple[tuple[str, str], ...]
    as_test: str

    @property
    def deciding(self) -> ladder.Rung | None:
        """The rung that decided."""
        return next((rung for rung in self.answer.rungs if rung.decides), None)

    @property
    def shown(self) -> list[ladder.Rung]:
        """Rungs that could have mattered."""
        return [rung for rung in self.answer.rungs if not rung.is_aside]

    @property
    def aside(self) -> list[ladder.Rung]:
        """Rungs about something else."""
        return [rung for rung in self.answer.rungs if rung.is_aside]


def _result(form: WhyForm) -> Result | None:
    if not form.is_bound or not form.is_valid():
        return None
    asked: Asked = form.cleaned_data["asked"]
    try:
        answer = explaining.answer(asked)
    except BadQuestion as bad:
        form.add_error(bad.part, bad.message)
        return None
    found = answer.explanation
    where = ladder.place_text(found.call, found.spec)
    text = f"{found.call.tool}, {where}, at {ladder.at_text(found.call.at)}"
    return Result(
        answer, ladder.headline(found), text, _claims(asked), prefill.as_test(answer, form.cleaned_data["at"])
    )


def _claims(asked: Asked) -> tuple[tuple[str, str], ...]:
    """The claims of a pasted token that were used; never the token."""
    principal = asked.principal
    if principal is None:
        return ()
    return (
        ("Subject", principal.subject),
        ("Client", principal.client or "none"),
        ("Organization", principal.organization or "none"),
        ("Scopes", " ".join(sorted(principal.scopes)) or "none"),
        *((name, value or "out of bounds") for name, value in principal.claims),
        ("Expires", ladder.at_text(principal.expires_at)),
    )


@require_safe
def effective_access(request: HttpRequest) -> HttpResponse:
    """Tools by scopes for one caller at one place, by the policy as it is now."""
    _require(request)
    snapshot = newest_snapshot()
    default = access_table.default_portal(snapshot)
    form = EffectiveForm(request.GET or {"portal": default}, profiles=snapshot.profiles)
    found = None
    if default and form.is_valid():
        found = access_table.build(snapshot, form.cleaned_data)
    context = {"form": form, "table": found, "has_portal": bool(default)}
    return _page(request, "oauth/effective.html", "Effective access", context)
