"""Looks at portals now, for people: the same look as the background's, with its result kept for all to see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tools.conf import portal_probe_seconds
from tools.health_rows import record
from tools.sealing import unseal
from tools.services import without_accounts

if TYPE_CHECKING:
    from tools.health import Found
    from tools.models import PortalProfile
    from tools.profile import Profile

PARALLEL: Final = 16


@dataclass(frozen=True, slots=True)
class Seen:
    """One profile and what was found; None where the time for all of them was over first."""

    profile: Profile
    found: Found | None


def look_now(
    rows: Iterable[PortalProfile], *, within: float, done: Callable[[Seen], None] = lambda _: None
) -> list[Seen]:
    """Look at each row's portal, several at a time, for up to `within` seconds in all, and keep the results.

    For synchronous callers: an event loop of this call asks, apart from the worker's pool. `done` hears of each as it
    ends. Raises `DatabaseError` when a result cannot be kept.
    """
    profiles = [without_accounts(row) for row in rows]
    seen = asyncio.run(_all(profiles, within, done))
    period = portal_probe_seconds()
    for each in seen:
        if each.found is not None:
            record(each.profile, each.found, period)
    return seen


async def _all(profiles: list[Profile], within: float, done: Callable[[Seen], None]) -> list[Seen]:
    from tools.portal.probing import look  # the portal's SDK takes its time to load

    turns = asyncio.Semaphore(PARALLEL)
    results: dict[str, Seen] = {}

    async def one(profile: Profile) -> None:
        async with turns:
            results[profile.name] = Seen(profile, await look(profile, unseal))
        done(results[profile.name])

    tasks = [asyncio.create_task(one(profile)) for profile in profiles]
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=within)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late)
    return [results.get(profile.name, Seen(profile, None)) for profile in profiles]
