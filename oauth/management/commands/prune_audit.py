"""`manage.py prune_audit --older-than DAYS`: removes old audit events; what stays remains verifiable."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandParser

from oauth.audit_rows import now
from oauth.auditing import record_command
from oauth.management.commands.verify_audit import broken
from oauth.pruning import Pruned, prune
from oauth.suspending import command_author
from tools.commands import OperatorCommand

MOST_DAYS = 36_500


def days(text: str) -> int:
    """A whole number of days, at least one."""
    if not text.isdecimal() or not 1 <= int(text[:9]) <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"must be a whole number of days from 1 to {MOST_DAYS}")
    return int(text)


class Command(OperatorCommand):
    help = "Remove audit events older than a number of days, under a signed mark. Exits 0 good, 1 when some were left."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--older-than", type=days, required=True, metavar="DAYS", help="age of what is removed")
        parser.add_argument(
            "--including-broken", action="store_true", help="also remove from streams that verify_audit finds broken"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        before = now() - timedelta(days=options["older_than"])
        including = options["including_broken"]
        details = {"before": before.isoformat(), "including_broken": including}
        record_command("prune", command_author("prune_audit"), details)
        pruned = prune(before, including_broken=including)
        self._print(pruned, as_json=options["json"])
        if pruned.left:
            sys.exit(1)

    def _print(self, pruned: Pruned, *, as_json: bool) -> None:
        if as_json:
            left = [check.name for check in pruned.left]
            facts = {"removed": pruned.events, "streams": pruned.streams, "unchained": pruned.unchained, "left": left}
            self.stdout.write(json.dumps(facts, indent=2))
        else:
            self.stdout.write(f"Removed {pruned.events} events ({pruned.unchained} of them unchained).")
        for check in pruned.left:
            self.stderr.write(f"Left alone, since it is evidence. {broken(check)}")
