"""`manage.py resume [ID | LEVEL [VALUE]] [--all]`: lifts suspensions, within a second on every worker."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser

from oauth import reading, suspending
from oauth.management.commands.suspend import refuse_unknown_level
from oauth.models import Suspension
from oauth.selectors import suspensions_in_force
from oauth.suspensions import faults
from tools.commands import OperatorCommand


class Command(OperatorCommand):
    help = "Lift a suspension by its number, all suspensions of one thing, or every suspension."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="?", help="number of a suspension, or a level")
        parser.add_argument("value", nargs="?", default="", help="which one, exactly as it was suspended")
        parser.add_argument("--all", action="store_true", help="lift every suspension that is in force")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = chosen(options["what"], options["value"], everything=options["all"])
        ended = suspending.resume(rows, author=suspending.command_author("resume"))
        if options["json"]:
            result = {
                "resumed": [reading.suspension_facts(row) for row in ended],
                "in_force": [reading.suspension_facts(row) for row in suspensions_in_force()],
            }
            self.stdout.write(json.dumps(result, indent=2))
            return
        for row in ended:
            self.stdout.write(f"Resumed: {reading.suspension(row)}.")
        self.stdout.write(in_force())


def chosen(what: str | None, value: str, *, everything: bool) -> list[Suspension]:
    """The suspensions in force that are meant; raises `CommandError`: 2 for what means nothing, 1 for none found."""
    if everything == (what is not None):
        raise CommandError(f"Say which one: its number, or its level and value, or --all.\n{in_force()}", returncode=2)
    if what is None:
        found = list(suspensions_in_force())
    elif what.isdecimal():
        found = numbered(int(what), value)
    else:
        refuse_unknown_level(what)
        if wrong := faults(what, value):
            raise CommandError("\n".join(f"{field}: {text}" for field, text in wrong.items()), returncode=2)
        found = list(suspensions_in_force().filter(level=what, value__in=suspending.spellings(what, value)))
    if not found:
        raise CommandError(f"There is nothing of this to resume.\n{in_force()}", returncode=1)
    return found


def numbered(number: int, value: str) -> list[Suspension]:
    """The suspension of that number if it is in force."""
    if value:
        raise CommandError(f"{value}: a number alone names a suspension.", returncode=2)
    row = Suspension.objects.filter(pk=min(number, 2**62)).first()
    if row is None:
        raise CommandError(f"There is no suspension {number}.\n{in_force()}", returncode=1)
    if not reading.is_in_force(row):
        raise CommandError(f"Suspension {reading.suspension(row)}, {reading.state(row)}.", returncode=1)
    return [row]


def in_force() -> str:
    """What is still suspended, one line each."""
    rows = [f"  {reading.suspension(row)}" for row in suspensions_in_force()]
    return "\n".join(["In force:", *rows]) if rows else "No suspension is in force."
