"""`manage.py check_caller`: tells which portal account a caller is on a profile, and whether it gets in."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from tools.commands import OperatorCommand
from tools.models import PortalProfile
from tools.trying import CannotTry, Trial, read_claims, try_as


class Command(OperatorCommand):
    help = (
        "Try a portal profile as one of its callers: account, Team Portal, address, ticket, login, root folder. "
        "Exits with 0 when all of it works, 1 when a step fails, 2 for misuse."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("profile", help="name of a portal profile that works as its callers")
        parser.add_argument("--subject", required=True, help="sub of the caller's token, exactly")
        parser.add_argument(
            "--claim", action="append", default=[], metavar="NAME=VALUE", help="a claim of the token, may be repeated"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            row = PortalProfile.objects.get(name=options["profile"])
            trial = try_as(row, options["subject"], read_claims(options["claim"]))
        except PortalProfile.DoesNotExist:
            names = ", ".join(PortalProfile.objects.values_list("name", flat=True)) or "none yet"
            self.stderr.write(f"profile: There is no portal profile {options['profile'][:60]}; there are: {names}.")
            sys.exit(2)
        except CannotTry as fault:
            self.stderr.write(f"{'--claim' if fault.part == 'claims' else fault.part}: {fault.message}")
            sys.exit(2)
        if options["json"]:
            self.stdout.write(json.dumps(trial.as_json(), indent=2))
        else:
            self._table(trial)
        if not trial.ok:
            sys.exit(1)

    def _table(self, trial: Trial) -> None:
        width = max(len(step.check) for step in trial.steps)
        for step in trial.steps:
            self.stdout.write(f"{'ok  ' if step.ok else 'FAIL'}  {step.check:<{width}}  {step.found}")
            if step.remedy:
                self.stdout.write(f"      {'':<{width}}  → {step.remedy}")
        for note in trial.notes:
            self.stderr.write(note)
