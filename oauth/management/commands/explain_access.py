"""`manage.py explain_access`: tells whether a call would be allowed, which policy decides, and what each one said."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

from django.core.management.base import CommandParser

from oauth.asking import Asked, BadQuestion, claims_in, moment, scopes_in
from oauth.explaining import Answer, answer, as_json
from oauth.ladder import Rung, at_text, headline, place_text
from tools.commands import OperatorCommand

OPTIONS = {"paths": "path", "claims": "claim"}


class Command(OperatorCommand):
    help = "Explain a decision by the policy as it is now. Exits with 0 when allowed, 1 when denied, 2 for misuse."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--scopes", required=True, help="scopes of the token, separated by spaces")
        parser.add_argument("--tool", required=True, help="name of the tool, with or without ctera_portal_")
        for who in ("subject", "client", "organization"):
            parser.add_argument(f"--{who}", default="", help=f"{who} of the token; left out it matches only *")
        parser.add_argument("--portal", default="", help="portal profile; left out: some portal")
        parser.add_argument("--tenant", default="", help="Team Portal, - for global administration; left out: some")
        parser.add_argument(
            "--path", action="append", default=[], help="path argument, may be repeated; left out: some"
        )
        parser.add_argument(
            "--claim",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="a claim of the token that a portal profile names for its callers' accounts, may be repeated",
        )
        parser.add_argument("--at", default="", help="time such as 2026-11-24T10:00, in UTC; left out: now")
        parser.add_argument("--json", action="store_true", help="print the result as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            found = answer(asked(options))
        except BadQuestion as bad:
            self.stderr.write(f"--{OPTIONS.get(bad.part, bad.part)}: {bad.message}")
            sys.exit(2)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(found), indent=2))
        for note in found.notes:
            self.stderr.write(note)
        if not options["json"] and not found.is_unknown_tool:
            self.stdout.write("\n".join(lines(found)))
        if not found.is_allowed:
            sys.exit(2 if found.is_unknown_tool else 1)


def asked(options: dict[str, Any]) -> Asked:
    """The question on the command line; raises `BadQuestion`."""
    who = {name: options[name] for name in ("tool", "subject", "client", "organization", "portal", "tenant")}
    at = moment(options["at"]) if options["at"] else time.time()
    scopes, paths, claims = scopes_in(options["scopes"]), tuple(options["path"]), claims_in(options["claim"])
    return Asked(**who, at=at, scopes=scopes, paths=paths, claims=claims)


def lines(found: Answer) -> list[str]:
    """The decision and its ladder, to be read in a terminal."""
    explanation = found.explanation
    denied = "" if found.is_allowed else f" ({as_json(found)['reason']})"
    call, decided_by = explanation.call, explanation.decision.decided_by
    text = [
        f"{'Allowed' if found.is_allowed else 'Denied'}{denied}: {headline(explanation)}",
        f"Decided: {f'by {decided_by}' if decided_by else 'by no policy'}",
        f"Asked:   {call.tool} on {place_text(call, explanation.spec)}, at {at_text(call.at)}",
        *([f"Account: {found.acting}"] if found.acting else []),
        "",
    ]
    shown = [rung for rung in found.rungs if not rung.is_aside]
    width = max((len(rung.policy) for rung in shown), default=0)
    text += [line(rung, width) for rung in shown]
    if aside := len(found.rungs) - len(shown):
        text.append(f"  and {aside} about other tools or switched off (--json shows them)")
    return text


def line(rung: Rung, width: int) -> str:
    """One rung."""
    mark = "=>" if rung.decides else "  "
    state = "match" if rung.matched else "no"
    return f"{mark} {rung.effect:<9} {rung.policy:<{width}}  {state:<5}  {rung.says}"
