"""The judge of the drills finds what it is there to find."""

from __future__ import annotations

import pytest

from tests.drills.judging import Row, faults_of
from tests.drills.load import READ, WRITE, Called, digest
from tests.drills.scene import PLACE, ROOT

PATH = f"{ROOT}/one"
DIGEST = digest({"path": PATH, **PLACE})
INTENT: Row = ("intent", "intent", DIGEST)
DONE: Row = ("call", "ok", DIGEST)


def called(code: str, tool: str = WRITE) -> Called:
    return Called(tool, PATH, DIGEST, code)


@pytest.mark.parametrize(
    ("code", "made", "rows"),
    [
        ("ok", [PATH], [INTENT, DONE]),
        ("audit_unavailable", [], []),
        ("outcome_unknown", [PATH], [INTENT]),
        ("outcome_unknown", [PATH], [INTENT, ("call", "unknown", DIGEST)]),
        ("portal_unavailable", [], [INTENT, ("call", "error", DIGEST)]),
        ("http-503", [], []),
    ],
)
def test_what_fits_is_no_fault(code: str, made: list[str], rows: list[Row]) -> None:
    assert faults_of([called(code)], made, rows) == []


@pytest.mark.parametrize(
    ("code", "made", "rows", "said"),
    [
        ("ok", [PATH], [INTENT], "without an event"),
        ("ok", [PATH], [DONE], "without an intent"),
        ("ok", [], [("call", "error", DIGEST)], "without an event"),
        ("ok", [], [INTENT, DONE], "never asked"),
        ("audit_unavailable", [PATH], [INTENT], "though the call was refused"),
        ("http-503", [PATH], [INTENT], "though the call was refused"),
        ("outcome_unknown", [], [], "without an event"),
    ],
)
def test_what_does_not_fit_is_told(code: str, made: list[str], rows: list[Row], said: str) -> None:
    assert any(said in fault for fault in faults_of([called(code)], made, rows))


def test_a_change_of_a_call_that_nobody_answered_needs_its_intent_too() -> None:
    assert faults_of([], [PATH], [INTENT]) == []
    assert "without an intent" in faults_of([], [PATH], [])[0]


def test_an_answered_read_needs_its_event() -> None:
    assert faults_of([called("ok", READ)], [], []) != []
