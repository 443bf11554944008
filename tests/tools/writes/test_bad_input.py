"""What a caller gets wrong is refused with the argument's name before the portal is asked anything."""

from __future__ import annotations

from typing import Any

import pytest

from tests.protocol.wire import JSON
from tests.tools.writes.files import DOCS, PLAN, Files
from tools.catalogue import CATALOGUE
from tools.toolsets import continuing, making, moving, removing, sharing

EMPTY = "/My Files/Empty"
GOOD: dict[str, JSON] = {
    "create_directory": {"path": f"{DOCS}/New"},
    "makedirs": {"path": f"{DOCS}/New/er"},
    "upload_from_content": {"filepath": f"{DOCS}/new.txt", "content": "x"},
    "copy_item": {"source": PLAN, "destination": EMPTY},
    "move_item": {"source": PLAN, "destination": EMPTY},
    "rename_item": {"path": PLAN, "new_name": "new.txt"},
    "delete_items": {"paths": [PLAN]},
    "recover_items": {"paths": [f"{DOCS}/old-plan.txt"]},
    "get_operation": {"handle": "x"},
    "create_public_link": {"path": PLAN},
}
PATHS = [(tool, name) for tool, arguments in GOOD.items() for name, value in arguments.items() if "/" in str(value)]
NO_PATHS = [
    "",
    "//",
    "/a//b",
    "/a/../b",
    "/..",
    "/a/./b",
    "a\\b",
    "/a\x00b",
    "/a\nb",
    "/a\u202eb",
    "/...",
    "/ ",
    "x" * 4097,
]
NO_NAMES = ["a:b", "a?b", "a&b", "a<b", "a>b", 'a"b', "a|b"]
MAKING = [("create_directory", "path"), ("makedirs", "path"), ("upload_from_content", "filepath")]


def wrong(files: Files, tool: str, arguments: JSON) -> JSON:
    """The refusal; the portal has seen nothing."""
    found = files.bad(tool, **arguments)
    assert found["code"] == "invalid_argument", found
    assert files.portal.log() == []
    return found


def test_every_tool_that_changes_things_is_in_the_table() -> None:
    toolsets = (making, moving, removing, continuing, sharing)
    changing = {spec.name for toolset in toolsets for spec in toolset.TOOLS}
    assert changing == {f"ctera_portal_{tool}" for tool in GOOD}


@pytest.mark.parametrize(("tool", "missing"), [(tool, name) for tool, found in GOOD.items() for name in found])
def test_a_missing_argument_is_named(files: Files, tool: str, missing: str) -> None:
    arguments = {name: value for name, value in GOOD[tool].items() if name != missing}
    assert f"'{missing}' is missing" in wrong(files, tool, arguments)["message"]
    assert f"'{missing}' is missing" in wrong(files, tool, {**arguments, missing: None})["message"]


@pytest.mark.parametrize("tool", GOOD)
def test_an_extra_argument_is_named(files: Files, tool: str) -> None:
    assert "'recursive' is not known" in wrong(files, tool, {**GOOD[tool], "recursive": True})["message"]


def wrongly_typed() -> list[tuple[str, str, Any]]:
    """Every argument of every tool with values of other types."""
    cases: list[tuple[str, str, Any]] = []
    for tool in GOOD:
        for name, shape in CATALOGUE[f"ctera_portal_{tool}"].input_schema["properties"].items():
            others = {"string": [7, ["x"], {}, True], "array": ["/a", {}, 7], "boolean": ["true", 1, []]}
            cases += [(tool, name, value) for value in others.get(shape["type"], ["7", [], 1.5])]
    return cases


@pytest.mark.parametrize(("tool", "name", "value"), wrongly_typed(), ids=str)
def test_an_argument_of_another_type_is_named(files: Files, tool: str, name: str, value: Any) -> None:
    arguments = {**GOOD[tool], name: value}
    found = files.wire.bad(tool, files.token, **{**files.place, **arguments})
    assert (found["code"], f"'{name}'" in found["message"]) == ("invalid_argument", True)
    assert files.portal.log() == []


@pytest.mark.parametrize(("tool", "name"), PATHS)
@pytest.mark.parametrize("path", NO_PATHS, ids=ascii)
def test_what_is_no_path_is_refused(files: Files, tool: str, name: str, path: str) -> None:
    value: Any = [PLAN, path] if name == "paths" else path
    assert name in wrong(files, tool, {**GOOD[tool], name: value})["message"]


@pytest.mark.trap("7.4/names-that-the-portal-refuses")
@pytest.mark.parametrize(("tool", "name"), MAKING)
@pytest.mark.parametrize("bad", NO_NAMES)
def test_a_name_that_no_new_item_can_have_is_refused(files: Files, tool: str, name: str, bad: str) -> None:
    found = files.bad(tool, **{**GOOD[tool], name: f"{DOCS}/{bad}"})
    assert (found["code"], "Choose one without" in found["message"]) == ("invalid_argument", True)
    assert files.written() == []


@pytest.mark.parametrize("tool", ["delete_items", "recover_items"])
@pytest.mark.parametrize("paths", [[], ["/a"] * 101, [7], [None], [["/a"]], [f"{DOCS}/../x"], ["/a", ""]], ids=ascii)
def test_lists_are_of_one_to_a_hundred_paths(files: Files, tool: str, paths: list[Any]) -> None:
    wrong(files, tool, {"paths": paths})


def test_another_encoding_is_refused(files: Files) -> None:
    wrong(files, "upload_from_content", {**GOOD["upload_from_content"], "encoding": "latin-1"})


@pytest.mark.parametrize("tool", GOOD)
def test_another_portal_or_team_portal_is_refused(files: Files, tool: str) -> None:
    for place, code in (({"portal": "none"}, "not_found"), ({"tenant": "globex"}, "invalid_argument")):
        found = files.bad(tool, **{**GOOD[tool], **place})
        assert found["code"] == ("invalid_argument" if tool == "get_operation" else code)
    assert files.portal.log() == []


@pytest.mark.parametrize("tool", [tool for tool in GOOD if tool != "get_operation"])
def test_in_a_team_portal_that_is_read_only_nothing_changes(files: Files, tool: str) -> None:
    files.portal.control(read_only={"acme": True})
    before = files.names(DOCS, include_deleted=True)
    access = {"access": "RW"} if tool == "create_public_link" else {}
    arguments = {"source": PLAN, "destination": EMPTY} if tool == "copy_item" else GOOD[tool]
    assert files.bad(tool, **arguments, **access)["code"] == "portal_denied"
    assert files.names(DOCS, include_deleted=True) == before


@pytest.mark.parametrize("tool", [tool for tool in GOOD if tool != "get_operation"])
def test_a_reader_may_call_none_of_them(both: Files, tool: str) -> None:
    answer = both.wire.call(tool, both.wire.stack.token("alice"), **GOOD[tool])
    assert answer.status_code == 403
    assert 'scope="ctera:admin"' in answer.headers["www-authenticate"]
    assert both.portal.log() == []
