"""Everything that a running deployment needs, looked at part by part; each part gives findings with a remedy."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx2
from django.core import checks
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ctera_mcp_site import conf
from oauth import diagnosis
from oauth.conf import audit_checkpoint_file, has_audit_keys
from oauth.diagnosing import diagnose
from oauth.diagnosis import Finding, State
from oauth.doctor import fetch
from oauth.models import AuditEvent, AuditMark
from oauth.selectors import policy_revision
from oauth.snapshots import load_snapshot
from tools.looking import Seen, look_now
from tools.models import PortalProfile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from oauth.diagnosis import Fetched

SLOW_DATABASE: Final = 0.25
UNMARKED: Final = timedelta(minutes=1)
"""Checkpoints are signed every five seconds while there are calls."""
DATABASE_REMEDY: Final = "Check DATABASE_URL, and that the database runs and has room."


def settings() -> Iterator[Finding]:
    """Django's system checks, which know every variable of the environment, and the keys of the audit."""
    problems = [message for message in checks.run_checks() if message.level >= checks.WARNING]
    for message in problems:
        state = State.FAILED if message.level >= checks.ERROR else State.WARNING
        yield diagnosis.bad(f"settings {message.id}", message.msg, message.hint or "See .env.example.", state=state)
    if not problems:
        yield diagnosis.good("settings", "every variable can be used")
    if not has_audit_keys():
        remedy = "Set AUDIT_KEYS to a random text of 32 characters or more that is kept apart from SECRET_KEY."
        yield diagnosis.bad("audit keys", "drawn from SECRET_KEY", remedy, state=State.WARNING)


def database() -> Iterator[Finding]:
    """Reachable, fast, migrated; then what needs it: the policy and the audit."""
    began = time.monotonic()
    try:
        connection.ensure_connection()
        with connection.cursor() as cursor:
            began = time.monotonic()
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        yield diagnosis.bad("database", f"cannot be read ({type(error).__name__})", DATABASE_REMEDY)
        return
    took = time.monotonic() - began
    if took > SLOW_DATABASE:
        found = diagnosis.bad("database", "answers slowly", DATABASE_REMEDY, state=State.WARNING)
    else:
        found = diagnosis.good("database", f"{connection.vendor} answers")
    yield replace(found, seconds=round(took, 4))
    executor = MigrationExecutor(connection)
    if behind := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield diagnosis.bad("migrations", f"{len(behind)} are not applied", "Run manage.py migrate, then start again.")
        return
    yield diagnosis.good("migrations", "all are applied")
    for part in (_policy, _audit, _checkpoint):
        yield _timed(part)


def _timed(part: Callable[[], Finding]) -> Finding:
    began = time.monotonic()
    try:
        found = part()
    except DatabaseError as error:
        found = diagnosis.bad(
            part.__name__.strip("_"), f"the database failed ({type(error).__name__})", DATABASE_REMEDY
        )
    return replace(found, seconds=round(time.monotonic() - began, 3))


def _policy() -> Finding:
    """The snapshot that every worker decides by, built as a worker does."""
    if policy_revision() < 1:
        return diagnosis.bad("policy", "there is no revision", "Run manage.py migrate.")
    snapshot = load_snapshot()
    return diagnosis.good("policy", f"revision {snapshot.revision}, {len(snapshot.profiles)} portal profiles")


def _audit() -> Finding:
    """One event, written and taken back in one transaction."""
    event = AuditEvent(
        time=timezone.now(), kind=AuditEvent.Kind.READ, request="R-check", decision="", revision=0, issuer="",
        subject="check_health", client="", scopes=[], tool="", paths=[], argument_digest="", outcome="ok",
        duration_ms=0,
    )  # fmt: skip
    with transaction.atomic():
        AuditEvent.objects.bulk_create([event])
        transaction.set_rollback(True)
    return diagnosis.good("audit", "an event can be written")


def _checkpoint() -> Finding:
    """Whether the newest event is vouched for, in the database and in the file outside it."""
    last = AuditEvent.objects.exclude(stream="").order_by("-id").first()
    furthest = None
    if last is not None:
        marks = AuditMark.objects.filter(stream=last.stream).values_list("sequence", "time")
        furthest = max(marks, default=None)
        if timezone.now() - last.time > UNMARKED and (furthest is None or furthest[0] < (last.sequence or 0)):
            remedy = "See the server's log for why checkpoints cannot be kept, then run manage.py verify_audit."
            return diagnosis.bad("audit checkpoint", f"none for event {last.pk}", remedy)
    return _outside(audit_checkpoint_file(), None if furthest is None else furthest[1].timestamp())


def _outside(file: Path | None, marked: float | None) -> Finding:
    """`marked` is when the newest event was vouched for in the database, in Unix seconds; None where none was yet."""
    if file is None:
        remedy = "Set AUDIT_CHECKPOINT_FILE to a file that this database's administrators cannot write."
        return diagnosis.bad("audit checkpoint", "only in the database", remedy, state=State.WARNING)
    if marked is None:
        return diagnosis.good("audit checkpoint", "the first event waits for its own")
    remedy = "Make the directory of AUDIT_CHECKPOINT_FILE writable for the server, then see its log."
    if not file.is_file() or not os.access(file, os.W_OK):
        return diagnosis.bad("audit checkpoint", "the file is missing or cannot be written", remedy)
    if marked - file.stat().st_mtime > UNMARKED.total_seconds():
        return diagnosis.bad("audit checkpoint", "the file is older than the database's own", remedy)
    return diagnosis.good("audit checkpoint", "in the database and in the file")


def scalekit() -> Iterator[Finding]:
    """What `check_scalekit` finds."""
    for finding in diagnose():
        yield replace(finding, check=f"Scalekit: {finding.check}")


def portals(rows: Iterable[PortalProfile], within: float, done: Callable[[Seen], None]) -> Iterator[Finding]:
    """Each row's portal, as the background looks at it; the results are kept for the admin too."""
    rows = list(rows)
    if not rows:
        yield Finding("portals", State.SKIPPED, "no enabled profile")
    for seen in look_now(rows, within=within, done=done):
        yield of_portal(seen, within)


def of_portal(seen: Seen, within: float) -> Finding:
    """One portal's finding."""
    check, found = f"portal {seen.profile.name}", seen.found
    if found is None:
        remedy = "Allow more time with --timeout, or see whether the portal is under load."
        return diagnosis.bad(check, f"no answer within {within:g} s", remedy)
    finding = diagnosis.good(check, "good") if found.good else diagnosis.bad(check, found.error, found.remedy)
    return replace(finding, seconds=found.duration_ms / 1000)


def server() -> Iterator[Finding]:
    """The running server, asked where clients find it; else, if nobody answers there, where it listens."""
    yield from asyncio.run(_server())


async def _server() -> list[Finding]:
    listen, public = conf.listening(), conf.configuration().public_url
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(listen.host, listen.host)  # noqa: S104 - what it may listen on
    async with httpx2.AsyncClient(timeout=5.0, trust_env=False) as client:
        for base in (public, f"http://{host}:{listen.port}"):
            alive = await fetch(client, "GET", f"{base}/healthz")
            if alive.status:
                return [
                    _answered("server alive", base, alive),
                    _ready(base, await fetch(client, "GET", f"{base}/readyz")),
                ]
    return [Finding("server", State.SKIPPED, f"nobody answers at {public} or on port {listen.port}")]


def _ready(base: str, answer: Fetched) -> Finding:
    return _answered("server ready", base, answer)


def _answered(check: str, base: str, answer: Fetched) -> Finding:
    if answer.status == 200:
        found = diagnosis.good(check, f"{base} says so")
    else:
        remedy = "See the server's log, and the parts above: database, policy, Scalekit's signing keys."
        found = diagnosis.bad(check, f"{base} answers {answer.status}", remedy)
    return replace(found, seconds=round(answer.seconds, 3))
