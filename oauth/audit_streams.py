"""New streams of audit events, and the marks that are left about them in the database and outside."""

from __future__ import annotations

import secrets

from oauth import checkpoint_file, conf
from oauth.audit_rows import keep_mark, now
from oauth.chain import Head, Keys, MarkKind, Stream


def audit_keys() -> Keys:
    """The keys as configured."""
    return Keys.build(conf.audit_keys())


def new_stream(prefix: str) -> Stream:
    """A stream of its own for this process: `w-` of a worker, `a-` of the admin, `c-` of a command."""
    return Stream(f"{prefix}-{now():%Y%m%dT%H%M%S}-{secrets.token_hex(5)}", audit_keys())


def leave_mark(kind: MarkKind, stream: Stream, head: Head) -> None:
    """Sign how far a stream has come; outside the database first. Raises `OSError` or `DatabaseError`."""
    mark = stream.keys.mark(kind, stream.name, head, now())
    file = conf.audit_checkpoint_file()
    try:
        if file is not None:
            checkpoint_file.append(file, mark)
    finally:
        keep_mark(mark)
