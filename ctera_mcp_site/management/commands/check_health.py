"""`manage.py check_health`: all that a running deployment needs, part by part, with one remedy for each failure."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from ctera_mcp_site import health_checks
from ctera_mcp_site.management.commands.check_portal import SECONDS, seconds
from ctera_mcp_site.portal_checks import chosen, probed
from oauth.diagnosing import diagnose
from oauth.diagnosis import Finding, State
from oauth.finding_lines import as_json, lines
from oauth.token_report import verdict

Part = Callable[[], Iterable[Finding]]


class Command(BaseCommand):
    help = (
        "Check settings, database, migrations, policy, audit, the running server, Scalekit and every enabled portal, "
        "at the same time. Exit 0 when all is well (warnings allowed), 1 when something fails, 2 when asked wrongly."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--timeout", type=seconds, default=SECONDS, help="seconds for each part (default: 15)")
        parser.add_argument("--no-server", action="store_true", help="do not ask the server: it need not be running")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = self._found(options["timeout"], options["no_server"], quiet=options["json"])
        worst = verdict(findings)
        if options["json"]:
            self.stdout.write(json.dumps({"state": worst, "checks": as_json(findings)}, indent=2))
        else:
            for line in lines(findings):
                self.stdout.write(line)
        if worst is State.FAILED:
            sys.exit(1)

    def _found(self, timeout: float, no_server: bool, *, quiet: bool) -> list[Finding]:  # noqa: FBT001 - an option
        """Every part at once; in the order of reading."""
        parts: dict[str, Part] = {
            "settings": health_checks.settings,
            "database": health_checks.database,
            "server": lambda: health_checks.server(timeout),
            "Scalekit": lambda: health_checks.named("Scalekit", diagnose(ourselves=not no_server)),
            "portals": lambda: portals(timeout),
        }
        if no_server:
            del parts["server"]
        with ThreadPoolExecutor(len(parts)) as threads:
            running = {name: threads.submit(whole, part) for name, part in parts.items()}
            for name, future in running.items():
                future.add_done_callback(partial(self._progress, name, quiet=quiet))
            return [finding for name, future in running.items() for finding in ended(name, future)]

    def _progress(self, name: str, _: Future[list[Finding]], *, quiet: bool) -> None:
        if not quiet and self.stderr.isatty():
            self.stderr.write(f"… {name}")


def whole(part: Part) -> list[Finding]:
    """All that a part finds, in a thread of its own with a database connection of its own."""
    try:
        return list(part())
    finally:
        connection.close()


def portals(timeout: float) -> list[Finding]:
    """Every enabled portal."""
    try:
        profiles = chosen(())
    except DatabaseError:
        return [Finding("portals", State.SKIPPED, "needs the database")]
    if not profiles:
        remedy = "Add a portal profile, or enable one, in the admin under Portal profiles."
        return [Finding("portals", State.WARNING, "none is enabled", remedy)]
    return probed(profiles, timeout)


def ended(name: str, future: Future[list[Finding]]) -> list[Finding]:
    """What a part found; a part that fails itself is a failure, told without the text of what it met."""
    error = future.exception()
    if error is None:
        return future.result()
    return [
        Finding(name, State.FAILED, f"could not be checked ({type(error).__name__})", "Look at the settings first.")
    ]
