"""The admin page *Check Scalekit*: what `check_scalekit` prints, and a form that takes a token apart."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from oauth.admin_pages import MAY_LOOK
from oauth.diagnosing import diagnose, diagnose_token
from oauth.diagnosis import Finding, State
from oauth.page_forms import TokenForm
from oauth.token_report import verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, HttpResponse

MARKS: Final = {State.OK: "check", State.WARNING: "priority_high", State.FAILED: "close", State.SKIPPED: "remove"}
WORDS: Final = {State.OK: "good", State.WARNING: "look at it", State.FAILED: "failed", State.SKIPPED: "not told"}
HEADLINES: Final = {
    State.OK: "Everything fits",
    State.WARNING: "It works, with something to look at",
    State.FAILED: "Something is wrong",
}
BUSY: Final = "A check is under way already. Wait until it has ended, and try again."
_turn = threading.Lock()
"""One check at a time in a worker: whoever presses the button often does not press on Scalekit."""


@dataclass(frozen=True, slots=True)
class Row:
    """A finding as the page shows it."""

    finding: Finding

    @property
    def mark(self) -> str:
        """The sign in the badge."""
        return MARKS[self.finding.state]

    @property
    def word(self) -> str:
        """The badge in words, for those who do not see colours."""
        return WORDS[self.finding.state]


@dataclass(frozen=True, slots=True)
class Shown:
    """A list of findings with its headline; `claims` are those of a token whose signature is good."""

    rows: list[Row]
    headline: str
    is_good: bool
    claims: Mapping[str, str]

    @property
    def counts(self) -> str:
        """How many ended how, such as `12 good, 1 failed`."""
        states = [row.finding.state for row in self.rows]
        return ", ".join(f"{states.count(state)} {WORDS[state]}" for state in State if state in states)


@never_cache
@sensitive_post_parameters("token")
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def check_scalekit(request: HttpRequest) -> HttpResponse:
    """GET shows two forms and asks nobody; POST checks the environment or, where `what` is token, a token."""
    if not request.user.has_perm(MAY_LOOK):
        raise PermissionDenied
    context: dict[str, Any] = {"form": TokenForm()}
    if request.method == "POST":
        is_token = request.POST.get("what") == "token"
        context |= _examined_token(request) if is_token else _examined_environment()
    found = {**site.each_context(request), "title": "Check Scalekit", **context}
    return TemplateResponse(request, "oauth/scalekit.html", found)


def _examined_environment() -> dict[str, Any]:
    if not _turn.acquire(blocking=False):
        return {"busy": BUSY}
    try:
        findings = diagnose()
    finally:
        _turn.release()
    state = verdict(findings)
    rows = [Row(each) for each in findings]
    return {"report": Shown(rows, HEADLINES[state], state is not State.FAILED, {})}


@sensitive_variables()
def _examined_token(request: HttpRequest) -> dict[str, Any]:
    """The report of the posted token; a form with what was wrong in place of it where nothing was posted."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return {"form": form}
    report = diagnose_token(form.cleaned_data["token"])
    headline = "The door accepts this token" if report.principal else "The door refuses this token"
    rows = [Row(each) for each in report.findings]
    return {"report": Shown(rows, headline, report.principal is not None, report.claims)}
