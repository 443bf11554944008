"""The keyed chain of audit events: how a row is written out, sealed to the row before it, and marked from outside."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
GENESIS: Final = "0" * 64
"""What the first row of a stream is sealed to."""

_encode: Final = json.JSONEncoder(ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode


class Record(NamedTuple):
    """What one audit event says, in the order in which it is written out; `details` and lists hold JSON values."""

    time: datetime
    kind: str
    request: str
    decision: str
    revision: int
    issuer: str
    subject: str
    client: str
    organization: str
    scopes: Sequence[str]
    tool: str
    portal: str
    tenant: str
    account: str
    paths: Sequence[str]
    argument_digest: str
    outcome: str
    code: str
    reason: str
    policy: str
    duration_ms: float
    repeats: int
    details: Mapping[str, Any]


class Sealed(NamedTuple):
    """A record in its place: the stream, its number there (from 1), the key's id and the seal (64 hex digits)."""

    stream: str
    sequence: int
    key: str
    mac: str
    record: Record


class Head(NamedTuple):
    """Where a stream stands: the number and seal of its last row."""

    sequence: int = 0
    mac: str = GENESIS


START: Final = Head()


class MarkKind(StrEnum):
    """What a mark says of a stream."""

    CHECKPOINT = "checkpoint"
    CLOSED = "closed"
    PRUNE = "prune"


class Mark(NamedTuple):
    """A signed word about a stream: it had come as far as this row, ended with it, or was pruned up to it."""

    kind: str
    stream: str
    sequence: int
    mac: str
    time: datetime
    key: str
    signature: str


def canonical(stream: str, sequence: int, record: Record) -> bytes:
    """The one way to write an event out: a JSON array in ASCII; times as whole microseconds since 1970 in UTC."""
    moment = (record.time - EPOCH) // MICROSECOND
    return _encode(("event/1", stream, sequence, moment, *record[1:])).encode("ascii")


def seal(key: bytes, previous: str, written: bytes) -> str:
    """HMAC-SHA256 over the seal before and the written event, in hex."""
    return hmac.digest(key, b"%b\n%b" % (previous.encode("ascii", "replace"), written), "sha256").hex()


def key_id(key: bytes) -> str:
    """Eight hex digits by which a key is recognised; they tell nothing about it."""
    return hmac.digest(key, b"audit key id", "sha256").hex()[:8]


@dataclass(frozen=True, slots=True)
class Keys:
    """`AUDIT_KEYS`: the first signs, all verify."""

    signing: str
    by_id: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def build(cls, texts: Sequence[str]) -> Keys:
        """Keys from their texts; at least one. Raises `ValueError` without any."""
        if not texts:
            raise ValueError("no audit key")
        keys = [hashlib.sha256(b"audit chain\n" + text.encode()).digest() for text in texts]
        return cls(key_id(keys[0]), {key_id(key): key for key in keys})

    def mark(self, kind: MarkKind, stream: str, head: Head, time: datetime) -> Mark:
        """A mark signed by the first key."""
        bare = Mark(kind.value, stream, head.sequence, head.mac, time, self.signing, "")
        return bare._replace(signature=_signature(self.by_id[self.signing], bare))

    def vouches(self, mark: Mark) -> bool:
        """Whether one of our keys signed the mark."""
        key = self.by_id.get(mark.key)
        return key is not None and _same(_signature(key, mark), mark.signature)

    def fits(self, row: Sealed, previous: str) -> bool:
        """Whether the row is the one that was sealed behind `previous`."""
        key = self.by_id.get(row.key)
        written = canonical(row.stream, row.sequence, row.record)
        return key is not None and _same(seal(key, previous, written), row.mac)


def _same(expected: str, found: str) -> bool:
    return hmac.compare_digest(expected.encode(), found.encode("utf-8", "replace"))


def _signature(key: bytes, mark: Mark) -> str:
    moment = (mark.time - EPOCH) // MICROSECOND
    text = _encode(("mark/1", mark.kind, mark.stream, mark.sequence, mark.mac, moment, mark.key))
    return hmac.digest(key, text.encode("ascii"), "sha256").hex()


@dataclass(slots=True)
class Stream:
    """One writer's chain; the head moves only when the caller knows the rows to be committed (`advance`)."""

    name: str
    keys: Keys
    head: Head = START
    forks: int = 0

    def sealed(self, records: Iterable[Record]) -> list[Sealed]:
        """The records as the next rows of this stream; the head stays where it is."""
        key, (sequence, mac) = self.keys.by_id[self.keys.signing], self.head
        rows = []
        for record in records:
            sequence += 1
            mac = seal(key, mac, canonical(self.name, sequence, record))
            rows.append(Sealed(self.name, sequence, self.keys.signing, mac, record))
        return rows

    def advance(self, rows: Sequence[Sealed]) -> None:
        """Take committed rows into account."""
        if rows:
            self.head = Head(rows[-1].sequence, rows[-1].mac)

    def fork(self) -> Stream:
        """A fresh stream for the same writer: after a failed commit nobody knows which rows are there."""
        base = self.name.partition(".")[0]
        return Stream(f"{base}.{self.forks + 1}", self.keys, forks=self.forks + 1)
