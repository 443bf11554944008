"""Finds the first row of a stream that was changed, removed, added, moved or cut off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from oauth.chain import START, Head, Keys, Mark, MarkKind, Sealed


class Fault(StrEnum):
    """What is wrong with a stream."""

    CHANGED = "changed"
    MISSING = "missing"
    ADDED = "added"
    CUT = "cut"
    FORGED_MARK = "forged_mark"
    UNKNOWN_KEY = "unknown_key"
    UNREADABLE = "unreadable"


REMEDY_KEY: Final = "put the retired key behind the others in AUDIT_KEYS"


class Break(NamedTuple):
    """The first broken place of a stream: the row's number in its stream, its id in the table if it is there."""

    fault: Fault
    sequence: int
    event: int | None
    message: str


@dataclass(slots=True)
class StreamCheck:
    """Takes a stream's rows in the order of their numbers (`feed`), then says what is wrong (`finish`).

    `marks` are those of this stream, from the database and from outside; what no key of ours signed is a break itself.
    """

    name: str
    keys: Keys
    marks: Iterable[Mark] = ()
    events: int = 0
    first: int = 0
    last: int = 0
    pruned: int = 0
    closed: bool = False
    broken: Break | None = None
    _head: Head = START
    _expected: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        genuine = []
        for mark in self.marks:
            if self.keys.vouches(mark):
                genuine.append(mark)
            else:
                self._forged(mark)
        prune = max((mark for mark in genuine if mark.kind == MarkKind.PRUNE), key=_sequence, default=None)
        if prune is not None:
            self.pruned, self._head = prune.sequence, Head(prune.sequence, prune.mac)
        self._expected = {mark.sequence: mark.mac for mark in genuine if mark.sequence > self.pruned}
        self.closed = any(mark.kind == MarkKind.CLOSED for mark in genuine)

    def feed(self, row: Sealed, event: int) -> None:
        """Check the next row; `event` is its id in the table."""
        self.events += 1
        self.first = self.first or row.sequence
        self.last = row.sequence
        if self.broken is None:
            self.broken = self._fault(row, event)
            self._head = Head(row.sequence, row.mac)

    def unreadable(self, event: int) -> None:
        """Note a row whose columns hold what no writer of ours ever put there."""
        self.events += 1
        if self.broken is None:
            after = self._head.sequence + 1
            self.broken = Break(Fault.UNREADABLE, after, event, "a column holds a value that cannot be read: changed")

    def finish(self) -> Break | None:
        """The first break, or None when the stream holds."""
        furthest = max(self._expected, default=0)
        if self.broken is None and furthest > self._head.sequence:
            self.broken = Break(
                Fault.CUT,
                self._head.sequence + 1,
                None,
                f"rows {self._head.sequence + 1} to {furthest} are missing at the end: a checkpoint signed them",
            )
        return self.broken

    def _fault(self, row: Sealed, event: int) -> Break | None:
        wanted = self._head.sequence + 1
        if row.sequence < wanted:
            return Break(Fault.ADDED, row.sequence, event, "this number was there before, or was pruned: added")
        if row.sequence > wanted:
            text = f"rows {wanted} to {row.sequence - 1} are missing before this one"
            return Break(Fault.MISSING, wanted, event, text)
        if row.key not in self.keys.by_id:
            return Break(
                Fault.UNKNOWN_KEY, wanted, event, f"sealed with key {row.key}, which is not here: {REMEDY_KEY}"
            )
        if not self.keys.fits(row, self._head.mac):
            return Break(Fault.CHANGED, wanted, event, "it is not the row that was sealed here: changed or moved")
        if self._expected.get(wanted, row.mac) != row.mac:
            return Break(Fault.CHANGED, wanted, event, "a checkpoint signed another row of this number")
        return None

    def _forged(self, mark: Mark) -> None:
        known = mark.key in self.keys.by_id
        what = "is not signed by its key: changed or made up" if known else f"needs key {mark.key}: {REMEDY_KEY}"
        fault = Fault.FORGED_MARK if known else Fault.UNKNOWN_KEY
        if self.broken is None:
            self.broken = Break(fault, mark.sequence, None, f"the {mark.kind} mark at row {mark.sequence} {what}")


def _sequence(mark: Mark) -> int:
    return mark.sequence
