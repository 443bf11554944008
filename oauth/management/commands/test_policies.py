"""`manage.py test_policies`: holds the policies against their tests, as they are or as a configuration file says."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from django.core.management.base import CommandParser

from oauth.configuration_file import LONGEST, BadConfiguration
from oauth.configuration_offline import offline
from oauth.expectations import Expectation, Verdict, run
from oauth.given_file import name_of, text_of
from oauth.policy import PolicySnapshot
from oauth.policy_tests import enabled_tests
from oauth.snapshots import load_snapshot
from tools.commands import OperatorCommand

NONE = (
    "There are no tests that are switched on: add some in the admin (Policy tests), or by the section tests of a file."
)


class Command(OperatorCommand):
    requires_system_checks: list[str] = []  # a pipeline that tests a file has no environment of a server
    help = (
        "Hold the policies against their tests. Suspensions are left out: they are no policies. Exits with 0 when all "
        "pass, 1 when some fail, 2 for misuse."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--file",
            metavar="CONFIG",
            help="test the policies of this configuration file by its own tests, without the database (- for standard "
            "input); what it does not hold is not there",
        )
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        snapshot, tests = self._read(options["file"])
        found = run(snapshot, tests, time.time())
        if options["json"]:
            told = {"passed": all(each.passed for each in found), "tests": [as_json(each) for each in found]}
            self.stdout.write(json.dumps(told, indent=2, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(lines(found)))
        if not found:
            self.stderr.write(NONE)
        if not all(each.passed for each in found):
            sys.exit(1)

    def _read(self, file: str | None) -> tuple[PolicySnapshot, list[Expectation]]:
        try:
            return (
                (load_snapshot(), enabled_tests()) if file is None else offline(text_of(file, LONGEST), name_of(file))
            )
        except (OSError, ValueError) as error:  # the latter: not UTF-8, or no name of a file
            self.stderr.write(f"{name_of(str(file))}: cannot be read ({type(error).__name__}).")
        except BadConfiguration as bad:
            self.stderr.write("\n".join(bad.faults))
        sys.exit(2)


def lines(found: list[Verdict]) -> list[str]:
    """A line for each test, and the sum."""
    width = max((len(each.test.name) for each in found), default=0)
    told = [f"{'ok  ' if each.passed else 'FAIL'}  {each.test.name:<{width}}  {each.says}" for each in found]
    failed = sum(not each.passed for each in found)
    return [*told, f"{len(found)} tests, {failed} fail." if failed else f"{len(found)} tests, all pass."]


def as_json(verdict: Verdict) -> dict[str, Any]:
    """For programs."""
    test = verdict.test
    return {
        "name": test.name,
        "passed": verdict.passed,
        "expected": test.expected,
        "expected_policy": test.policy or None,
        "found": verdict.found or None,
        "policy": verdict.policy,
        "reason": verdict.reason or None,
        "says": verdict.says,
    }
