"""Signed marks outside the database, as lines of JSON: what tells that the end of a stream was cut off."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from oauth.chain import Mark


def line_of(mark: Mark) -> str:
    """One line, without its end."""
    return json.dumps({**mark._asdict(), "time": mark.time.isoformat()}, separators=(",", ":"))


def append(file: Path, mark: Mark) -> None:
    """Add a whole line or none, so that several processes may share the file; raises `OSError`.

    A disk that fills up takes the beginning of a line: what is left of one would be a line that is no mark.
    """
    line = (line_of(mark) + "\n").encode("ascii")
    number = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        before = os.fstat(number).st_size
        if os.write(number, line) < len(line):
            os.ftruncate(number, before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(number)


@dataclass(slots=True)
class Outside:
    """What a file holds: the furthest marks of each stream, and the numbers of lines that are none."""

    marks: dict[str, list[Mark]] = field(default_factory=dict)
    bad_lines: list[int] = field(default_factory=list)


def read(lines: Iterable[str]) -> Outside:
    """Take the marks out of lines; of the same kind and stream the furthest counts, since it vouches for the others."""
    found = Outside()
    furthest: defaultdict[str, dict[tuple[str, str], Mark]] = defaultdict(dict)
    for number, line in enumerate(lines, 1):
        mark = _parsed(line)
        if mark is None:
            found.bad_lines.append(number)
            continue
        before = furthest[mark.stream].get((mark.kind, mark.key))
        if before is None or mark.sequence >= before.sequence:
            furthest[mark.stream][mark.kind, mark.key] = mark
    found.marks = {stream: list(marks.values()) for stream, marks in furthest.items()}
    return found


def _parsed(line: str) -> Mark | None:
    try:
        values = json.loads(line)
        moment = datetime.fromisoformat(values["time"])
        texts = {name: values[name] for name in ("kind", "stream", "mac", "key", "signature")}
        sequence = values["sequence"]
    except (ValueError, KeyError, TypeError):
        return None
    if moment.tzinfo is None or type(sequence) is not int or not all(isinstance(text, str) for text in texts.values()):
        return None
    return Mark(**texts, sequence=sequence, time=moment)
