"""`manage.py show_status`: the admin's first page at the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from oauth import conf, overview, overview_workers, reading
from oauth.diagnosis import State
from oauth.overview_clients import ClientLine, book_at_hand
from oauth.overview_facts import facts
from tools.commands import OperatorCommand
from tools.health import ago

MARKS = {State.OK: "ok  ", State.WARNING: "warn", State.FAILED: "FAIL", State.SKIPPED: "-   "}
MOST_CLIENTS = 100


class Command(OperatorCommand):
    help = (
        "Show what the admin's first page shows: what is wrong, portals, workers with their policy revision, Scalekit "
        "as they know it, suspensions, failing policy tests, calls of the last 24 hours, clients seen. Asks nobody "
        "outside. "
        "Exit 0 when all is well, 1 when something is wrong, 2 when it could not be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        book = book_at_hand(None, lists_step_up=conf.lists_step_up_tools())
        found = overview.read(book, most_clients=MOST_CLIENTS)
        if options["json"]:
            self.stdout.write(json.dumps(facts(found), indent=2))
        else:
            for line in lines(found):
                self.stdout.write(line)
        if not found.is_well:
            sys.exit(1)


def lines(found: overview.Overview) -> Iterator[str]:
    """The overview as a table for people."""
    yield found.headline
    for each in found.wrong:
        yield f"{MARKS[each.state]}  {each.text}"
    yield "\nPortals"
    for portal in found.portals or ():
        yield f"{MARKS[portal.badge.state]}  {portal.name}: {portal.badge.word}, {portal.text}"
        if portal.remedy:
            yield f"      → {portal.remedy}"
    yield f"\nWorkers (policy revision {found.revision})"
    for told in found.workers or ():
        state, report = overview_workers.badge(told), told.report
        where = f"{report.host} pid {report.pid}"
        yield f"{MARKS[state.state]}  {where}: {state.word}, revision {report.revision}, {ago(told.age)}"
    if found.scalekit is not None:
        yield f"\nScalekit ({found.scalekit.issuer})"
        yield f"{MARKS[found.scalekit.badge.state]}  signing keys {found.scalekit.keys}"
    yield "\nSuspensions"
    for row in found.suspensions or ():
        yield f"warn  {reading.suspension(row)}"
    yield "\nFailing policy tests"
    for verdict in found.failing_tests or ():
        yield f"FAIL  {verdict.test.name}: {verdict.says}"
    yield from _day(found)
    yield "\nClients seen"
    yield from (_client(line) for line in found.clients or ())


def _client(line: ClientLine) -> str:
    row, listed = line.row, line.list_badge
    name = f"{row.name} {row.version}".strip() or "name not told"
    who = f"client {row.client or 'none'}, subject {row.subject}, {row.protocol or 'protocol not told'}"
    return f"{MARKS[listed.state]}  {name}, {who}, {ago(line.age)}, list: {listed.word}"


def _day(found: overview.Overview) -> Iterator[str]:
    if found.day is None:
        return
    day = found.day
    yield "\nCalls of the last 24 hours"
    yield f"      {day.calls} calls: {day.made} done, {day.denied} denied, {day.refused} refused, {day.failed} failed"
    for title, named in (
        ("denied", day.by_reason), ("refused", day.by_refusal), ("failed", day.by_code), ("tool", day.by_tool)
    ):  # fmt: skip
        for name, times in named:
            yield f"      {title:<8} {times:>8}  {name}"
