"""`manage.py import_config FILE`: applies portals, scopes, policies and policy tests from a YAML file, or nothing."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from oauth import configuration
from oauth.configuration_file import LONGEST
from oauth.given_file import name_of, text_of
from tools.commands import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Apply portals, scopes, policies and policy tests from a YAML file. Entries are added or changed by name, all "
        "or nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="YAML file, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="show what would change, field by field")
        parser.add_argument("--check", action="store_true", help="as --dry-run, and exit 1 when there is a difference")
        parser.add_argument("--prune", action="store_true", help="also remove what its sections do not name")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        name = name_of(options["file"])
        keep = not (options["dry_run"] or options["check"])
        try:
            text = text_of(options["file"], LONGEST)
        except (OSError, ValueError) as error:  # the latter: not UTF-8, or no name of a file
            self.stderr.write(f"{name}: cannot be read ({type(error).__name__}).")
            sys.exit(2)
        try:
            outcome = configuration.apply_text(text, name, prune=options["prune"], keep=keep)
        except configuration.BadConfiguration as bad:
            self._print({"applied": False, "changes": [], "diff": "", "faults": bad.faults, "notes": []}, options)
            sys.exit(1)
        changes = [each.as_json() for each in outcome.differences]
        told = {"changes": changes, "diff": outcome.diff, "faults": [], "notes": list(outcome.notes)}
        self._print({"applied": keep and bool(changes), **told}, options)
        if options["check"] and changes:
            sys.exit(1)

    def _print(self, result: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(result, indent=2))
            return
        for line in (*result["faults"], *result["notes"]):
            self.stderr.write(line)
        if not result["faults"]:
            self.stdout.write(result["diff"] or "Nothing to change.\n", ending="")
