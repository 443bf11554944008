"""The state of everything at one look, for the admin's first page and `show_status`: it reads, and asks nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.urls import reverse

from oauth import day, overview_clients, overview_portals, overview_workers, policy_tests, worker_reports
from oauth.diagnosis import State
from oauth.models import Suspension
from oauth.overview_words import Wrong, many, worst_first
from oauth.selectors import policy_revision, suspensions_in_force

if TYPE_CHECKING:
    from oauth.access import AccessBook
    from oauth.day import Day
    from oauth.expectations import Verdict
    from oauth.overview_clients import ClientLine
    from oauth.overview_portals import PortalLine
    from oauth.overview_workers import Scalekit
    from oauth.worker_reports import Told

MOST_CLIENTS: Final = 20
MOST_NAMED: Final = 5
"""Of what comes in numbers, so many are named in the first lines; of more only how many there are."""


@dataclass(frozen=True, slots=True)
class Sees:
    """Which parts somebody may see."""

    portals: bool = True
    policy: bool = True
    tests: bool = True
    suspensions: bool = True
    audit: bool = True


EVERYTHING: Final = Sees()


@dataclass(frozen=True, slots=True)
class Overview:
    """Every part is None for who may not see it; `wrong` speaks of the parts that are seen."""

    portals: Sequence[PortalLine] | None
    revision: int | None
    workers: Sequence[Told] | None
    scalekit: Scalekit | None
    suspensions: Sequence[Suspension] | None
    failing_tests: Sequence[Verdict] | None
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
        return all(
            part is None for part in (self.portals, self.workers, self.suspensions, self.failing_tests, self.day)
        )

    @property
    def is_well(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong

    @property
    def headline(self) -> str:
        """The first line."""
        if self.is_well:
            return self._well()
        failed = sum(each.state is State.FAILED for each in self.wrong)
        return f"{many(failed, 'thing')} wrong" if failed else f"{many(len(self.wrong), 'thing')} to look at"

    def _well(self) -> str:
        told = f"{many(len(overview_workers.serving(self.workers or ())), 'worker')} serving"
        states = [line.badge for line in self.portals or ()]
        if unknown := sum(each.word not in {"good", "disabled"} for each in states):
            return f"No trouble is known: {told}, {many(unknown, 'portal')} not checked"
        good = sum(each.state is State.OK for each in states)
        return f"All is well: {told}" + (f", {many(good, 'portal')} good" if good else "")

    @property
    def is_failed(self) -> bool:
        """Whether something is wrong that stops work."""
        return any(each.state is State.FAILED for each in self.wrong)


def read(book: Callable[[], AccessBook], sees: Sees = EVERYTHING, *, most_clients: int = MOST_CLIENTS) -> Overview:
    """Read all that may be seen; raises `DatabaseError`.

    Tests and lists are held against the policy of `book`, which is asked for only where there are any, and often.
    """
    portals = overview_portals.read() if sees.portals else None
    revision = policy_revision() if sees.policy else None
    workers = worker_reports.told(revision) if revision is not None else None
    suspensions = list(suspensions_in_force()) if sees.suspensions else None
    tests = policy_tests.enabled_tests() if sees.tests else None
    failing = policy_tests.failing(book().snapshot, tests) if tests else ([] if sees.tests else None)
    wrong = [
        *(overview_workers.wrong(workers) if workers is not None else ()),
        *(overview_portals.wrong(portals) if portals is not None else ()),
        *_failing(failing or ()),
        *_suspended(suspensions or ()),
    ]
    return Overview(
        portals=portals,
        revision=revision,
        workers=workers,
        scalekit=None if workers is None else overview_workers.scalekit(workers),
        suspensions=suspensions,
        failing_tests=failing,
        clients=None if revision is None else overview_clients.read(most_clients, revision, book),
        day=day.read() if sees.audit else None,
        wrong=worst_first(wrong),
    )


def _failing(failing: Sequence[Verdict]) -> Iterator[Wrong]:
    if len(failing) > MOST_NAMED:
        text = f"{many(len(failing), 'policy test')} fail, such as {failing[0].test.name}."
        yield Wrong(State.FAILED, text, reverse("admin:oauth_policytest_changelist"))
        return
    for each in failing:
        address = reverse("admin:oauth_policytest_change", args=[each.test.key])
        yield Wrong(State.FAILED, f"The policy test {each.test.name} fails: {each.says}.", address)


def _suspended(suspensions: Sequence[Suspension]) -> Iterator[Wrong]:
    if len(suspensions) > MOST_NAMED:
        worst = any(row.level == Suspension.Level.EVERYTHING for row in suspensions)
        text = f"{many(len(suspensions), 'suspension')} in force."
        address = f"{reverse('admin:oauth_suspension_changelist')}?state=in_force"
        yield Wrong(State.FAILED if worst else State.WARNING, text, address)
        return
    for row in suspensions:
        everything = row.level == Suspension.Level.EVERYTHING
        text = f"Suspended: {row.get_level_display()} {row.value}".rstrip()
        address = reverse("admin:oauth_suspension_change", args=[row.pk])
        yield Wrong(State.FAILED if everything else State.WARNING, f"{text} ({row.reason}).", address)
