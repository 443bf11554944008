"""What the first page says of workers and, by what they tell, of Scalekit; nobody outside is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from oauth import conf
from oauth.diagnosis import State
from oauth.overview_words import Badge, Wrong, many
from oauth.worker_reports import SILENT_SECONDS, Told
from tools.health import ago, lasting

HERE: Final = "#workers"


@dataclass(frozen=True, slots=True)
class Scalekit:
    """What the workers last knew of the environment; `keys` says how old theirs are, `failures` counts vain fetches."""

    issuer: str
    badge: Badge
    keys: str
    failures: int
    last_error: str


def badge(told: Told) -> Badge:
    """A worker's state."""
    if told.is_gone:
        return Badge(State.WARNING, "gone")
    if told.is_behind:
        return Badge(State.FAILED, "behind")
    if told.report.revision < told.present:
        return Badge(State.SKIPPED, "following")
    return Badge(State.OK, "current")


def serving(workers: Sequence[Told]) -> list[Told]:
    """Those that were heard of."""
    return [each for each in workers if not each.is_gone]


def scalekit(workers: Sequence[Told]) -> Scalekit:
    """The environment as the serving workers know it."""
    alive = [each.report for each in serving(workers)]
    ages = [each.age + each.report.key_age for each in serving(workers) if each.report.key_age is not None]
    errors = [each.key_error for each in alive if each.key_error]
    if any(each.has_no_keys for each in serving(workers)):
        state = Badge(State.FAILED, "no keys")
    elif errors:
        state = Badge(State.WARNING, "fetch failed")
    else:
        state = Badge(State.OK, "keys at hand") if ages else Badge(State.SKIPPED, "not needed yet")
    keys = f"fetched {ago(min(ages))}" if ages else "none fetched: no token has come yet"
    if ages and len(ages) > 1 and max(ages) - min(ages) >= 1:
        keys = f"fetched {ago(min(ages))} to {ago(max(ages))}"
    failures = sum(each.key_failures for each in alive)
    return Scalekit(conf.access_tokens().issuer, state, keys, failures, errors[0] if errors else "")


def wrong(workers: Sequence[Told]) -> Iterator[Wrong]:
    """What is wrong with workers, and with what they know of Scalekit."""
    alive = serving(workers)
    if not alive:
        text = f"No worker has reported for {lasting(SILENT_SECONDS)}: none serves calls, or none reaches the database."
        yield Wrong(State.FAILED, text, HERE)
    for each in alive:
        if each.is_behind:
            text = f"{named(each)} decides by revision {each.report.revision}, not by {each.present}: restart it."
            yield Wrong(State.FAILED, text, HERE)
    yield from _wrong_keys(alive)
    for each in workers:
        if each.is_gone:
            yield Wrong(State.WARNING, f"{named(each)} has not been heard of for {lasting(each.age)}.", HERE)


def _wrong_keys(alive: Sequence[Told]) -> Iterator[Wrong]:
    without = [each for each in alive if each.has_no_keys]
    stale = [each for each in alive if each.report.key_error and not each.has_no_keys]
    address = reverse("check_scalekit")
    if without:
        text = f"{many(len(without), 'worker')} without signing keys, so tokens are answered 503: "
        yield Wrong(State.FAILED, f"{text}{without[0].report.key_error}.", address)
    if stale:
        text = f"Signing keys could not be fetched again by {many(len(stale), 'worker')}: {stale[0].report.key_error}."
        yield Wrong(State.WARNING, f"{text} The known ones are used.", address)


def named(told: Told) -> str:
    """Such as `Worker 4711 on mcp-1`."""
    return f"Worker {told.report.pid} on {told.report.host}"
