"""What policy closes is not changed by any tool: not by way of what lies above it, below it, or beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.from_outside import wait_for_workers
from tests.protocol.wire import JSON
from tests.simulators.editor import Editor, start_editor
from tests.simulators.stack import RunningStack
from tests.tools.writes.files import Files

HOME = "/Users/Bob Acme/My Files"
HR, NOTES = f"{HOME}/HR", f"{HOME}/Team Notes"
CLOSED = f"{HR}/**"
PLACE = {"portal": "hq", "tenant": "acme"}


@pytest.fixture(scope="module")
def editor(stack: RunningStack) -> Iterator[Editor]:
    """Edits the policy from outside."""
    with start_editor(stack.environment) as editing:
        yield editing


@pytest.fixture
def bob(files: Files, request: pytest.FixtureRequest, editor: Editor) -> Iterator[Files]:
    """At work in global administration's view of Team Portal acme, while HR is closed to everybody."""
    files.place = dict(PLACE)
    editor.policy("HR is closed", effect="deny", tools=["*"], paths=[CLOSED])
    wait_for_workers(files.wire.stack, 1)
    files.portal.reset()
    yield files
    editor.remove("HR is closed")


REFUSED: list[tuple[str, JSON]] = [
    *(("delete_items", {"paths": [path]}) for path in (HR, HOME, "/Users", f"{HR}/salaries.txt")),
    *(("delete_items", {"paths": [path]}) for path in (f"{HOME}/hr", f"{HR}.")),
    ("delete_items", {"paths": [f"{HOME}/bob.txt", f"{HR}/salaries.txt", NOTES]}),
    *(("recover_items", {"paths": [path]}) for path in (HR, HOME, f"{HR}/x")),
    *(
        (tool, {"source": source, "destination": destination})
        for tool in ("copy_item", "move_item")
        for source, destination in (
            (HR, NOTES),
            (HOME, "/Users/Alice Acme"),
            (f"{HR}/salaries.txt", NOTES),
            (f"{HOME}/bob.txt", HR),
            (f"{HOME}/bob.txt", f"{HR}/Reviews"),
            (f"{NOTES}/HR", HOME),
            (f"{NOTES}/hr. ", HOME),
        )
    ),
    ("rename_item", {"path": HR, "new_name": "Old"}),
    ("rename_item", {"path": HOME, "new_name": "Old"}),
    ("rename_item", {"path": NOTES, "new_name": "HR"}),
    ("rename_item", {"path": NOTES, "new_name": "hr"}),
    ("rename_item", {"path": NOTES, "new_name": "\uff28R"}),
    *(("create_directory", {"path": path}) for path in (f"{HR}/x", HR, f"{HOME}/hr/x")),
    *(("makedirs", {"path": path}) for path in (f"{HR}/x/y", HR)),
    *(("upload_from_content", {"filepath": path, "content": "x"}) for path in (f"{HR}/x", HR, f"{HOME}/HR /x")),
    *(("create_public_link", {"path": path}) for path in (HR, HOME, f"{HR}/salaries.txt", "/Users/Bob Acme")),
]  # fmt: skip


@pytest.mark.parametrize(("tool", "arguments"), REFUSED, ids=str)
def test_what_is_closed_is_not_touched(bob: Files, tool: str, arguments: JSON) -> None:
    for dry in [{}, {"dry_run": True}] if "_item" in tool or "upload" in tool else [{}]:
        assert bob.bad(tool, **arguments, **dry)["code"] == "policy_denied"
    assert bob.portal.log() == [], "refused before the portal is asked anything"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("delete_items", {"paths": [NOTES]}),
        ("rename_item", {"path": NOTES, "new_name": "HRX"}),
        ("move_item", {"source": NOTES, "destination": f"{HOME}/Handbook"}),
        ("copy_item", {"source": f"{HOME}/bob.txt", "destination": NOTES}),
        ("makedirs", {"path": f"{HOME}/HRX/y"}),
        ("create_public_link", {"path": f"{HOME}/bob.txt"}),
    ],
    ids=str,
)
def test_what_is_beside_it_is_open(bob: Files, tool: str, arguments: JSON) -> None:
    bob.good(tool, **arguments)


def test_nothing_arrives_as_what_lies_above_a_closed_place(bob: Files, editor: Editor) -> None:
    """What is in the folder that is put there would lie in the closed place."""
    editor.policy("closed below", effect="deny", toolsets=["write"], paths=[f"{HOME}/Archive/HR/**", f"{NOTES}/*/x/**"])
    try:
        wait_for_workers(bob.wire.stack, 1)
        for dry_run in (False, True):
            calls: list[tuple[str, JSON]] = [
                ("rename_item", {"path": NOTES, "new_name": "ARCHIVE"}),
                ("copy_item", {"source": "/Users/Alice Acme/My Files/Archive", "destination": HOME}),
                ("move_item", {"source": f"{HOME}/bob.txt", "destination": NOTES}),
            ]
            for tool, arguments in calls:
                assert bob.bad(tool, **arguments, dry_run=dry_run)["code"] == "policy_denied"
        assert bob.written() == []
        bob.good("create_directory", path=f"{HOME}/Archive")
        bob.good("upload_from_content", filepath=f"{HOME}/Archive/x.txt", content="x")
    finally:
        editor.remove("closed below")


def test_where_one_may_not_read_one_may_still_put_things(files: Files, editor: Editor) -> None:
    """A letter box: only what arrives is not read there."""
    files.place = dict(PLACE)
    editor.policy("a letter box", effect="deny", toolsets=["read"], paths=[f"{NOTES}/**"])
    try:
        wait_for_workers(files.wire.stack, 1)
        files.good("copy_item", source=f"{HOME}/bob.txt", destination=NOTES)
    finally:
        editor.remove("a letter box")


def test_no_folder_is_made_on_the_way_where_policy_closes_it(files: Files, editor: Editor) -> None:
    """The deny names one folder and nothing in it, so that only what is made on the way meets it."""
    files.place = dict(PLACE)
    editor.policy("no new archive", effect="deny", tools=["ctera_portal_makedirs"], paths=[f"{HOME}/Archive"])
    try:
        wait_for_workers(files.wire.stack, 1)
        files.portal.reset()
        found = files.bad("makedirs", path=f"{HOME}/Archive/2025/01")
        assert (found["code"], f"{HOME}/Archive'" in found["message"]) == ("policy_denied", True)
        assert files.written() == []
        assert files.events("makedirs", 1)[0]["outcome"] == "denied"
        files.good("create_directory", path=f"{HOME}/Archive")
        assert files.good("makedirs", path=f"{HOME}/Archive/2025/01")["created"] == [
            f"{HOME}/Archive/2025",
            f"{HOME}/Archive/2025/01",
        ]
    finally:
        editor.remove("no new archive")


def test_a_deny_by_toolsets_closes_the_same(files: Files, editor: Editor) -> None:
    files.place = dict(PLACE)
    editor.policy("closed by toolsets", effect="deny", toolsets=["read", "write", "share"], paths=[CLOSED])
    try:
        wait_for_workers(files.wire.stack, 1)
        for tool, arguments in REFUSED:
            assert files.bad(tool, **arguments)["code"] == "policy_denied"
    finally:
        editor.remove("closed by toolsets")
