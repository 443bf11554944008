"""Words of the first page: how many, and what is wrong, worst first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from oauth.diagnosis import State

RANK: Final = {State.FAILED: 0, State.WARNING: 1}


@dataclass(frozen=True, slots=True)
class Badge:
    """A state in a word or two."""

    state: State
    word: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """One thing that is wrong, and the address of the page where it is cured."""

    state: State
    text: str
    cure: str


def worst_first(found: Iterable[Wrong]) -> tuple[Wrong, ...]:
    """What failed before what only wants a look; among equals as they were found."""
    return tuple(sorted(found, key=lambda each: RANK[each.state]))


def many(count: int, noun: str) -> str:
    """Such as `1 worker` or `2 workers`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
