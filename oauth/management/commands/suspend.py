"""`manage.py suspend [LEVEL [VALUE]] --reason R`: stops everything, or what is named, within a second."""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser

from oauth import reading, suspending
from oauth.models import Suspension
from oauth.suspensions import EXAMPLES, Level
from tools.commands import OperatorCommand

FORMS = "\n".join([f"  {level.value:13}{EXAMPLES.get(level, '(no value)')}" for level in Level])


class Command(OperatorCommand):
    help = (
        "Stop everything, all writes, or one portal, tool or caller, on every worker within a second. "
        "Lift it with `manage.py resume`."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("level", nargs="?", default=Level.EVERYTHING.value, help="what to stop; left out: all")
        parser.add_argument("value", nargs="?", default="", help="which one, exactly")
        parser.add_argument("--reason", required=True, help="why, in one line; operators see it, callers do not")
        parser.add_argument("--until", help="when it ends by itself: 30m, 2h, 1d or 2027-01-31T18:00Z; left out: never")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        level, value = options["level"], options["value"]
        refuse_unknown_level(level)
        try:
            until = suspending.until_of(options["until"]) if options["until"] is not None else None
            row = Suspension(level=level, value=value, reason=options["reason"].strip(), until=until)
            suspending.suspend(row, author=suspending.command_author("suspend"))
        except ValidationError as refused:
            raise CommandError(told(refused), returncode=2) from None
        notes = suspending.notes(row)
        if options["json"]:
            result = {"suspended": reading.suspension_facts(row), "notes": notes}
            self.stdout.write(json.dumps(result, indent=2))
            return
        self.stdout.write(f"Suspended: {reading.suspension(row)}. Every worker stops it within a second.")
        self.stdout.write(f"Lift it with: manage.py resume {row.pk}")
        for note in notes:
            self.stderr.write(note)


def refuse_unknown_level(level: str) -> None:
    """Raise `CommandError` (exit 2) that lists the levels, and names the nearest."""
    if level not in set(Level):
        near = get_close_matches(level, list(Level), 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise CommandError(f"There is no level {level}.{hint} Say what to stop:\n{FORMS}", returncode=2)


def told(refused: ValidationError) -> str:
    """One line per field."""
    return "\n".join(f"{field}: {' '.join(texts)}" for field, texts in refused.message_dict.items())
