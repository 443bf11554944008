"""Identifiers of requests and decisions: random, short enough to read out, searchable in the admin."""

from __future__ import annotations

import os
from itertools import product, starmap
from operator import add

ID_BYTES = 10
BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
PAIRS = tuple(starmap(add, product(BASE32, BASE32)))
"""What ten bits are written as (RFC 4648, section 6); the standard library's encoder takes twice the time."""


class RandomBytes:
    """Random bytes of the operating system, fetched for many ids at once: the fetch costs more than all the rest.

    What was fetched is never shared by two processes: a forked child drops what its parent had.
    """

    def __init__(self, ids: int = 256) -> None:
        self._size = ids * ID_BYTES
        self._fetched = b""
        self._used = 0
        os.register_at_fork(after_in_child=self.drop)

    def drop(self) -> None:
        """Forget what was fetched."""
        self._fetched, self._used = b"", 0

    def next(self) -> bytes:
        """The bytes of one id; called on the event loop alone."""
        if self._used >= len(self._fetched):
            self._fetched, self._used = os.urandom(self._size), 0
        begin = self._used
        self._used = begin + ID_BYTES
        return self._fetched[begin : self._used]


_random = RandomBytes()


def request_id() -> str:
    """`R-` and 80 random bits in base32."""
    return "R-" + base32(_random.next())


def base32(ten: bytes) -> str:
    """Ten bytes as sixteen characters."""
    bits = int.from_bytes(ten)
    return "".join([PAIRS[bits >> shift & 1023] for shift in (70, 60, 50, 40, 30, 20, 10, 0)])


def decision_id(request: str) -> str:
    """`D-` and the same bits: a request carries one call and so one decision; either id finds the event."""
    return "D-" + request[2:]
