"""The state of everything at one look, for the admin's first page and `show_status`: it reads, and asks nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.urls import reverse

from oauth import day, overview_clients, overview_workers, worker_reports
from oauth.diagnosis import State
from oauth.models import Suspension
from oauth.overview_words import Wrong, many, worst_first
from oauth.selectors import policy_revision, suspensions_in_force

if TYPE_CHECKING:
    from oauth.access import AccessBook
    from oauth.day import Day
    from oauth.overview_clients import ClientLine
    from oauth.overview_workers import Scalekit
    from oauth.worker_reports import Told

MOST_CLIENTS: Final = 20


@dataclass(frozen=True, slots=True)
class Sees:
    """Which parts somebody may see."""

    portals: bool = True
    policy: bool = True
    suspensions: bool = True
    audit: bool = True


EVERYTHING: Final = Sees()


@dataclass(frozen=True, slots=True)
class Overview:
    """Every part is None for who may not see it; `wrong` speaks of the parts that are seen."""

    revision: int | None
    workers: Sequence[Told] | None
    scalekit: Scalekit | None
    suspensions: Sequence[Suspension] | None
    clients: Sequence[ClientLine] | None
    day: Day | None
    wrong: tuple[Wrong, ...]

    @property
    def is_judged(self) -> bool:
        """Whether enough is seen to say that all is well, or not."""
        return self.workers is not None

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all may be seen."""
        return all(part is None for part in (self.workers, self.suspensions, self.day))

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong

    @property
    def headline(self) -> str:
        """The first line."""
        if self.is_well:
            return f"All is well: {many(len(overview_workers.serving(self.workers or ())), 'worker')} serving"
        failed = sum(each.state is State.FAILED for each in self.wrong)
        return f"{many(failed, 'thing')} wrong" if failed else f"{many(len(self.wrong), 'thing')} to look at"


def read(sees: Sees = EVERYTHING, *, most_clients: int = MOST_CLIENTS, book: AccessBook | None = None) -> Overview:
    """Read all that may be seen; raises `DatabaseError`. With a `book`, lists of clients are compared with it."""
    revision = policy_revision() if sees.policy else None
    workers = worker_reports.told(revision) if revision is not None else None
    suspensions = list(suspensions_in_force()) if sees.suspensions else None
    return Overview(
        revision=revision,
        workers=workers,
        scalekit=None if workers is None else overview_workers.scalekit(workers),
        suspensions=suspensions,
        clients=None if revision is None else overview_clients.read(most_clients, revision, book),
        day=day.read() if sees.audit else None,
        wrong=worst_first(
            [
                *(overview_workers.wrong(workers) if workers is not None else ()),
                *_suspended(suspensions or ()),
            ]
        ),
    )


def _suspended(suspensions: Sequence[Suspension]) -> Iterator[Wrong]:
    for row in suspensions:
        everything = row.level == Suspension.Level.EVERYTHING
        text = f"Suspended: {row.get_level_display()} {row.value}".rstrip()
        address = reverse("admin:oauth_suspension_change", args=[row.pk])
        yield Wrong(State.FAILED if everything else State.WARNING, f"{text} ({row.reason}).", address)
