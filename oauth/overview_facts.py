"""The overview for programs: plain JSON, times in ISO 8601 UTC, ages in seconds."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from oauth import overview_workers, reading

if TYPE_CHECKING:
    from oauth.day import Day
    from oauth.overview import Overview
    from oauth.overview_clients import ClientLine
    from oauth.worker_reports import Told


def facts(found: Overview) -> dict[str, Any]:
    """All that was read."""
    return {
        "well": found.is_well,
        "headline": found.headline,
        "wrong": [{"state": each.state, "text": each.text} for each in found.wrong],
        "portals": [{**asdict(each), "badge": each.badge.word} for each in found.portals or ()],
        "revision": found.revision,
        "workers": [_worker(each) for each in found.workers or ()],
        "scalekit": None if found.scalekit is None else {**asdict(found.scalekit), "badge": found.scalekit.badge.word},
        "suspensions": [reading.suspension_facts(row) for row in found.suspensions or ()],
        "failing_tests": [{"name": each.test.name, "found": each.says} for each in found.failing_tests or ()],
        "day": None if found.day is None else _day(found.day),
        "clients": [_client(each) for each in found.clients or ()],
    }


def _worker(told: Told) -> dict[str, Any]:
    report = told.report
    return {
        "state": overview_workers.badge(told).word,
        "host": report.host,
        "pid": report.pid,
        "version": report.version,
        "started": report.started.isoformat(),
        "seen": report.seen.isoformat(),
        "age": round(told.age, 3),
        "revision": report.revision,
        "revision_age": round(told.revision_age, 3),
        "keys": report.keys,
        "key_age": None if report.key_age is None else round(told.age + report.key_age, 3),
        "key_failures": report.key_failures,
        "key_error": report.key_error,
    }


def _day(day: Day) -> dict[str, Any]:
    return {
        "since": day.since.isoformat(),
        "calls": day.calls,
        "outcomes": day.outcomes,
        "denied_by_reason": dict(day.by_reason),
        "refused_by_code": dict(day.by_refusal),
        "failed_by_code": dict(day.by_code),
        "tools": dict(day.by_tool),
    }


def _client(line: ClientLine) -> dict[str, Any]:
    row = line.row
    return {
        "client": row.client,
        "subject": row.subject,
        "name": row.name,
        "version": row.version,
        "protocol": row.protocol,
        "last_seen": row.last_seen.isoformat(),
        "list": line.list_badge.word,
        "list_at": row.list_at.isoformat() if row.list_at else None,
        "list_revision": row.list_revision,
        "list_tools": row.list_count,
    }
