"""Audit events and marks as rows: written in plain SQL, read back as what was sealed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from django.db import connection, models

from oauth.chain import Mark, Record, Sealed
from oauth.models import AuditEvent, AuditMark

PLACE: Final = ("stream", "sequence", "key", "mac")
COLUMNS: Final = (*PLACE, *Record._fields)
JSON_COLUMNS: Final = frozenset({"scopes", "paths", "details"})
TIME, SCOPES, PATHS, DETAILS = (COLUMNS.index(column) for column in ("time", "scopes", "paths", "details"))
_encode: Final = json.JSONEncoder().encode
CHUNK: Final = 2_000
UNSTORABLE: Final = str.maketrans({"\x00": "\N{SYMBOL FOR NULL}"})


def storable(text: str) -> str:
    """The text as both databases take it: no NUL, no half of a surrogate pair."""
    if text.isprintable():
        return text
    return text.translate(UNSTORABLE).encode("utf-8", "replace").decode("utf-8")


def insert_events(rows: Sequence[Sealed]) -> None:
    """Insert sealed rows on this thread's connection; raises `DatabaseError`.

    Plain SQL through Django's cursor: `bulk_create` costs several times more per row than the insert itself.
    """
    with connection.cursor() as cursor:
        cursor.executemany(_statement(connection.vendor), [_values(row) for row in rows])


def _values(row: Sealed) -> list[Any]:
    """In the order of `COLUMNS`."""
    record = row.record
    values = [*row[:4], *record]
    values[TIME] = connection.ops.adapt_datetimefield_value(record.time)
    values[SCOPES] = _words(tuple(record.scopes))
    values[PATHS] = _encode(record.paths) if record.paths else "[]"
    values[DETAILS] = _encode(record.details) if record.details else "{}"
    return values


@lru_cache(maxsize=256)
def _words(scopes: tuple[str, ...]) -> str:
    return _encode(scopes)


@lru_cache(maxsize=2)
def _statement(vendor: str) -> str:
    cast = "::jsonb" if vendor == "postgresql" else ""
    holders = [f"%s{cast}" if column in JSON_COLUMNS else "%s" for column in COLUMNS]
    names = ", ".join(connection.ops.quote_name(column) for column in COLUMNS)
    table = connection.ops.quote_name(AuditEvent._meta.db_table)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join(holders)})"  # noqa: S608 - names of our own model


class Found(NamedTuple):
    """A row as it was read: its id, and what was sealed; None when a column holds what cannot be read."""

    id: int
    row: Sealed | None


def found(row: AuditEvent) -> Sealed:
    """A loaded event as what was sealed."""
    return _sealed([getattr(row, column) for column in COLUMNS])


def _sealed(values: Sequence[Any]) -> Sealed:
    stream, sequence, key, mac, *rest = values
    return Sealed(stream, sequence or 0, key, mac, Record(*rest))


def rows_of(stream: str) -> Iterator[Found]:
    """The rows of one stream in the order of their numbers, some thousands at a time."""
    rows = AuditEvent.objects.filter(stream=stream).order_by("sequence", "id")
    for unplaced in rows.filter(sequence=None).values_list("id", flat=True).iterator(CHUNK):
        yield Found(unplaced, None)
    after: int | None = None
    while True:
        part = rows.exclude(sequence=None) if after is None else rows.filter(sequence__gt=after)
        keys = list(part.values_list("id", "sequence")[:CHUNK])
        if not keys:
            return
        yield from _read(keys, part)
        after = keys[-1][1]


def _read(keys: list[tuple[int, Any]], part: models.QuerySet[AuditEvent]) -> Iterator[Found]:
    try:
        values = list(part.filter(sequence__lte=keys[-1][1]).values_list("id", *COLUMNS))
    except (ValueError, TypeError):  # a value that no writer of ours put there: find the row that holds it
        yield from (_one(key) for key, _ in keys)
        return
    for number, *rest in values:
        yield _checked(number, rest)


def _one(number: int) -> Found:
    try:
        return _checked(number, AuditEvent.objects.values_list(*COLUMNS).get(pk=number))
    except (ValueError, TypeError):
        return Found(number, None)


def _checked(number: int, values: Sequence[Any]) -> Found:
    is_readable = isinstance(values[len(PLACE)], datetime) and isinstance(values[1], int)
    texts = (values[0], values[2], values[3])
    return Found(number, _sealed(values) if is_readable and all(isinstance(text, str) for text in texts) else None)


def streams() -> Iterator[str]:
    """Every stream that has rows, by the index: one look-up for each instead of one pass over all rows."""
    last = ""
    while (
        name := AuditEvent.objects.filter(stream__gt=last).order_by("stream").values_list("stream", flat=True).first()
    ):
        yield name
        last = name


def keep_mark(mark: Mark) -> None:
    """Store a mark in place of the older one of its kind; raises `DatabaseError`."""
    AuditMark.objects.bulk_create(
        [AuditMark(**mark._asdict())],
        update_conflicts=True,
        unique_fields=["stream", "kind"],
        update_fields=["sequence", "mac", "time", "key", "signature"],
    )


def marks_of(stream: str) -> list[Mark]:
    """The marks of one stream."""
    rows = AuditMark.objects.filter(stream=stream).values_list(*Mark._fields)
    return [Mark(*row) for row in rows]


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
