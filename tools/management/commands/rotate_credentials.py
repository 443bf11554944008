"""`manage.py rotate_credentials`: seals every stored portal password anew with the first key, while servers run."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from tools.commands import OperatorCommand
from tools.rotation import REMEDY, Rotation, Row, State, rotate
from tools.sealing import Unsealable

WRONG_KEYS = (
    "No key in CREDENTIAL_KEYS opens any stored password: these are the wrong keys, or the one that sealed them was "
    "removed. Nothing was changed. Put it behind the others and run this again; if it is lost, set each password again."
)
LEFT = "Somebody changed a profile meanwhile and sealed its password with an older key: run this again."


class Command(OperatorCommand):
    help = (
        "Seal every stored portal password anew with the first key of CREDENTIAL_KEYS and verify each. Sessions and "
        "calls go on. A profile that no key opens is disabled. Exits with 0 when the first key seals everything, 1 "
        "when it does not, 2 for misuse."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and change nothing")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = rotate(keep=not options["dry_run"])
        except Unsealable as fault:
            self.stderr.write(str(fault))
            sys.exit(2)
        self.stdout.write(json.dumps(found.as_json(), indent=2) if options["json"] else "\n".join(lines(found)))
        for note in notes(found):
            self.stderr.write(note)
        if not found.ok:
            sys.exit(1)


def lines(found: Rotation) -> list[str]:
    """A line for each profile, and the sum."""
    width = max((len(row.profile) for row in found.rows), default=0)
    counts = ", ".join(f"{number} {state}" for state, number in found.counts.items())
    would = "Nothing was changed. " if found.is_dry or found.stopped else ""
    total = f"{would}The first key is {found.key}; {len(found.rows)} profiles: {counts or 'none'}."
    return [*(f"{row.profile:<{width}}  {told(row, is_dry=found.is_dry)}" for row in found.rows), total]


def told(row: Row, *, is_dry: bool) -> str:
    """Such as `cannot be unsealed, disabled`."""
    would = "would be " if is_dry else ""
    if row.state is State.UNSEALABLE and row.is_disabled:
        return f"{row.state}, {would}disabled"
    return f"{would}{row.state}" if row.state is State.RESEALED else row.state.value


def notes(found: Rotation) -> list[str]:
    """What to do about it."""
    if found.stopped:
        return [WRONG_KEYS]
    said = [f"Cannot be unsealed: {REMEDY}"] if found.counts[State.UNSEALABLE] else []
    return said + ([LEFT] if found.counts[State.CHANGED] else [])
