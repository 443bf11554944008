"""What a policy closes leaves no trace in listings: not as an entry, not in a count, not in a cursor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.protocol.from_outside import wait_for_workers
from tests.protocol.wire import MODERN, Wire
from tests.simulators.stack import RunningStack, start_stack

MANY = "/Users/Alice Acme/My Files/Many"
NAMES = [f"file-{number:03}.txt" for number in range(250)]
DENY = {"effect": "deny", "tools": ["*"]}
PEOPLE = {
    "first": ["file-00*.txt"],
    "border": ["file-009.txt", "file-010.txt", "file-019.txt"],
    "last": ["file-24*.txt"],
    "odd": ["file-*1.txt", "file-*3.txt", "file-*5.txt", "file-*7.txt", "file-*9.txt"],
    "most": ["file-0*", "file-1*", "file-20*", "file-21*", "file-22*", "file-23*"],
    "all": ["*"],
}
"""Per subject the entries of one folder that are closed for it."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The product with a deny per person."""
    directory = tmp_path_factory.mktemp("closed")
    with start_stack(directory) as running:
        denies: list[dict[str, Any]] = [
            {**DENY, "name": name, "subjects": [name], "paths": [f"{MANY}/{one}" for one in closed]}
            for name, closed in PEOPLE.items()
        ]
        denies.append({**DENY, "name": "HR", "paths": ["/Users/Alice Acme/My Files/Docs/**"]})
        file = directory / "denies.yaml"
        file.write_text(json.dumps({"version": 1, "policies": denies}))  # YAML too, and without aliases
        running.manage("import_config", str(file))
        wait_for_workers(running, 1)
        yield running


@pytest.fixture
def wire(stack: RunningStack) -> Iterator[Wire]:
    with Wire(stack, MODERN) as speaking:
        yield speaking


def pages(wire: Wire, person: str, **arguments: Any) -> list[list[str]]:
    """Every page of the folder as this person sees it."""
    token = wire.stack.token("bob", sub=person)
    found: list[list[str]] = []
    cursor: dict[str, str] = {}
    while len(found) < 300:
        answer = wire.good("list_dir", token, path=MANY, tenant="acme", **arguments, **cursor)
        found.append([entry["name"] for entry in answer["entries"]])
        if answer["next_cursor"] is None:
            return found
        cursor = {"cursor": answer["next_cursor"]}
    raise AssertionError("the listing does not end")


def visible_to(person: str) -> list[str]:
    patterns = PEOPLE.get(person, [])
    return [name for name in NAMES if not any(_stands_for(pattern, name) for pattern in patterns)]


def _stands_for(pattern: str, name: str) -> bool:
    first, _, last = pattern.partition("*")
    return name == pattern if "*" not in pattern else name.startswith(first) and name.endswith(last)


PAGES = [(person, limit) for person in ("nobody", *PEOPLE) for limit in (10, 100, 200)]


@pytest.mark.parametrize(("person", "limit"), [*PAGES, ("most", 1), ("all", 1)])
def test_pages_are_those_of_a_folder_without_the_closed_entries(wire: Wire, person: str, limit: int) -> None:
    expected = visible_to(person)
    cut = [expected[start : start + limit] for start in range(0, len(expected), limit)]
    assert pages(wire, person, limit=limit) == (cut or [[]])


def test_a_folder_of_closed_entries_answers_like_an_empty_one(wire: Wire) -> None:
    everything_closed = wire.stack.token("bob", sub="all")
    closed = wire.good("list_dir", everything_closed, path=MANY, tenant="acme", limit=1)
    empty = wire.good("list_dir", everything_closed, path="/Users/Alice Acme/My Files/Empty", tenant="acme", limit=1)
    assert {**closed, "path": ""} == {**empty, "path": ""}
    assert closed["entries"] == []


def test_a_closed_folder_is_neither_listed_nor_told_apart_from_others_that_are_closed(wire: Wire) -> None:
    bob = wire.stack.token("bob")
    above = wire.good("list_dir", bob, path="/Users/Alice Acme/My Files", tenant="acme")
    assert "Docs" not in {entry["name"] for entry in above["entries"]}
    there, gone = (
        wire.bad("list_dir", bob, path=f"/Users/Alice Acme/My Files/Docs/{name}", tenant="acme")
        for name in ("Drafts", "no such thing")
    )
    assert {**there, "decision": ""} == {**gone, "decision": ""}


CLOSED_SPELLINGS = [
    f"{MANY}/../Docs",
    f"{MANY}//x",
    "/Users/Alice Acme/My Files/Docs.",
    "/users/alice acme/my files/DOCS",
    "/Users/Alice Acme/My Files/.versions/20260101T000000/Docs",
    "/Users/Alice Acme/My Files/\uff24ocs",
]


@pytest.mark.parametrize("path", CLOSED_SPELLINGS, ids=ascii)
def test_another_spelling_of_a_closed_folder_never_reaches_the_portal(wire: Wire, path: str) -> None:
    bob = wire.stack.token("bob")
    before = len(wire.stack.portal.log())
    assert wire.bad("list_dir", bob, path=path, tenant="acme")["code"] in {"invalid_argument", "policy_denied"}
    assert [entry for entry in wire.stack.portal.log()[before:] if entry["name"] == "list"] == []
