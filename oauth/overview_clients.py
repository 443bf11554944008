"""What the first page says of clients: who they say they are, and whether their list of tools is still theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from django.utils import timezone

from oauth.access import AccessBook
from oauth.clients_seen import digest_of
from oauth.diagnosis import State
from oauth.links import as_principal
from oauth.models import SeenClient
from oauth.overview_words import Badge
from oauth.snapshots import Snapshots, load_snapshot

if TYPE_CHECKING:
    from datetime import datetime

CURRENT: Final = Badge(State.OK, "current")
STALE: Final = Badge(State.WARNING, "stale")
OLDER: Final = Badge(State.SKIPPED, "before the latest policy change")
NO_LIST: Final = Badge(State.SKIPPED, "none fetched")


@dataclass(frozen=True, slots=True)
class ClientLine:
    """One client of one subject; `age` since it was last seen, in seconds."""

    row: SeenClient
    age: float
    list_badge: Badge


def read(most: int, revision: int, book: Callable[[], AccessBook]) -> list[ClientLine]:
    """The clients last seen, newest first."""
    now = timezone.now()
    rows = SeenClient.objects.order_by("-last_seen", "key")[:most]
    return [
        ClientLine(row, max(0.0, (now - row.last_seen).total_seconds()), judged(row, revision, book, now))
        for row in rows
    ]


def judged(row: SeenClient, revision: int, book: Callable[[], AccessBook], now: datetime) -> Badge:
    """Whether the list that the client was given is what it would be given now.

    The caller is asked about as they were when they fetched it: a token with other scopes may see something else.
    """
    if row.list_revision is None:
        return NO_LIST
    if row.list_revision >= revision:
        return CURRENT
    if row.holder is None:
        return OLDER
    listed = book().listed(as_principal(row.holder), now.timestamp())
    return CURRENT if digest_of(listed) == row.list_digest else STALE


def book_at_hand(running: AccessBook | None, *, lists_step_up: bool) -> Callable[[], AccessBook]:
    """A way to the book of a running server or, where there is none, to the policy in the database, read once."""

    @cache
    def book() -> AccessBook:
        return running or AccessBook(load_snapshot(), lists_step_up=lists_step_up)

    return book


def running_book() -> AccessBook | None:
    """A book on the snapshot of the server in this process, without a query; None outside of one."""
    return Snapshots.running.book_of_ones_own() if Snapshots.running is not None else None
