"""The door of links when the evidence of a transfer's end cannot be written: it never says more than is known."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from ctera_mcp_site import file_door
from ctera_mcp_site.file_door import DoorParts, FileDoor
from ctera_mcp_site.file_links import PREFIX
from oauth.access import AccessBook
from oauth.audit import AuditUnavailable, Event
from oauth.links import FileLink, LinkKind, LinkSigner
from oauth.policy import PolicySnapshot
from oauth.principal import Principal
from oauth.rules import Rule
from tools.catalogue import CATALOGUE
from tools.errors import NotFound
from tools.profile import Profile

HQ = Profile("hq", 1, "portal.example.com", 443, True, True, "admin", "svc", "sealed", default=True)
ANN = Principal("https://acme.scalekit.test", "usr_ann", "m2m_1", "org", frozenset({"all"}), 2_000_000_000)
TOOLS = {LinkKind.UPLOAD: "ctera_portal_upload_file", LinkKind.DOWNLOAD: "ctera_portal_download_file"}


class World:
    """A door whose links, evidence and answers are kept here; the end of a transfer cannot be recorded."""

    def __init__(self, kind: LinkKind, *, is_recorded: bool = False) -> None:
        rule = Rule.build(name="All", effect="allow", scopes=["all"], tools=["*"])
        book = AccessBook(
            PolicySnapshot.build(
                revision=3, rules=[rule], scopes={"all": frozenset()}, profiles={"hq": HQ}, catalogue=CATALOGUE
            )
        )
        self.link = FileLink(kind, ANN, "D-MADE", TOOLS[kind], "hq", "acme", "/a.txt", 3, False, int(time.time()) + 600)
        self.signer, self.store = LinkSigner("secret"), self
        self.text, _ = self.signer.issue(self.link.expires_at)
        self.is_recorded, self.is_read = is_recorded, False
        self.events: list[Event] = []
        self.uses: list[str] = []
        self.sent: list[dict[str, Any]] = []
        parts: Any = DoorParts(
            desk=self,  # type: ignore[arg-type]  # stands for the desk and its store
            pool=None,  # type: ignore[arg-type]  # transfers are ours
            audit=self,  # type: ignore[arg-type]  # stands for the writer
            current=lambda: book,
            is_host=lambda host: True,
            explain="reason",
            most_bytes=100,
            seconds=60,
        )
        self.door = FileDoor(parts)

    async def find(self, digest: str) -> FileLink:
        """The one link."""
        return self.link

    async def take(self, digest: str) -> bool:
        """Use it up."""
        self.uses.append("taken")
        return True

    async def give_back(self, digest: str) -> None:
        """As if it had not been used."""
        self.uses.append("given back")

    def expect(self) -> None:
        """The database is within reach."""

    async def record(self, event: Event) -> None:
        """Keep intents, and ends where they are recorded."""
        if event.kind != "intent" and not self.is_recorded:
            raise AuditUnavailable
        self.events.append(replace(event))

    async def send(self, message: Any) -> None:
        """Keep what is answered, as strictly as a server."""
        assert message["type"] != "http.response.start" or not self.sent
        self.sent.append(message)

    async def receive(self) -> Any:
        """The whole body at once, and then nothing more."""
        if self.is_read:
            await asyncio.Event().wait()
        self.is_read = True
        return {"type": "http.request", "body": b"abc", "more_body": False}

    async def answered(self) -> tuple[int, Any]:
        """Status and body of one use."""
        scope: Any = {
            "method": "POST" if self.link.kind is LinkKind.DOWNLOAD else "PUT",
            "path": PREFIX + self.text,
            "headers": [(b"host", b"localhost"), (b"content-length", b"3")],
        }
        await self.door(scope, self.receive, self.send)
        return self.sent[0]["status"], b"".join(each.get("body", b"") for each in self.sent)


async def stored(place: Any, link: FileLink, arrival: Any, size: int) -> None:
    assert [piece async for piece in arrival.pieces()] == [b"abc"]


async def delivered(place: Any, link: FileLink, delivery: Any) -> None:
    await delivery(b"abc")
    await delivery.finish()


async def gone(place: Any, *rest: Any) -> None:
    raise NotFound("There is nothing.")


@pytest.fixture(autouse=True)
def transfers(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What moves the bytes is tested against the portal elsewhere."""
    monkeypatch.setattr(file_door, "store", stored)
    monkeypatch.setattr(file_door, "deliver", delivered)
    return SimpleNamespace(patch=monkeypatch.setattr)


async def test_a_stored_file_whose_end_is_not_recorded_is_told_as_unknown_and_its_link_is_over() -> None:
    world = World(LinkKind.UPLOAD)
    status, body = await world.answered()
    assert (status, json.loads(body)["error"]) == (503, "outcome_unknown")
    assert json.loads(body)["decision"] == world.events[0].decision
    assert ([event.kind for event in world.events], world.uses) == (["intent"], ["taken"])


async def test_a_delivered_file_whose_end_is_not_recorded_gets_no_second_answer() -> None:
    world = World(LinkKind.DOWNLOAD)
    assert await world.answered() == (200, b"abc")
    assert world.uses == ["taken"]


@pytest.mark.parametrize("kind", list(LinkKind))
async def test_a_link_that_moved_nothing_is_given_back_though_the_end_is_not_recorded(
    kind: LinkKind, transfers: SimpleNamespace
) -> None:
    transfers.patch(file_door, "store", gone)
    transfers.patch(file_door, "deliver", gone)
    world = World(kind)
    status, body = await world.answered()
    assert (status, json.loads(body)["error"]) == (503, "audit_unavailable")
    assert world.uses == ["taken", "given back"]


@pytest.mark.parametrize(("kind", "status"), [(LinkKind.UPLOAD, 201), (LinkKind.DOWNLOAD, 200)])
async def test_a_transfer_that_is_recorded_is_answered_as_done(kind: LinkKind, status: int) -> None:
    world = World(kind, is_recorded=True)
    assert (await world.answered())[0] == status
    assert [event.outcome for event in world.events] == ["intent", "ok"]


@pytest.mark.parametrize(
    ("starts", "outcome", "uses"), [(True, "unknown", ["taken"]), (False, "cancelled", ["taken", "given back"])]
)
async def test_a_transfer_that_the_end_of_a_worker_cuts_off_is_in_the_evidence(
    transfers: SimpleNamespace, starts: bool, outcome: str, uses: list[str]
) -> None:
    begun = asyncio.Event()

    async def hangs(place: Any, link: FileLink, delivery: Any) -> None:
        if starts:
            await delivery(b"a")
        begun.set()
        await asyncio.Event().wait()

    transfers.patch(file_door, "deliver", hangs)
    world = World(LinkKind.DOWNLOAD, is_recorded=True)
    use = asyncio.create_task(world.answered())
    await begun.wait()
    use.cancel()
    await asyncio.wait([use])
    async with asyncio.timeout(30):
        while world.uses != uses or len(world.events) < 2:
            await asyncio.sleep(0)
    assert [event.outcome for event in world.events] == ["intent", outcome]
