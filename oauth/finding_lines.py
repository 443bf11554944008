"""Findings of checks as lines for a terminal, and as JSON for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from oauth.diagnosis import Finding, State

MARKS: Final = {State.OK: "ok  ", State.WARNING: "warn", State.FAILED: "FAIL", State.SKIPPED: "skip"}


def lines(findings: Sequence[Finding]) -> Iterator[str]:
    """One line a finding, with its time; under it the remedy, if there is one."""
    width = max((len(finding.check) for finding in findings), default=0)
    for finding in findings:
        took = "" if finding.seconds is None else f"  ({finding.seconds:.2f} s)"
        yield f"{MARKS[finding.state]}  {finding.check:<{width}}  {finding.found}{took}"
        if finding.remedy:
            yield f"      {'':<{width}}  → {finding.remedy}"


def as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Every field of each."""
    return [dataclasses.asdict(finding) for finding in findings]
