"""A flood of bad tokens writes some lines a minute, and one that tells how many more there were."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from oauth.refusal_log import LINES, MOST_REASONS, RefusalLog


class World:
    """A clock that is moved by hand, what is to be done later, and what was written."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.due: list[tuple[float, Callable[[], None]]] = []
        self.lines: list[str] = []
        self.log = RefusalLog(write=self.write, clock=lambda: self.now, later=self.later)

    def write(self, text: str, *values: object) -> None:
        self.lines.append(text % values)

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        self.due.append((self.now + seconds, act))

    def move(self, seconds: float) -> None:
        """Let time pass, and do what falls due."""
        self.now += seconds
        for at, act in [each for each in self.due if each[0] <= self.now]:
            self.due.remove((at, act))
            act()

    def flood(self, times: int, reason: str = "expired") -> None:
        for _ in range(times):
            self.log.note(reason)


@pytest.fixture
def world() -> World:
    return World()


def test_the_first_of_a_minute_are_told_one_by_one(world: World) -> None:
    world.flood(LINES)
    assert world.lines == ["refused a token: expired"] * LINES
    assert world.due == []


def test_the_rest_of_a_minute_is_one_line_with_their_number_although_nothing_more_comes(world: World) -> None:
    world.flood(LINES + 1234)
    assert len(world.lines) == LINES
    world.move(59.9)
    assert len(world.lines) == LINES
    world.move(0.2)
    assert world.lines[LINES:] == ["refused 1,234 more tokens within a minute: expired"]
    world.move(600)
    assert len(world.lines) == LINES + 1


def test_an_hour_of_flood_writes_as_many_lines_as_an_hour_of_trickle(world: World) -> None:
    for _ in range(60 * 60):
        world.flood(100)
        world.move(1)
    assert len(world.lines) <= 60 * (LINES + 1) + LINES
    told = sum(1 if line.startswith("refused a") else int(line.split()[1].replace(",", "")) for line in world.lines)
    world.move(60)
    assert 100 * 3600 - 6000 <= told <= 100 * 3600


def test_reasons_are_counted_apart(world: World) -> None:
    world.flood(LINES + 5, "expired")
    world.flood(LINES + 7, "audience")
    world.move(61)
    assert world.lines[2 * LINES :] == [
        "refused 5 more tokens within a minute: expired",
        "refused 7 more tokens within a minute: audience",
    ]


def test_the_next_minute_begins_anew_and_tells_the_last_one_first(world: World) -> None:
    world.flood(LINES + 3)
    world.now += 61  # the loop was too busy to do what fell due
    world.flood(1)
    assert world.lines[LINES:] == ["refused 3 more tokens within a minute: expired", "refused a token: expired"]
    world.move(1)
    assert len(world.lines) == LINES + 2


def test_more_reasons_than_there_are_share_one_count(world: World) -> None:
    for number in range(10 * MOST_REASONS):
        world.log.note(f"reason {number}")
    assert len(world.lines) == MOST_REASONS + LINES


def test_what_is_unsaid_is_told_at_the_end(world: World) -> None:
    world.flood(LINES + 2)
    world.log.close()
    world.move(61)
    assert world.lines[LINES:] == ["refused 2 more tokens within a minute: expired"]


async def test_in_a_server_the_line_waits_in_its_loop(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    log = RefusalLog()
    for _ in range(LINES + 4):
        log.note("expired")
    log.close()
    assert caplog.messages[-1] == "refused 4 more tokens within a minute: expired"
    assert len(caplog.messages) == LINES + 1
