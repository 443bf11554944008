"""One run: many calls under way at once over one server with several workers, trouble beside them, and the judge."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.isolation.judging import Judge
from tests.isolation.making import Made, Maker
from tests.isolation.people import ASKERS, Asker, configuration, empty, furnish, token_of
from tests.isolation.trouble import Troublemaker
from tests.protocol.callers import NAMES, Callers
from tests.protocol.wire import MODERN, Wire
from tests.simulators.stack import RunningStack, start_stack

DEADLINE: Final = 45.0
"""Seconds for one call: the profiles give up after 10, the machine may be busy."""
AT_ONCE: Final = 40
DRAIN_EVERY: Final = 5_000
MOST_TROUBLED: Final = 0.25
VERSIONS: Final = (MODERN, "2025-11-25")
RECORDED: Final = (
    "import json; from django.db.models import Count; from oauth.models import AuditEvent as E; "
    "rows = E.objects.filter(id__gt={after}).values_list('portal', 'tenant', 'account', 'subject')"
    ".annotate(n=Count('request', distinct=True)).order_by(); print(json.dumps([list(row) for row in rows]))"
)
LAST: Final = "from django.db.models import Max; from oauth.models import AuditEvent as E; print(E.objects.aggregate(n=Max('id'))['n'])"  # noqa: E501
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a run."""

    judge: Judge
    trouble: Counter[str]
    seconds: float
    slowest: float

    @property
    def calls(self) -> int:
        """Answered calls."""
        return self.judge.answered.total()


@contextmanager
def start(directory: Path, workers: int, say: Say) -> Iterator[Callers]:
    """Everything, with the profiles, the policy and everybody's files."""
    with (
        start_stack(directory, serve=(NAMES, "serve"), say=say, WORKERS=str(workers), LOG_LEVEL="WARNING") as stack,
        Wire(stack, MODERN) as wire,
    ):
        callers = Callers(stack, wire)
        policies, portals = configuration(callers)
        document = json.dumps({"version": 1, "policies": policies, "portals": portals})
        stack.manage("import_config", "-", stdin=document)
        _await_policy(callers)
        furnish(callers, say)
        yield callers


def _await_policy(callers: Callers) -> None:
    """Return when every worker decides by the new policy: they take turns at the socket."""
    deadline, good = time.monotonic() + 30, 0
    token = token_of(callers, ASKERS[0])
    while good < 30:
        assert time.monotonic() < deadline, "the server does not follow"
        with Wire(callers.stack, MODERN) as wire:  # each connection may be another worker's
            answer = wire.call("list_dir", token, path="/My Files", portal="many")
        good = good + 1 if '"isError":false' in answer.text else 0


class Driver:
    """Sends what the maker makes over shared connections; every answer goes to the judge."""

    def __init__(self, callers: Callers, seed: int, calls: int, say: Say) -> None:
        self._stack: RunningStack = callers.stack
        self._tokens: dict[Asker, str] = {asker: token_of(callers, asker) for asker in ASKERS}
        self._wires = [Wire(callers.stack, version) for version in VERSIONS]
        self._maker = Maker(seed)
        self._calls = calls
        self._say = say
        self._began = time.monotonic()
        self.judge = Judge()
        self.slowest = 0.0

    async def run(self, at_once: int) -> None:
        """Make all calls, so many at once."""
        connector = aiohttp.TCPConnector(limit=at_once)
        timeout = aiohttp.ClientTimeout(total=DEADLINE)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
            watching = asyncio.create_task(self._watch())
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(at_once):
                        group.create_task(self._calls_of_one(http))
            finally:
                watching.cancel()
                for wire in self._wires:
                    wire.__exit__()
        await self._drain()

    async def _calls_of_one(self, http: aiohttp.ClientSession) -> None:
        while self.judge.answered.total() < self._calls:
            made: Made | None = self._maker.next()
            while made is not None:
                done = await self._call(http, made)
                made = made.then if done else None

    async def _call(self, http: aiohttp.ClientSession, made: Made) -> bool:
        wire = self._wires[made.number % len(self._wires)]
        params: dict[str, Any] = {"name": f"ctera_portal_{made.tool}", "arguments": made.arguments}
        body = {**wire.message("tools/call", params), "id": made.number}
        headers = wire.headers("tools/call", params["name"], self._tokens[made.asker])
        self.judge.begun(made)
        began = time.monotonic()
        try:
            async with http.post(self._stack.url, json=body, headers=headers) as answer:
                status, text = answer.status, await answer.text()
        except (TimeoutError, aiohttp.ClientError) as error:
            self.judge.hung(made, time.monotonic() - began)
            self._say(f"call {made.number}: {type(error).__name__}")
            return False
        self.slowest = max(self.slowest, time.monotonic() - began)
        return self.judge.answer(made, status, text)

    async def _watch(self) -> None:
        """Read the portal's log before it forgets, and tell how far it is."""
        told = 0
        with suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(1)  # a look at the counter each second
                now = self.judge.answered.total()
                if now - told >= DRAIN_EVERY:
                    told = now
                    await self._drain()
                    rate = now / (time.monotonic() - self._began)
                    self._say(f"{now} calls, {rate:.0f}/s, {len(self.judge.faults)} faults found")

    async def _drain(self) -> None:
        self.judge.log(await asyncio.to_thread(empty, self._stack.portal))


async def _troubled(driver: Driver, trouble: Troublemaker, at_once: int) -> None:
    making = asyncio.create_task(trouble.go_on())
    try:
        await driver.run(at_once)
    finally:
        making.cancel()
        with suppress(asyncio.CancelledError):
            await making


def run(callers: Callers, seed: int, calls: int, say: Say, at_once: int = AT_ONCE) -> Run:
    """Make the calls with trouble beside them, then compare with the portal's log and the audit events."""
    stack = callers.stack
    empty(stack.portal)
    after = int(stack.manage("shell", "-v", "0", "-c", LAST).stdout)
    driver = Driver(callers, seed, calls, say)
    trouble = Troublemaker(stack.portal, seed)
    began = time.monotonic()
    asyncio.run(_troubled(driver, trouble, at_once))
    seconds = time.monotonic() - began
    judge = driver.judge
    judge.close()
    rows = json.loads(stack.manage("shell", "-v", "0", "-c", RECORDED.format(after=after)).stdout)
    judge.audit((row[0], row[1], row[2], row[3], row[4]) for row in rows)
    if judge.troubled.total() > MOST_TROUBLED * calls:
        judge.faults.append(f"{judge.troubled.total()} of {calls} calls failed by trouble: they would show nothing")
    log = stack.log_file.read_text(errors="replace")
    if "Traceback" in log:
        judge.faults.append("server: " + log[log.index("Traceback") :][:2000])
    return Run(judge, trouble.made, seconds, driver.slowest)
