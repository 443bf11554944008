"""`manage.py export_audit`: audit events as lines of JSON, filtered; the export itself is recorded."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import CommandError, CommandParser

from oauth.asking import BadQuestion, moment
from oauth.auditing import record_command
from oauth.exporting import Wanted, lines
from oauth.suspending import command_author
from tools.catalogue import CATALOGUE
from tools.commands import OperatorCommand
from tools.spec import PREFIX


class Command(OperatorCommand):
    help = "Print audit events as JSON Lines, the oldest first. Exits 0 good, 2 misuse."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", default="", help="from this time on, such as 2026-11-24T10:00, in UTC")
        parser.add_argument("--until", default="", help="before this time")
        parser.add_argument("--subject", default="", help="of this subject, exactly")
        parser.add_argument("--tool", default="", help="of this tool, with or without ctera_portal_")
        parser.add_argument("--portal", default="", help="on this portal profile")
        parser.add_argument("--outcome", default="", help="such as ok, denied, refused, error, unknown or intent")
        parser.add_argument("--output", help="write to this new file instead of standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = Wanted(
            time_of("since", options["since"]),
            time_of("until", options["until"]),
            options["subject"],
            PREFIX + options["tool"] if PREFIX + options["tool"] in CATALOGUE else options["tool"],
            options["portal"],
            options["outcome"],
        )
        record_command("export", command_author("export_audit"), wanted.told())  # or nothing is exported
        self._write(wanted, options["output"])

    def _write(self, wanted: Wanted, output: str | None) -> None:
        if output is None:
            with suppress(BrokenPipeError):
                for line in lines(wanted):
                    self.stdout.write(line)
            return
        try:
            number = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(number, "w", encoding="ascii") as file:
                file.writelines(f"{line}\n" for line in lines(wanted))
        except OSError as error:
            raise CommandError(f"{output}: cannot be written ({type(error).__name__}).", returncode=2) from None


def time_of(option: str, text: str) -> datetime | None:
    """A time on the command line; exit 2 when it is none."""
    if not text:
        return None
    try:
        return datetime.fromtimestamp(moment(text), UTC)
    except BadQuestion as bad:
        raise CommandError(f"--{option}: {bad.message}", returncode=2) from None
