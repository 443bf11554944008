"""`manage.py check_portal [NAME…]`: whether the account of each portal profile can work, with a remedy where not."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from ctera_mcp_site.portal_checks import NoSuchPortal, chosen, probed
from oauth.diagnosis import State
from oauth.finding_lines import as_json, lines
from oauth.token_report import verdict

if TYPE_CHECKING:
    from tools.probe import Probe

SECONDS = 15.0


def seconds(text: str) -> float:
    """A time limit; raises what argparse takes for a misuse."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.1 <= value <= 300:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0.1 to 300")
    return value


class Command(BaseCommand):
    help = (
        "Log in to each portal by its profile's own account, ask who it is, log out. Without names: every enabled "
        "profile. Exit 0 when all can work, 1 when one cannot, 2 when it was asked wrongly."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="portal profiles, enabled or not")
        parser.add_argument("--timeout", type=seconds, default=SECONDS, help="seconds for each (default: 15)")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            profiles = chosen(options["names"])
        except NoSuchPortal as unknown:
            raise CommandError(str(unknown), returncode=2) from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be read ({type(error).__name__}). Check DATABASE_URL.") from None
        if not profiles:
            raise CommandError("No portal profile is enabled: add or enable one, or name one.", returncode=2)
        findings = probed(profiles, options["timeout"], self._progress(len(profiles), quiet=options["json"]))
        worst = verdict(findings)
        if options["json"]:
            self.stdout.write(json.dumps({"state": worst, "checks": as_json(findings)}, indent=2))
        else:
            for line in lines(findings):
                self.stdout.write(line)
        if worst is State.FAILED:
            sys.exit(1)

    def _progress(self, count: int, *, quiet: bool) -> Any:
        """Says on a terminal which portals have answered."""
        done = 0

        def ended(probe: Probe) -> None:
            nonlocal done
            done += 1
            if not quiet and self.stderr.isatty():
                self.stderr.write(f"… {done}/{count} {probe.portal}")

        return ended
