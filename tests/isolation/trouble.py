"""Trouble at the portal while calls are under way: ended sessions, lost answers, refusals, a revoked account."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any, Final

from tests.isolation.people import OWNERS, REVOCABLE
from tests.simulators.portal.fixture import RunningPortal

REQUESTS: Final = ("list", "stat", "download", "upload", "ticket", "sso", "login", "currentSession", "currentPortal")
READS: Final = ("list", "stat")
BETWEEN: Final = (0.1, 0.6)
FORMS: Final = ("redirect", "redirect_admin")
AWAY_SECONDS: Final = 1.0
Wishes = dict[str, Any]


class Troublemaker:
    """Draws trouble by a seed of its own and counts it."""

    def __init__(self, portal: RunningPortal, seed: int) -> None:
        self._portal = portal
        self._random = Random(seed)
        self.made: Counter[str] = Counter()
        self._kinds: tuple[Callable[[], Wishes], ...] = (
            self._expiry,
            self._expiry,
            self._drop,
            self._drop,
            self._status,
            self._delay,
            self._garbage,
            self._late_tickets,
        )

    async def go_on(self) -> None:
        """Make trouble until cancelled; leaves nothing arranged and nobody revoked."""
        try:
            while True:
                await asyncio.sleep(self._random.uniform(*BETWEEN))  # the rhythm of trouble, nothing is waited for
                if self._random.random() < 0.04:
                    await self._revoke()
                else:
                    await asyncio.to_thread(self._portal.control, **self._random.choice(self._kinds)())
        finally:
            self._portal.control(clear=True, restore="/".join(REVOCABLE))

    async def _revoke(self) -> None:
        self.made["revoked account"] += 1
        await asyncio.to_thread(self._portal.control, revoke="/".join(REVOCABLE))
        await asyncio.sleep(AWAY_SECONDS)  # calls of the account go on meanwhile
        await asyncio.to_thread(self._portal.control, restore="/".join(REVOCABLE))

    def _expiry(self) -> Wishes:
        everybody = ["all", "svc-mcp", *(f"{owner.tenant}/{owner.account}" for owner in OWNERS)]
        self.made["expired sessions"] += 1
        return {"expire_form": self._random.choice(FORMS), "expire": self._random.choice(everybody)}

    def _drop(self) -> Wishes:
        return self._fault(self._random.choice(REQUESTS), self._random.choice(("drop_before", "drop_after")))

    def _status(self) -> Wishes:
        return self._fault(self._random.choice(REQUESTS), "status", status=503)

    def _delay(self) -> Wishes:
        return self._fault(self._random.choice(REQUESTS), "delay", seconds=self._random.uniform(0.05, 1.5))

    def _garbage(self) -> Wishes:
        return self._fault(self._random.choice(READS), self._random.choice(("garbage", "html")))

    def _late_tickets(self) -> Wishes:
        self.made["late tickets"] += 1
        return {"expire_tickets": True}

    def _fault(self, match: str, kind: str, **more: object) -> Wishes:
        times = self._random.randint(1, 3)
        self.made[kind] += times
        return {"fault": {"match": match, "kind": kind, "times": times, **more}}
