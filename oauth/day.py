"""Calls and refusals of the last 24 hours, counted by the indexes of the audit: no event itself is read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db.models import CharField, Count, F, IntegerField, Subquery, Sum, Value

from oauth.audit_filters import OUTCOMES, REASONS
from oauth.models import AuditEvent
from tools.catalogue import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterable

SPAN = timedelta(hours=24)
MOST: Final = 5
"""Reasons, codes and tools that are named."""
MADE: Final = frozenset({"ok", "partly", "begun", "dry_run"})
FAILED: Final = frozenset(OUTCOMES) - MADE - {"denied", "refused", "intent"}
NO_CALLS: Final = ("read", "export", "prune")
"""Kinds of events about those who use the audit; all of them are told as `ok`."""
CONCLUDED: Final = tuple(each for each in OUTCOMES if each != "intent")
TOLD_BY_CODE: Final = ("refused", *sorted(FAILED))
Named = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Day:
    """What became of the calls since a moment; `by_…` name the most frequent, most first.

    `by_reason` is of what was denied, `by_refusal` of what was refused for what was asked, `by_code` of what failed:
    the outcome and its code.
    """

    since: datetime
    outcomes: dict[str, int]
    by_reason: Named
    by_refusal: Named
    by_code: Named
    by_tool: Named

    @property
    def calls(self) -> int:
        """All of them."""
        return sum(self.outcomes.values())

    @property
    def made(self) -> int:
        """Those that did what was asked, as far as they could."""
        return sum(count for outcome, count in self.outcomes.items() if outcome in MADE)

    @property
    def denied(self) -> int:
        """Refused by policy, by a suspension or by a limit."""
        return self.outcomes.get("denied", 0)

    @property
    def refused(self) -> int:
        """Refused for what was asked: arguments, unknown tools."""
        return self.outcomes.get("refused", 0)

    @property
    def failed(self) -> int:
        """Neither made nor refused: faults, unknown outcomes, callers who left."""
        return sum(count for outcome, count in self.outcomes.items() if outcome in FAILED)


def read() -> Day:
    """Count, in one query; raises `DatabaseError`.

    Events are numbered as they are committed, so the first since the moment begins a range in each of the indexes
    that end in the number. Every value is known beforehand: of what strangers may name, nothing is grouped.
    """
    since = datetime.now(UTC) - SPAN
    first = AuditEvent.objects.filter(time__gte=since).order_by("time").values("id")[:1]
    rows = AuditEvent.objects.filter(id__gte=Subquery(first)).order_by()
    parts = [
        _grouped(rows.filter(outcome__in=CONCLUDED), "outcome"),
        _grouped(rows.filter(reason__in=[str(each) for each in REASONS]), "reason"),
        _grouped(rows.filter(tool__in=list(CATALOGUE)), "tool"),
        _grouped(rows.filter(kind__in=(*NO_CALLS, "refusals")), "kind"),
        _grouped(rows.filter(kind="intent"), "tool", by="intent"),
        _grouped(rows.filter(outcome__in=TOLD_BY_CODE), "outcome", "code", by="code"),
    ]
    return counted(since, parts[0].union(*parts[1:], all=True))


def _grouped(rows: Any, column: str, further: str = "", *, by: str = "") -> Any:
    """Rows of: by what was grouped, value, further value, events, refusals that they stand for."""
    stands_for = Sum("repeats") if column == "kind" else Value(0, IntegerField())
    by_what = Value(by or column, CharField())
    if further:
        named = rows.values(first=F(column), second=F(further)).annotate(
            events=Count("id"), said=stands_for, by=by_what
        )
    else:
        second = Value("", CharField())
        named = rows.values(first=F(column)).annotate(events=Count("id"), said=stands_for, by=by_what, second=second)
    return named.values_list("by", "first", "second", "events", "said")


def counted(since: datetime, rows: Iterable[tuple[str, str, str, int, int]]) -> Day:
    """Put the groups together: refusals that are only counted count as many as they stand for, readings not at all."""
    found: dict[str, Counter[str]] = {by: Counter() for by in ("outcome", "reason", "refusal", "code", "tool")}
    for by, first, second, events, stands_for in rows:
        if by == "kind" and first == "refusals":
            found["outcome"]["denied"] += stands_for - events
            found["reason"]["repeated"] += stands_for - events
        elif by == "kind" and first in NO_CALLS:
            found["outcome"]["ok"] -= events
        elif by == "intent":
            found["tool"][first] -= events  # of the same call
        elif by == "code":
            named = second or first if first == "refused" else f"{first} {second}".rstrip()
            found["refusal" if first == "refused" else "code"][named] += events
        elif by != "kind":
            found[by][first] += events
    outcomes = {outcome: count for outcome, count in found["outcome"].items() if count > 0}
    return Day(since, outcomes, *(_most(found[by]) for by in ("reason", "refusal", "code", "tool")))


def _most(counts: Counter[str]) -> Named:
    named = ((name, count) for name, count in counts.items() if count > 0)
    return tuple(sorted(named, key=lambda pair: (-pair[1], pair[0]))[:MOST])
