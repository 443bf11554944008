"""`manage.py check_health`: everything that a running deployment needs, with a remedy for whatever is missing."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from django.core.management.base import CommandParser

from ctera_mcp_site import health_checks
from ctera_mcp_site.side_by_side import side_by_side
from oauth.diagnosis import Finding
from oauth.finding_table import printed
from tools.commands import OperatorCommand
from tools.models import PortalProfile


class Command(OperatorCommand):
    help = (
        "Check settings, database, policy, audit, Scalekit, every enabled portal and the running server, side by side. "
        "Exits with 0 when all is good, 1 when something is not, 2 for misuse."
    )
    requires_system_checks = []  # their problems are findings, not the end of the command

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds for all (default: 60)")

    def handle(self, *args: Any, **options: Any) -> None:
        within: float = options["timeout"]
        if not 0 < within <= 3600:
            self.stderr.write("--timeout: Enter seconds from 1 to 3600.")
            sys.exit(2)

        def portals() -> Iterable[Finding]:
            enabled = PortalProfile.objects.filter(enabled=True)
            return health_checks.portals(enabled, within * 0.9, lambda seen: self._say(f"portal {seen.profile.name}"))

        parts = {
            "settings": health_checks.settings,
            "database": health_checks.database,
            "Scalekit": health_checks.scalekit,
            "portals": portals,
            "server": health_checks.server,
        }
        self.stderr.write(f"… Looking at {', '.join(parts)}, for up to {within:g} s")
        text, code = printed(side_by_side(parts, within, self._say), is_json=options["json"])
        self.stdout.write(text)
        self.stdout.flush()
        sys.exit(code)

    def _say(self, name: str) -> None:
        self.stderr.write(f"… {name}")
