"""`manage.py lint_policies`: what is odd about the policies in force, in the manner of `manage.py check`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from oauth import linting
from oauth.findings import Finding, Severity
from tools.commands import OperatorCommand

HEADINGS = {
    Severity.CONFIRM: "ASKED ABOUT (this does not do what it says, or opens or closes more than it seems):",
    Severity.WARNING: "WARNINGS:",
    Severity.INFO: "HINTS:",
}


class Command(OperatorCommand):
    help = "Report policies that can never match, that others stop or cover, or that name what is not there."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--fail-level",
            choices=[Severity.WARNING.value, Severity.CONFIRM.value],
            default=Severity.WARNING.value,
            help="exit 1 when something weighs as much, or more (default: warning)",
        )
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = sorted(linting.everything(), key=lambda one: (-one.severity.weight, one.policy, one.code))
        if options["json"]:
            self.stdout.write(json.dumps({"findings": [asdict(one) for one in found]}, indent=2, ensure_ascii=False))
        else:
            self._print(found)
        if any(one.severity.weight >= Severity(options["fail_level"]).weight for one in found):
            sys.exit(1)

    def _print(self, found: list[Finding]) -> None:
        for severity, heading in HEADINGS.items():
            lines = [line(one) for one in found if one.severity is severity]
            if lines:
                self.stdout.write("\n".join([heading, *lines, ""]))
        counts = Counter(one.severity for one in found)
        parts = ", ".join(f"{counts[severity]} {severity}" for severity in HEADINGS if counts[severity])
        self.stdout.write(f"Lint found {len(found)} ({parts})." if found else "Lint found nothing.")


def line(finding: Finding) -> str:
    """Such as `Readers: (L030) portals: no portal is called hq; …`."""
    place = f"{finding.field}: " if finding.field else ""
    return f"{finding.policy or '?'}: ({finding.code}) {place}{finding.message}"
