"""The trace of a refusal as evidence keeps it: which policies were looked at, and on what each of them failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from oauth.policy import Denied, TraceEntry

MOST_STEPS: Final = 12
TRACE, MORE = "trace", "trace_more"
KEPT: Final = frozenset({TRACE, MORE})
"""The details of an event that are its trace."""
FAR: Final = frozenset({"tools", "disabled"})
"""What policies fail on that nobody would have expected to matter; these are kept last."""


class Step(NamedTuple):
    """One policy's word; `failed_on` is the criterion that did not match, empty where all did."""

    policy: str
    effect: str
    failed_on: str


def written(denied: Denied) -> dict[str, Any]:
    """The trace as JSON values, those that matched first, cut to some policies; how many more were looked at."""
    if not denied.trace:
        return {}
    near = sorted(denied.trace, key=_distance)
    steps = [[entry.policy, entry.effect.value, entry.failed_on or ""] for entry in near[:MOST_STEPS]]
    more = len(near) - MOST_STEPS
    return {TRACE: steps, MORE: more} if more > 0 else {TRACE: steps}


def _distance(entry: TraceEntry) -> tuple[bool, bool]:
    return not entry.matched, entry.failed_on in FAR


def read(details: Mapping[str, Any]) -> tuple[list[Step], int]:
    """The steps that an event holds, and how many more there were; whatever has another form is left out."""
    kept, more = details.get(TRACE), details.get(MORE, 0)
    steps = [
        Step(*step)
        for step in (kept if isinstance(kept, list) else [])
        if isinstance(step, list) and len(step) == len(Step._fields) and all(isinstance(word, str) for word in step)
    ]
    return steps, more if isinstance(more, int) else 0
