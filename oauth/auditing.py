"""Records who read, exported or pruned the audit: on a stream of this process, committed before anything is shown."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from typing import Any, Final

from django.db import DatabaseError, transaction

from oauth.audit import Event, argument_digest, record_of
from oauth.audit_rows import insert_events, now
from oauth.audit_streams import leave_mark, new_stream
from oauth.chain import MarkKind, Stream
from oauth.ids import decision_id, request_id
from oauth.principal import Principal

log = logging.getLogger(__name__)
ADMIN: Final = "a"
COMMAND: Final = "c"
ISSUERS: Final = {ADMIN: "admin", COMMAND: "command"}


@dataclass(slots=True)
class Desk:
    """The streams of this process, one for each way in; made on demand, and never shared with a forked child."""

    lock: threading.Lock
    streams: dict[tuple[int, str], Stream]

    def record(self, kind: str, way: str, who: str, details: dict[str, Any]) -> None:
        """Commit one event; raises `DatabaseError` when it cannot be, and then nothing may be shown."""
        with self.lock:
            place = (os.getpid(), way)
            stream = self.streams.get(place) or new_stream(way)
            try:
                rows = stream.sealed([record_of(_event(kind, way, who, details))])
                with transaction.atomic():
                    insert_events(rows)
            except DatabaseError:
                self.streams[place] = stream.fork()
                raise
            stream.advance(rows)
            self.streams[place] = stream
            try:
                leave_mark(MarkKind.CHECKPOINT, stream, stream.head)
            except OSError as error:
                log.error("the audit checkpoint file cannot be written: %s", type(error).__name__)  # noqa: TRY400 - the text names paths

    def forget(self) -> None:
        """Begin new streams with the next event."""
        self.streams.clear()


DESK: Final = Desk(threading.Lock(), {})


def _event(kind: str, way: str, who: str, details: dict[str, Any]) -> Event:
    request = request_id()
    return Event(
        time=now(),
        kind=kind,
        request=request,
        decision=decision_id(request),
        revision=0,
        principal=Principal(ISSUERS[way], who[:255], "", "", frozenset(), 0),
        tool="",
        argument_digest=argument_digest(details),
        outcome="ok",
        details=details,
    )


def record_reading(who: str, details: dict[str, Any]) -> None:
    """A page of the admin that shows events; `details` say which, as far as asked for."""
    DESK.record("read", ADMIN, who, details)


def record_command(kind: str, who: str, details: dict[str, Any]) -> None:
    """A command that exports or prunes."""
    DESK.record(kind, COMMAND, who, details)
