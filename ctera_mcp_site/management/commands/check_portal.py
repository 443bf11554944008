"""`manage.py check_portal`: whether portals answer, and the profiles' accounts get in."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import CommandParser

from ctera_mcp_site.health_checks import portals
from oauth.diagnosis import Finding, State
from oauth.finding_table import printed
from tools.commands import OperatorCommand
from tools.looking import Seen
from tools.models import PortalProfile


class Command(OperatorCommand):
    help = (
        "Look at portals now: connect, TLS, login, one question, logout. Without names: all enabled profiles. The "
        "results are kept for the admin. Exits with 0 when all are good, 1 when one is not, 2 for misuse."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="portal profiles to look at")
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds for all (default: 60)")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = list(self._findings(list(dict.fromkeys(options["names"])), options["timeout"]))
        text, code = printed(findings, is_json=options["json"])
        self.stdout.write(text)
        sys.exit(code)

    def _findings(self, names: list[str], within: float) -> Iterator[Finding]:
        if not 0 < within <= 3600:
            self._refuse("--timeout: Enter seconds from 1 to 3600.")
        rows = list(PortalProfile.objects.all())
        known = {row.name for row in rows}
        if strange := [name for name in names if name not in known]:
            there = ", ".join(sorted(known)) or "none yet"
            self._refuse(f"There is no portal profile {', '.join(strange)[:200]}; there are: {there}.")
        wanted = [row for row in rows if row.enabled and (not names or row.name in names)]
        self.stderr.write(f"… Looking at {len(wanted)} portals, for up to {within:g} s")
        if wanted or not names:
            yield from portals(wanted, within, self._done)
        for row in rows:
            if row.name in names and not row.enabled:
                yield Finding(f"portal {row.name}", State.SKIPPED, "disabled: calls on it are answered not_found")

    def _done(self, seen: Seen) -> None:
        self.stderr.write(f"… {seen.profile.name}")

    def _refuse(self, message: str) -> None:
        self.stderr.write(message)
        sys.exit(2)
