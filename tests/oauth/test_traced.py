"""The trace of a refusal as evidence keeps it: bounded, the nearest policies first, read back as it was written."""

from __future__ import annotations

import json

from oauth.policy import Denied, DenyReason, TraceEntry
from oauth.rules import Effect
from oauth.traced import MOST_STEPS, Step, read, written


def entry(name: str, failed_on: str | None, effect: Effect = Effect.ALLOW) -> TraceEntry:
    return TraceEntry(name, effect, failed_on is None, failed_on)


def denied(*trace: TraceEntry) -> Denied:
    return Denied(DenyReason.DENIED_BY_POLICY, trace=trace)


def test_what_was_written_is_read_back() -> None:
    kept = written(denied(entry("Readers", "paths"), entry("HR", None, Effect.DENY)))
    assert read(json.loads(json.dumps(kept))) == ([Step("HR", "deny", ""), Step("Readers", "allow", "paths")], 0)


def test_the_nearest_policies_are_kept_and_the_others_counted() -> None:
    far = [entry(f"far {n}", "tools") for n in range(50)]
    near = [entry(f"near {n}", "scopes") for n in range(5)]
    steps, more = read(written(denied(*far, *near, entry("HR", None, Effect.DENY))))
    assert [step.policy for step in steps[:6]] == ["HR", *(f"near {n}" for n in range(5))]
    assert (len(steps), more) == (MOST_STEPS, 56 - MOST_STEPS)


def test_a_refusal_without_a_trace_keeps_nothing() -> None:
    assert written(denied()) == {}
    assert read({}) == ([], 0)


def test_other_forms_are_left_out() -> None:
    assert read({"trace": "x", "trace_more": "y"}) == ([], 0)
    assert read({"trace": [["a", "deny"], ["a", "deny", 1], ["a", "deny", ""]]}) == ([Step("a", "deny", "")], 0)
