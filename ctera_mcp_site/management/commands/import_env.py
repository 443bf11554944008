"""`manage.py import_env FILE`: takes over the environment file of the server that this one follows."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError, CommandParser, SystemCheckError
from django.db import DatabaseError, transaction

from ctera_mcp_site import conf
from ctera_mcp_site.management.commands.serve import refuse_unapplied_migrations
from ctera_mcp_site.original_env import LONGEST, Taken, take
from oauth import services
from oauth.configuration import faults_of
from oauth.configuration_file import Entry, Fault
from oauth.given_file import name_of, text_of
from oauth.models import Scope
from tools.commands import OperatorCommand, unusable
from tools.governed import governed_write
from tools.models import PortalProfile
from tools.services import save_profile

REASON: Final = "import_env"


class Command(OperatorCommand):
    help = (
        "Take over the .env of the earlier CTERA MCP server, once: its portal becomes a profile, its scopes are added, "
        "and what belongs into .env here is printed. All or nothing; what is there already is not changed."
    )
    requires_system_checks = []  # it also helps to write the .env that they ask for

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the earlier server's .env, or - for standard input")
        parser.add_argument("--portal", default="portal", help="what the portal profile is to be named")
        parser.add_argument("--tenant", default="", help="the Team Portal of an end-user account (scope user)")
        parser.add_argument("--dry-run", action="store_true", help="only print what would be done")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        try:
            text = text_of(file, LONGEST)
        except (OSError, ValueError) as error:  # the latter: not UTF-8, or no name of a file
            self.stderr.write(f"{name_of(file)}: cannot be read ({type(error).__name__}).")
            sys.exit(2)
        taken = take(text, options["portal"], options["tenant"])
        told: dict[str, Any] = {
            "applied": False,
            "settings": {name: value for name, value in taken.settings.items() if conf.variable(name) != value},
            "added": [],
            "faults": [fault.told(name_of(file)) for fault in taken.faults],
            "notes": taken.notes,
        }
        if not taken.faults and not (unready := self._unready()):
            told |= _applied(taken, name_of(file), keep=not options["dry_run"])
        elif not taken.faults:
            told["faults"] = [unready]
        self._print(told, options)
        if told["faults"]:
            sys.exit(1)

    def _unready(self) -> str:
        """Why nothing can be stored yet; empty when it can."""
        try:
            self.check()
            refuse_unapplied_migrations()
        except SystemCheckError:
            return "Nothing is stored yet: .env is not complete. Fill it in, and look with manage.py check; then again."
        except CommandError as error:
            return f"Nothing is stored yet. {error}"
        except DatabaseError as error:  # what belongs into .env is printed all the same: this may be missing there
            return f"Nothing is stored yet. {unusable(error)}"
        return ""

    def _print(self, told: dict[str, Any], options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(told, indent=2))
            return
        if told["settings"]:
            self.stdout.write("Put into .env:")
            self.stdout.writelines(f"  {name}={value}\n" for name, value in told["settings"].items())
        for line in told["added"]:
            self.stdout.write(f"{'Added' if told['applied'] else 'Would be added'}: {line}")
        for line in (*told["faults"], *told["notes"]):
            self.stderr.write(line)
        if not told["faults"] and not told["added"]:
            self.stdout.write("Nothing to store.")


def _applied(taken: Taken, file: str, *, keep: bool) -> dict[str, Any]:
    """Store the rows in one transaction, or tell why not; with `keep=False` nothing stays."""
    added: list[str] = []
    with governed_write():
        faults = list(_faults(taken.rows, added))
        if faults or not keep:
            transaction.set_rollback(True)
    if faults:
        return {"faults": [fault.told(file) for fault in faults]}
    return {"added": added, "applied": keep and bool(added)}


def _faults(rows: Entry, added: list[str]) -> Iterator[Fault]:
    for entry in rows.get("scopes", []):
        if not Scope.objects.filter(name=entry["name"]).exists():
            try:
                services.save_scope(Scope(name=entry["name"]), reason=REASON)
                added.append(f"scope {entry['name']}")
            except ValidationError as error:
                yield from faults_of(error, entry)
    for entry in rows.get("portals", []):
        if PortalProfile.objects.filter(name=entry["name"]).exists():
            yield Fault(
                entry.line,
                "portal",
                f"a profile named {entry['name']} is there already and is not changed; edit it in the admin, "
                "or name another with --portal.",
            )
            continue
        values = {name: value for name, value in entry.items() if name != "password"}
        is_first = not PortalProfile.objects.filter(default=True).exists()
        try:
            save_profile(PortalProfile(**values, default=is_first), password=entry.get("password"), reason=REASON)
            added.append(f"portal profile {entry['name']} ({entry['username']} at {entry['host']})")
        except ValidationError as error:
            yield from faults_of(error, entry)
