"""Trouble on demand: errors, delays, dropped connections, nonsense, and gates that hold requests."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass

from tests.simulators.portal.markup import encode, obj
from tests.simulators.portal.wire import Response

KINDS = ("status", "delay", "drop_before", "drop_after", "garbage", "html", "reply", "truncate", "drip", "redirect")
GARBAGE = b"\x00\xff<obj><att id="
PAGE = b"<html><body><h1>Down for maintenance</h1><br></body></html>"


def matches(pattern: str, names: tuple[str, ...]) -> bool:
    """Whether a pattern (`*`, one name, or names joined by `|`) means a request that goes by these names."""
    return pattern == "*" or any(one in names for one in pattern.split("|"))


@dataclass(slots=True)
class Fault:
    """One kind of trouble for the next requests that match."""

    match: str
    kind: str
    status: int = 503
    seconds: float = 0.0
    times: int = 1
    message: str = "Injected fault"
    account: str = ""
    body: str = ""
    retry_after: int = 0

    def __post_init__(self) -> None:
        """Refuse what no test can mean."""
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind of fault: {self.kind}")

    @property
    def before(self) -> bool:
        """Whether the request is spoiled before anything is done."""
        return self.kind in ("status", "drop_before", "redirect")

    def answer(self) -> Response:
        """What the client gets instead of the true answer."""
        if self.kind == "status":
            wait = (("Retry-After", str(self.retry_after)),) if self.retry_after else ()
            return Response(self.status, encode(obj(msg=self.message)), headers=wait)
        if self.kind == "garbage":
            return Response(200, GARBAGE, "text/xml")
        if self.kind == "redirect":
            return Response(self.status, headers=(("Location", self.body),))
        if self.kind == "reply":
            return Response(200, self.body.encode())
        if self.kind in ("truncate", "drip", "redirect"):
            return Response(200, b"<val>" + b"x" * 1000 + b"</val>", pace=self.kind)
        if self.kind == "html":
            return Response(200, PAGE, "text/html")
        return Response(drop=True)


class Gate:
    """Holds every request that matches until it is released."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()


class Faults:
    """The trouble that is arranged, and the requests that wait at gates."""

    def __init__(self) -> None:
        self.arranged: list[Fault] = []
        self.gates: dict[str, Gate] = {}
        self.held: Counter[str] = Counter()
        self.latency = 0.0
        self._changed = asyncio.Condition()

    def clear(self) -> None:
        """Forget all trouble and let everybody go."""
        self.arranged.clear()
        self.latency = 0.0
        for name in list(self.gates):
            self.release(name)

    def hold(self, name: str) -> None:
        """Close a gate."""
        self.gates.setdefault(name, Gate())

    def release(self, name: str) -> None:
        """Open a gate; it is gone afterwards."""
        gate = self.gates.pop(name, None)
        if gate is not None:
            gate.opened.set()

    async def wait_held(self, name: str, number: int) -> None:
        """Wait until that many requests stand at a gate."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.held[name] >= number)

    async def pass_gates(self, names: tuple[str, ...]) -> None:
        """Wait at every gate that means this request, and for the arranged latency."""
        if self.latency:
            await asyncio.sleep(self.latency)
        for name, gate in list(self.gates.items()):
            if matches(name, names):
                await self._stand(name, gate)

    async def _stand(self, name: str, gate: Gate) -> None:
        await self._count(name, 1)
        try:
            await gate.opened.wait()
        finally:
            await self._count(name, -1)

    async def _count(self, name: str, by: int) -> None:
        async with self._changed:
            self.held[name] += by
            self._changed.notify_all()

    async def next_for(self, names: tuple[str, ...], account: str) -> Fault | None:
        """Take the first fault that means this request; a delay passes here and spoils nothing."""
        for fault in self.arranged:
            if matches(fault.match, names) and fault.account in ("", account):
                fault.times -= 1
                if fault.times <= 0:
                    self.arranged.remove(fault)
                if fault.kind == "delay":
                    await asyncio.sleep(fault.seconds)
                    return None
                return fault
        return None
