"""Whatever a caller writes: only what was decided, in canonical form, reaches a portal or is shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from cryptography.fernet import Fernet
from hypothesis import given, settings
from hypothesis import strategies as st

from ctera_mcp_site import calls
from ctera_mcp_site.mcp_endpoint import McpEndpoint, Parts, Wording
from oauth.access import Access, AccessBook
from oauth.audit import Event
from oauth.call_limits import CallLimits
from oauth.counts import MemoryCounts
from oauth.policy import Call, PolicySnapshot, Rule, permits
from oauth.principal import Principal
from tests.tools.evasion.closed import CLOSED
from tests.tools.evasion.open import OPEN
from tests.tools.evasion.refused import REFUSED
from tests.tools.specs import CATALOGUE as WRITING
from tools.arguments import argument_reader
from tools.catalogue import CATALOGUE
from tools.paths import canonical
from tools.portal.ports import Item, Page
from tools.portal.tally import PortalTally
from tools.profile import Profile
from tools.spec import PathRole, ToolCall, ToolSpec

LIST_DIR = "ctera_portal_list_dir"
HQ = Profile("hq", 1, "h", 443, True, True, "admin", "u", "s")
ANN = Principal("iss", "ann", "client", "", frozenset({"a"}), 2**40)
SHOWN = (
    "/Docs/plan.txt",
    "/Docs/2024",
    "/HR",
    "/HR/pay.txt",
    "/hr. ",
    "/Docs/\u202eexe",
    "/Docs/a\\b",
    "/Docs/..",
    "x/",
)


@dataclass
class Portal:
    """A pool whose one session notes every path that it is asked for."""

    entries: tuple[str, ...] = ()
    asked: list[str] = field(default_factory=list)
    tally: PortalTally = field(default_factory=PortalTally)

    async def run(self, profile: Any, tenant: str, operation: Callable[[Any], Awaitable[Any]], **_: Any) -> Any:
        return await operation(self)

    async def list_page(self, path: str, **_: Any) -> Page:
        self.asked.append(path)
        items = (Item(one.rpartition("/")[2], one, False, False, 1, None, None) for one in self.entries)
        return Page(tuple(items), has_more=False)

    async def touch(self, *paths: str) -> None:
        self.asked += paths


@dataclass
class Evidence:
    """An audit writer that keeps what it was given."""

    events: list[Event] = field(default_factory=list)

    def expect(self) -> None:
        """Events can be committed."""

    async def record(self, event: Event) -> None:
        self.events.append(event)


def access(*paths: str, catalogue: Any = CATALOGUE) -> Access:
    """Ann may do everything except what lies in `/HR`, within the given paths."""
    rules = [
        Rule.build(name="all", effect="allow", scopes=["a"], tools=["*"], paths=paths or ["/**"]),
        Rule.build(name="HR", effect="deny", tools=["*"], paths=["/HR/**"]),
    ]
    world = PolicySnapshot.build(
        revision=1, rules=rules, scopes={"a": frozenset()}, profiles={"hq": HQ}, catalogue=catalogue
    )
    return Access(ANN, AccessBook(world), "request", 0.0)


def ask(portal: Portal, who: Access, spec: ToolSpec, arguments: dict[str, Any]) -> tuple[dict[str, Any], list[Event]]:
    """Answer one call as the endpoint does."""
    evidence = Evidence()
    parts = Parts(
        cast("Any", portal),
        cast("Any", evidence),
        CallLimits(MemoryCounts()),
        Fernet(Fernet.generate_key()),
        lambda: who.book,
    )
    endpoint = McpEndpoint(parts, Wording("reason", refuse_as_tool_error=False))
    return asyncio.run(endpoint.answer(who, spec, arguments)).as_result(), evidence.events


corpus = st.sampled_from([*CLOSED, *OPEN, *REFUSED])
pieces = st.sampled_from(["HR", "hr", "Docs", "..", ".", "", " ", "HR.", "%2e%2e", "\\", "x", "\u200b", "\uff0f", "*"])
written = st.one_of(corpus, st.lists(pieces, max_size=5).map("/".join), st.text(max_size=12))


@settings(deadline=None)
@given(written, st.sampled_from([(), ("/Docs/**",), ("/x", "/*/HR/**")]))
def test_only_a_decided_canonical_path_reaches_the_portal(raw: str, allowed: tuple[str, ...]) -> None:
    portal, who = Portal(), access(*allowed)
    answer, events = ask(portal, who, CATALOGUE[LIST_DIR], {"path": raw, "portal": "hq"})
    for path in portal.asked:
        assert path == canonical(path) == canonical(raw)
        assert permits(who.snapshot, ANN, Call(LIST_DIR, "hq", "-", ((PathRole.SOURCE, path),), 0.0))
        assert events[-1].paths == (path,)
    assert bool(portal.asked) != answer["isError"]


def test_entries_are_shown_only_if_the_tool_may_be_called_on_them_and_they_have_a_form() -> None:
    answer, _ = ask(Portal(SHOWN), access(), CATALOGUE[LIST_DIR], {"path": "/Docs", "portal": "hq"})
    assert [entry["path"] for entry in answer["structuredContent"]["entries"]] == ["/Docs/plan.txt", "/Docs/2024", "x/"]


def touching(spec: ToolSpec) -> ToolSpec:
    """The same tool, which touches every path and the new name it was given."""

    async def run(call: ToolCall) -> dict[str, Any]:
        values = [call.arguments[name] for name in spec.input_schema["required"]]
        paths = [one for value in values for one in (value if isinstance(value, list) else [value])]
        await call.at.run(lambda session: cast("Portal", session).touch(*paths))
        return {}

    return ToolSpec(**{**{name: getattr(spec, name) for name in ToolSpec.__slots__}, "run": run})


@pytest.fixture
def writing(monkeypatch: pytest.MonkeyPatch) -> dict[str, ToolSpec]:
    """Tools that come later, as the endpoint would run them."""
    for name, spec in WRITING.items():
        monkeypatch.setitem(calls.READERS, name, argument_reader(spec))
    return {name.removeprefix("ctera_portal_"): touching(spec) for name, spec in WRITING.items()}


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("delete_many", {"paths": ["/Docs/a", "/HR/pay.txt"]}),
        ("delete_many", {"paths": ["/Docs/a", "/Docs/../HR"]}),
        ("delete_many", {"paths": ["/Docs/a", "/"]}),
        ("delete_many", {"paths": []}),
        ("copy", {"source": "/Docs/HR", "destination": "/"}),
        ("copy", {"source": "/HR/x", "destination": "/Docs"}),
        ("rename", {"path": "/Docs", "new_name": "hr."}),
        ("rename", {"path": "/Docs", "new_name": "x/../../HR"}),
    ],
    ids=str,
)
def test_one_closed_place_refuses_the_whole_call_before_the_portal_is_touched(
    writing: dict[str, ToolSpec], tool: str, arguments: dict[str, Any]
) -> None:
    portal = Portal()
    answer, events = ask(portal, access(catalogue=WRITING), writing[tool], {**arguments, "portal": "hq"})
    assert answer["isError"]
    assert portal.asked == []
    assert [event.kind for event in events] == ["call"]


def test_a_call_that_is_decided_gets_its_names_in_the_decided_form(writing: dict[str, ToolSpec]) -> None:
    portal, who = Portal(), access(catalogue=WRITING)
    arguments = {"path": "Docs/plan/", "new_name": "Cafe\u0301", "portal": "hq"}
    answer, events = ask(portal, who, writing["rename"], arguments)
    assert not answer["isError"]
    assert portal.asked == ["/Docs/plan", "Caf\u00e9"]
    assert events[-1].paths == ("/Docs/plan", "/Docs/Caf\u00e9")
