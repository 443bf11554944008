"""`manage.py import_config FILE`: applies portals, scopes and policies from a YAML file, all or nothing."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from oauth import configuration


class Command(BaseCommand):
    help = "Apply portals, scopes and policies from a YAML file. Entries are added or changed by name, all or nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="YAML file, or - for standard input")
        parser.add_argument("--dry-run", action="store_true", help="show the difference, change nothing")
        parser.add_argument("--check", action="store_true", help="as --dry-run, and exit 1 when there is a difference")
        parser.add_argument("--prune", action="store_true", help="also remove what its sections do not name")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["file"]
        keep = not (options["dry_run"] or options["check"])
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")
            outcome = configuration.apply(configuration.parse(text, name), name, prune=options["prune"], keep=keep)
        except (OSError, UnicodeDecodeError) as error:
            self.stderr.write(f"{name}: cannot be read ({type(error).__name__}).")
            sys.exit(2)
        except configuration.BadConfiguration as bad:
            self._print({"applied": False, "diff": "", "faults": bad.faults, "notes": []}, options)
            sys.exit(1)
        result = {"applied": keep and bool(outcome.diff), "diff": outcome.diff, "faults": [], "notes": outcome.notes}
        self._print(result, options)
        if options["check"] and outcome.diff:
            sys.exit(1)

    def _print(self, result: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(result, indent=2))
            return
        for line in (*result["faults"], *result["notes"]):
            self.stderr.write(line)
        if not result["faults"]:
            self.stdout.write(result["diff"] or "Nothing to change.")
