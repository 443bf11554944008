"""`manage.py check_scalekit`: what is wrong between this server and Scalekit, with a remedy for each failure."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from oauth.diagnosing import diagnose, diagnose_token
from oauth.diagnosis import State
from oauth.finding_table import as_dicts, as_table
from oauth.token_report import verdict
from tools.commands import OperatorCommand


class Command(OperatorCommand):
    help = (
        "Check the Scalekit environment and this server's discovery documents the way clients do. "
        "With --token, also examine an access token read from standard input; it is not kept."
    )
    requires_system_checks = "__all__"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print JSON")
        parser.add_argument("--token", action="store_true", help="read an access token from standard input")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = diagnose()
        answer: dict[str, Any] = {"checks": as_dicts(findings)}
        if options["token"]:
            report = diagnose_token(sys.stdin.readline().strip())
            findings += report.findings
            answer |= {"token": as_dicts(report.findings), "claims": dict(report.claims)}
        worst = verdict(findings)
        if options["json"]:
            self.stdout.write(json.dumps({"state": worst, **answer}, indent=2))
        else:
            self.stdout.write("\n".join(as_table(findings)))
            for name, value in answer.get("claims", {}).items():
                self.stdout.write(f"      {name:<10} {value}")
        if worst is State.FAILED:
            sys.exit(1)
