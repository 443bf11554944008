"""`manage.py check_isolation`: asks many sessions of the real profiles at once who they are, and compares."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from tools.commands import OperatorCommand
from tools.isolation import CannotCheck, Checked, check, remedy

MOST_CALLS = 10_000


class Command(OperatorCommand):
    help = (
        "Open sessions of portal profiles and their Team Portals at once, ask them in turns who they are, and compare "
        "account and Team Portal of each answer with what was asked for. Changes nothing at the portal. Exits with 0 "
        "when all of it is right, 1 when an answer was another's or a place failed, 2 for misuse."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--profile", action="append", default=[], metavar="NAME", help="a portal profile, may be repeated; else all"
        )
        parser.add_argument(
            "--caller",
            action="append",
            default=[],
            metavar="PROFILE/TEAM PORTAL/ACCOUNT",
            help="also ask as this account, on a profile that works as its callers; may be repeated",
        )
        parser.add_argument("--calls", type=int, default=200, help="how many in all (each place at least twice)")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["calls"] <= MOST_CALLS:
            self.stderr.write(f"--calls: Pass a number from 1 to {MOST_CALLS}.")
            sys.exit(2)
        try:
            checked = check(options["profile"], options["caller"], options["calls"])
        except CannotCheck as fault:
            self.stderr.write(f"--{fault.part}: {fault.message}")
            sys.exit(2)
        if options["json"]:
            self.stdout.write(json.dumps(checked.as_json(), indent=2))
        else:
            self._table(checked)
        if not checked.ok:
            sys.exit(1)

    def _table(self, checked: Checked) -> None:
        rows = [(spot.profile.name, spot.tenant, spot.who) for spot in checked.spots]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for spot, row in zip(checked.spots, rows, strict=True):
            place = "  ".join(f"{text:<{width}}" for text, width in zip(row, widths, strict=True))
            self.stdout.write(f"{'ok  ' if spot.ok else 'FAIL'}  {place}  {spot.right} of {spot.calls} right")
            for answered in spot.wrong:
                self.stdout.write(f"      answered as {answered}")
            if told := remedy(spot):
                self.stdout.write(f"      → {told}")
        calls = sum(spot.calls for spot in checked.spots)
        self.stdout.write(f"{calls} calls at {len(rows)} places in {checked.seconds:g} s")
        for note in checked.notes:
            self.stderr.write(note)
