"""`manage.py check_scalekit`: what is wrong between this server and Scalekit, with a remedy for each failure."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from oauth.diagnosing import diagnose, diagnose_token
from oauth.diagnosis import Finding, State
from oauth.token_report import verdict

MARKS = {State.OK: "ok  ", State.WARNING: "warn", State.FAILED: "FAIL", State.SKIPPED: "skip"}


class Command(BaseCommand):
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
        answer: dict[str, Any] = {"checks": [dataclasses.asdict(finding) for finding in findings]}
        if options["token"]:
            report = diagnose_token(sys.stdin.readline().strip())
            findings += report.findings
            answer |= {"token": [dataclasses.asdict(each) for each in report.findings], "claims": dict(report.claims)}
        worst = verdict(findings)
        if options["json"]:
            self.stdout.write(json.dumps({"state": worst, **answer}, indent=2))
        else:
            self._table(findings)
            for name, value in answer.get("claims", {}).items():
                self.stdout.write(f"      {name:<10} {value}")
        if worst is State.FAILED:
            sys.exit(1)

    def _table(self, findings: list[Finding]) -> None:
        width = max(len(finding.check) for finding in findings)
        for finding in findings:
            took = "" if finding.seconds is None else f"  ({finding.seconds:.2f} s)"
            self.stdout.write(f"{MARKS[finding.state]}  {finding.check:<{width}}  {finding.found}{took}")
            if finding.remedy:
                self.stdout.write(f"      {'':<{width}}  → {finding.remedy}")
