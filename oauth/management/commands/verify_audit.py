"""`manage.py verify_audit`: whether any audit event was changed, removed, added or moved since it was recorded."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from oauth import checkpoint_file, conf
from oauth.audit_check import STRAY, AuditReport, verify
from oauth.chain_check import StreamCheck
from tools.commands import OperatorCommand

NO_FILE = (
    "No checkpoint outside the database: the removal of the newest events or of a whole stream, with its marks, is "
    "found only with AUDIT_CHECKPOINT_FILE or --checkpoints."
)
NO_KEYS = "AUDIT_KEYS is not set: the chains are sealed with a key drawn from SECRET_KEY."
UNCHAINED = "{} events are from before the chains (unchained): they are readable, but nothing proves them."


class Command(OperatorCommand):
    help = (
        "Verify the chains of audit events; names the first broken row of each stream. Exits 0 good, 1 bad, 2 misuse."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--checkpoints", help="file of checkpoints (default: AUDIT_CHECKPOINT_FILE)")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        file = Path(options["checkpoints"]) if options["checkpoints"] else conf.audit_checkpoint_file()
        report = verify(outside(file) if file is not None else None)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), indent=2))
        else:
            self.stdout.write("\n".join(told(report)))
        for note in notes(report):
            self.stderr.write(note)
        if not report.is_good:
            sys.exit(1)


def outside(file: Path) -> checkpoint_file.Outside:
    """The marks in a file; exit 2 when it cannot be read."""
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            return checkpoint_file.read(stream)
    except OSError as error:
        text = (
            f"{file}: cannot be read ({type(error).__name__}); the server makes it some seconds after the first call."
        )
        raise CommandError(text, returncode=2) from None


def told(report: AuditReport) -> list[str]:
    """What is broken, line by line, then the sum."""
    lines = [broken(check) for check in report.broken]
    if report.stray is not None:
        lines.append(f"BROKEN event {report.stray} {STRAY}.")
    if report.bad_lines:
        lines.append(f"BROKEN the file of checkpoints holds no checkpoint in line {report.bad_lines[0]}.")
    events = sum(check.events for check in report.streams)
    state = "all hold" if report.is_good else f"not all hold, {len(report.broken)} broken"
    return [*lines, f"{events} events in {len(report.streams)} streams: {state}."]


def broken(check: StreamCheck) -> str:
    """Such as `BROKEN stream w-…: row 17 (event 4711): …`."""
    found = check.broken
    assert found is not None
    event = "" if found.event is None else f" (event {found.event})"
    return f"BROKEN stream {check.name}: row {found.sequence}{event}: {found.message}."


def notes(report: AuditReport) -> list[str]:
    """What one should know besides."""
    found = [] if report.has_outside else [NO_FILE]
    found += [] if conf.has_audit_keys() else [NO_KEYS]
    return found + ([UNCHAINED.format(report.unchained)] if report.unchained else [])
