"""The admin's first page: the overview, as far as an account may see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse

from oauth import conf, overview, overview_workers, reading
from oauth.day import FAILED, MADE
from oauth.overview_clients import book_at_hand, running_book
from tools.health import ago
from tools.spec import PREFIX

if TYPE_CHECKING:
    from django.http import HttpRequest

    from oauth.day import Day, Named


@dataclass(frozen=True, slots=True)
class Linked:
    """A number with the page that shows what it counts."""

    label: str
    count: int
    address: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """django-unfold's callback: adds to the context of the first page what this account may see."""
    book = book_at_hand(running_book(), lists_step_up=conf.lists_step_up_tools())
    found = overview.read(book, seen_by(request))
    return {
        **context,
        "title": "Overview",
        "overview": found,
        "workers": [_worker(each) for each in found.workers or ()],
        "clients": [(each, ago(each.age)) for each in found.clients or ()],
        "suspensions": [(row, reading.end(row)) for row in found.suspensions or ()],
        "day": _day(found.day) if found.day is not None else None,
        "sees_nothing": found.is_blank,
    }


def seen_by(request: HttpRequest) -> overview.Sees:
    """What the account may see here is what it may see on the pages behind."""
    may = request.user.has_perm
    return overview.Sees(
        portals=may("tools.view_portalprofile"),
        policy=may("oauth.view_policy"),
        tests=may("oauth.view_policytest"),
        suspensions=may("oauth.view_suspension"),
        audit=may("oauth.view_auditevent"),
    )


def _worker(told: Any) -> dict[str, Any]:
    return {
        "report": told.report,
        "badge": overview_workers.badge(told),
        "seen": ago(told.age),
        "revision_age": ago(told.revision_age),
        "keys_age": "" if told.report.key_age is None else ago(told.age + told.report.key_age),
    }


def _day(day: Day) -> dict[str, Any]:
    audit = reverse("admin:oauth_auditevent_changelist")
    since = f"{day.since:%Y-%m-%dT%H:%MZ}"

    def to(**asked: str) -> str:
        return f"{audit}?{urlencode({**asked, 'since': since})}"

    def linked(named: Named, *, by: str) -> list[Linked]:
        return [Linked(name.replace("_", " "), count, to(**{by: name})) for name, count in named]

    return {
        "numbers": [
            Linked("calls", day.calls, to()),
            Linked("done", day.made, to(**_most_of(day, MADE))),
            Linked("denied", day.denied, to(outcome="denied")),
            Linked("refused", day.refused, to(outcome="refused")),
            Linked("failed", day.failed, to(**_most_of(day, FAILED))),
        ],
        "by_reason": [
            *linked(day.by_reason, by="reason"),
            *(Linked(name.replace("_", " "), count, to(outcome="refused")) for name, count in day.by_refusal),
        ],
        "by_code": [
            Linked(name.replace("_", " "), count, to(outcome=name.partition(" ")[0])) for name, count in day.by_code
        ],
        "by_tool": [Linked(name.removeprefix(PREFIX), count, to(tool=name)) for name, count in day.by_tool],
    }


def _most_of(day: Day, outcomes: frozenset[str]) -> dict[str, str]:
    """The filter of the audit for some outcomes: it takes one, so the most frequent."""
    found = {outcome: times for outcome, times in day.outcomes.items() if outcome in outcomes}
    return {"outcome": max(found, key=lambda outcome: found[outcome])} if found else {}
