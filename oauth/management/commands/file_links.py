"""`manage.py file_links [--open] [--withdraw all|D-…|SUBJECT]`: the one-use links of the last week."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db.models import Q

from oauth.link_models import FileLink
from oauth.link_store import usable, withdraw
from oauth.suspending import command_author
from tools.commands import OperatorCommand

MOST = 200


class Command(OperatorCommand):
    help = (
        "List the links made by download_file and upload_file within a week, newest first, or withdraw open ones. "
        "The links themselves are not kept and cannot be shown."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--open", action="store_true", help="only links that can still be used")
        parser.add_argument(
            "--withdraw", metavar="WHICH", help="withdraw open links: all, a decision id (D-…), or a subject"
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        which = options["withdraw"]
        if which is not None:
            self._withdraw(which, as_json=options["json"])
            return
        rows = list((usable() if options["open"] else FileLink.objects.all())[:MOST])
        if options["json"]:
            self.stdout.write(json.dumps([_facts(row) for row in rows], indent=2))
            return
        for row in rows:
            until = f"{row.expires_at:%Y-%m-%d %H:%M:%S}"
            self.stdout.write(
                f"{row.state:9} {row.kind:8} until {until} UTC  {row.decision}  {row.subject}  {row.path}"
            )
        if not rows:
            self.stdout.write("There are no such links.")

    def _withdraw(self, which: str, *, as_json: bool) -> None:
        chosen = usable() if which == "all" else usable().filter(Q(decision=which) | Q(subject=which))
        count = withdraw(list(chosen.values_list("pk", flat=True)), command_author("file_links"))
        if as_json:
            self.stdout.write(json.dumps({"withdrawn": count}))
        elif count:
            self.stdout.write(f"Withdrawn: {count}.")
        else:
            raise CommandError(f"No open link is of '{which}'. `manage.py file_links --open` lists them.", returncode=1)


def _facts(row: FileLink) -> dict[str, Any]:
    names = ("kind", "decision", "subject", "client", "portal", "tenant", "path", "size", "overwrite", "withdrawn_by")
    times = ("made_at", "expires_at", "used_at")
    moments = {name: None if getattr(row, name) is None else getattr(row, name).isoformat() for name in times}
    return {"state": row.state, **{name: getattr(row, name) for name in names}, **moments}
