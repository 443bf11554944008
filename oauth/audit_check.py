"""Verifies every stream of the audit, against its keys and against what was signed in and outside the database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from oauth.audit_rows import marks_of, rows_of, streams
from oauth.audit_streams import audit_keys
from oauth.chain import Keys
from oauth.chain_check import StreamCheck
from oauth.checkpoint_file import Outside
from oauth.models import AuditEvent, AuditMark

STRAY: Final = (
    "is outside every chain although chains had begun: added past the server, or by a worker of an older version"
)


@dataclass(slots=True)
class AuditReport:
    """What verification found, stream by stream; `stray` is the first event outside a chain that should be in one."""

    streams: list[StreamCheck] = field(default_factory=list)
    unchained: int = 0
    stray: int | None = None
    bad_lines: list[int] = field(default_factory=list)
    has_outside: bool = False

    @property
    def broken(self) -> list[StreamCheck]:
        """Streams that do not hold."""
        return [check for check in self.streams if check.broken is not None]

    @property
    def is_good(self) -> bool:
        """Whether everything holds."""
        return not self.broken and self.stray is None and not self.bad_lines

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "ok": self.is_good,
            "events": sum(check.events for check in self.streams),
            "unchained": self.unchained,
            "first_stray_event": self.stray,
            "checked_against_file": self.has_outside,
            "bad_lines": self.bad_lines,
            "streams": [_facts(check) for check in self.streams],
        }


def _facts(check: StreamCheck) -> dict[str, Any]:
    found = check.broken
    broken = None if found is None else {**found._asdict(), "fault": found.fault.value}
    names = ("name", "events", "first", "last", "pruned", "closed")
    return {**{name: getattr(check, name) for name in names}, "broken": broken}


def verify(outside: Outside | None) -> AuditReport:
    """Check all streams in constant memory; `outside` was read before: its marks are no younger than the rows."""
    keys, report = audit_keys(), AuditReport(has_outside=outside is not None)
    there = outside or Outside()
    report.bad_lines = there.bad_lines
    report.streams = [check_stream(name, keys, there) for name in _names(there)]
    report.unchained = AuditEvent.objects.filter(stream="").count()
    first = AuditEvent.objects.exclude(stream="").order_by("id").values_list("id", flat=True).first()
    if first is not None and report.unchained:
        strays = AuditEvent.objects.filter(stream="", id__gt=first).order_by("id")
        report.stray = strays.values_list("id", flat=True).first()
    return report


def _names(outside: Outside) -> Iterator[str]:
    seen = set()
    for name in streams():
        seen.add(name)
        yield name
    marked = set(AuditMark.objects.values_list("stream", flat=True)) | outside.marks.keys()
    yield from sorted(marked - seen)


def check_stream(name: str, keys: Keys, outside: Outside) -> StreamCheck:
    """Check one stream; once more when it does not hold, since it may have been pruned while it was read."""
    check = _checked(name, keys, outside)
    return check if check.broken is None else _checked(name, keys, outside)


def _checked(name: str, keys: Keys, outside: Outside) -> StreamCheck:
    check = StreamCheck(name, keys, [*marks_of(name), *outside.marks.get(name, [])])
    for number, row in rows_of(name):
        if row is None:
            check.unreadable(number)
        else:
            check.feed(row, number)
    check.finish()
    return check
