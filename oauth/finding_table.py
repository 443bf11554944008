"""How commands print findings: a table for people or JSON for programs, and the exit code of both."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from oauth.diagnosis import Finding, State
from oauth.token_report import verdict

MARKS: Final = {State.OK: "ok  ", State.WARNING: "warn", State.FAILED: "FAIL", State.SKIPPED: "skip"}


def as_table(findings: Sequence[Finding]) -> Iterator[str]:
    """A line for each finding with its timing, and one below it for its remedy."""
    width = max((len(finding.check) for finding in findings), default=0)
    for finding in findings:
        took = "" if finding.seconds is None else f"  ({finding.seconds:.2f} s)"
        yield f"{MARKS[finding.state]}  {finding.check:<{width}}  {finding.found}{took}"
        if finding.remedy:
            yield f"      {'':<{width}}  → {finding.remedy}"


def as_dicts(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """For programs."""
    return [dataclasses.asdict(finding) for finding in findings]


def printed(findings: Sequence[Finding], *, is_json: bool) -> tuple[str, int]:
    """The whole answer of a command that only checks, and its exit code: 0 good, 1 bad."""
    worst = verdict(findings)
    if is_json:
        text = json.dumps({"state": worst, "checks": as_dicts(findings)}, indent=2)
    else:
        text = "\n".join(as_table(findings))
    return text, int(worst is State.FAILED)
