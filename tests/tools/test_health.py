"""What the last look found becomes one badge; a refused login doubles the pause; a state keeps its beginning."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from tools.health import GRACE, Found, Standing, State, ago, badge, next_standing, pause_after

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
DOWN = Found(good=False, duration_ms=9, code="portal_unavailable", error="It is away.", remedy="Start it.")
REFUSED = replace(DOWN, code="portal_login_failed")
GOOD = Found(good=True, duration_ms=80)


@dataclass(frozen=True, slots=True)
class Portal:
    enabled: bool = True
    revision: int = 7


@dataclass(slots=True)
class Row:
    good: bool = True
    code: str = ""
    error: str = ""
    remedy: str = ""
    checked_at: datetime | None = NOW - timedelta(seconds=20)
    since: datetime | None = NOW - timedelta(hours=3)
    next_at: datetime | None = NOW + timedelta(seconds=40)
    duration_ms: int = 80
    revision: int = 7


def test_a_good_portal_says_since_when_and_how_fast() -> None:
    shown = badge(Portal(), Row(), NOW)
    assert (shown.state, shown.label, shown.remedy) == (State.GOOD, "good", "")
    assert shown.text == "for 3 hours, answered in 80 ms"


def test_trouble_says_since_when_what_was_found_and_what_to_do() -> None:
    shown = badge(Portal(), Row(good=False, error="It is away.", remedy="Start it."), NOW)
    assert (shown.state, shown.text, shown.remedy) == (State.TROUBLE, "for 3 hours: It is away.", "Start it.")


def test_a_disabled_profile_shows_no_result() -> None:
    assert badge(Portal(enabled=False), Row(good=False), NOW).state is State.DISABLED


@pytest.mark.parametrize("row", [None, Row(checked_at=None), Row(revision=6), Row(next_at=None)])
def test_no_result_or_one_of_an_older_revision_is_not_checked(row: Row | None) -> None:
    assert badge(Portal(), row, NOW).state is State.UNKNOWN


def test_a_result_counts_until_a_look_is_overdue() -> None:
    row = Row(next_at=NOW)
    assert badge(Portal(), row, NOW + GRACE).state is State.GOOD
    late = badge(Portal(), row, NOW + GRACE + timedelta(seconds=1))
    assert late.state is State.UNKNOWN
    assert "good" in late.text


def test_a_state_keeps_its_beginning_while_it_lasts() -> None:
    first = next_standing(None, DOWN, NOW)
    assert first == Standing(good=False, code="portal_unavailable", since=NOW, refused_logins=0)
    later = NOW + timedelta(minutes=1)
    assert next_standing(first, REFUSED, later).since == NOW
    assert next_standing(first, GOOD, later).since == later


def test_refused_logins_are_counted_until_one_succeeds_or_another_fault_comes() -> None:
    standing = next_standing(None, REFUSED, NOW)
    standing = next_standing(standing, REFUSED, NOW)
    assert standing.refused_logins == 2
    assert next_standing(standing, GOOD, NOW).refused_logins == 0
    assert next_standing(standing, DOWN, NOW).refused_logins == 0


def test_the_pause_doubles_with_each_refused_login_up_to_an_hour() -> None:
    assert [pause_after(number, 60) for number in range(8)] == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert pause_after(1, 5) == 60
    assert pause_after(10**9, 60) == 3600
    assert pause_after(3, 86_400) == 86_400


def test_without_a_background_a_result_counts_for_ten_minutes() -> None:
    assert pause_after(0, 0) == 600


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (0.9, "just now"), (1, "1 second ago"), (59.9, "59 seconds ago"), (60, "1 minute ago"),
     (7300, "2 hours ago"), (90_000, "1 day ago"), (200_000, "2 days ago")],
)  # fmt: skip
def test_an_age_is_told_in_its_largest_unit_alone(seconds: float, words: str) -> None:
    assert ago(seconds) == words
