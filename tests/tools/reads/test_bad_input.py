"""What a caller who looks gets wrong is refused with the argument's name, before the portal is asked anything."""

from __future__ import annotations

from typing import Any

import pytest

from tests.protocol.wire import JSON
from tests.tools.reads.looking import ADMINISTRATION, DOCS, GOOD, PLAN, Looking
from tools.catalogue import CATALOGUE

IDENTITY = {"who_am_i", "list_portals", "browse_team_portal", "browse_global_admin"}
FILES = [tool for tool in GOOD if tool not in ADMINISTRATION]
PAGED = [tool for tool in GOOD if "cursor" in CATALOGUE[f"ctera_portal_{tool}"].input_schema["properties"]]
OTHER_TYPES: dict[str, list[Any]] = {
    "string": [7, ["x"], {}, True],
    "integer": ["7", [], 1.5, True],
    "boolean": ["true", 1, []],
}
NO_PATHS = [
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
    "/" + "x" * 4097,
    "/a/%2e%2e/\x7f",
]
OUT_OF_BOUNDS = [
    *[(tool, "limit", value) for tool in PAGED for value in (0, -1, 10**9)],
    *[("read_file", "offset", value) for value in (-1, 2**53)],
    *[("read_file", "length", value) for value in (0, -5, 2**40)],
    ("read_file", "encoding", "latin-1"),
    ("read_file", "encoding", ""),
    ("search_files", "query", ""),
    ("search_files", "query", "x" * 256),
    ("search_files", "search_in", "everything"),
    *[("search_files", "extension", value) for value in ("", ".pdf", "a/b", "x" * 33)],
    ("search_logs", "topic", "secrets"),
    ("search_logs", "severity", "loud"),
    ("search_logs", "query", ""),
    *[("search_logs", "since", value) for value in ("", "yesterday", "2026-13-01", "2026-02-30T00:00:00", "2026")],
    ("search_logs", "until", "2026-01-01T25:00:00"),
    ("storage_report", "report", "everything"),
    *[(tool, "cursor", value) for tool in PAGED for value in ("", "nonsense", "gAAAAA==", "\u00e4", "x" * 20_000)],
    *[("read_file", "version", value) for value in ("", "nonsense", "20260101T000000", "x" * 20_000)],
]


def wrong(looking: Looking, tool: str, arguments: JSON) -> JSON:
    """The refusal; the portal has seen nothing."""
    found = looking.bad(tool, **arguments)
    assert found["code"] == "invalid_argument", found
    assert looking.portal.log() == []
    return found


def test_every_tool_that_reads_at_a_place_is_in_the_table() -> None:
    reading = {name for name, spec in CATALOGUE.items() if spec.read_only and not getattr(spec, "continues", False)}
    assert reading == {f"ctera_portal_{tool}" for tool in {*GOOD, *IDENTITY}}


@pytest.mark.parametrize(("tool", "missing"), [(tool, name) for tool, found in GOOD.items() for name in found])
def test_a_missing_argument_is_named(looking: Looking, tool: str, missing: str) -> None:
    if tool == "list_dir":
        assert looking.good(tool)["path"] == "/"  # the only argument of these that has a default
        return
    arguments = {name: value for name, value in GOOD[tool].items() if name != missing}
    assert f"'{missing}' is missing" in wrong(looking, tool, arguments)["message"]
    assert f"'{missing}' is missing" in wrong(looking, tool, {**arguments, missing: None})["message"]


@pytest.mark.parametrize("tool", GOOD)
def test_an_extra_argument_is_named(looking: Looking, tool: str) -> None:
    assert "'recursive' is not known" in wrong(looking, tool, {**GOOD[tool], "recursive": True})["message"]


def wrongly_typed() -> list[tuple[str, str, Any]]:
    """Every argument of every tool with values of other types."""
    return [
        (tool, name, value)
        for tool in GOOD
        for name, shape in CATALOGUE[f"ctera_portal_{tool}"].input_schema["properties"].items()
        for value in OTHER_TYPES[shape["type"]]
    ]


@pytest.mark.parametrize(("tool", "name", "value"), wrongly_typed(), ids=str)
def test_an_argument_of_another_type_is_named(looking: Looking, tool: str, name: str, value: Any) -> None:
    assert f"'{name}'" in wrong(looking, tool, {**GOOD[tool], name: value})["message"]


@pytest.mark.parametrize(("tool", "name", "value"), OUT_OF_BOUNDS, ids=ascii)
def test_a_value_out_of_bounds_is_named(looking: Looking, tool: str, name: str, value: Any) -> None:
    found = looking.bad(tool, **{**GOOD[tool], name: value})
    assert (found["code"], f"'{name}'" in found["message"]) == ("invalid_argument", True), found
    if name != "cursor":  # opened after the session is: it may have logged in, and has read nothing
        assert looking.portal.log() == []


@pytest.mark.parametrize("tool", FILES)
@pytest.mark.parametrize("path", NO_PATHS, ids=lambda path: ascii(path)[:40])
def test_what_is_no_path_is_refused(looking: Looking, tool: str, path: str) -> None:
    assert "'path'" in wrong(looking, tool, {**GOOD[tool], "path": path})["message"]


@pytest.mark.parametrize("tool", GOOD)
def test_another_portal_is_not_found_and_arguments_are_no_list(looking: Looking, tool: str) -> None:
    assert looking.bad(tool, **{**GOOD[tool], "portal": "none"})["code"] == "not_found"
    answer = looking.wire.send(
        "tools/call", {"name": f"ctera_portal_{tool}", "arguments": [1]}, token=looking.token
    ).json()
    assert answer["error"]["code"] == -32602
    assert looking.portal.log() == []


@pytest.mark.parametrize("tool", FILES)
def test_a_user_profile_has_no_other_team_portal(looking: Looking, tool: str) -> None:
    arguments = {**GOOD[tool], "portal": "acme-files", "tenant": "globex"}
    assert "tenant" in wrong(looking, tool, arguments)["message"]


@pytest.mark.parametrize("tool", ADMINISTRATION)
def test_a_user_profile_cannot_administrate(both: Looking, tool: str) -> None:
    found = both.wire.bad(tool, both.token, portal="acme-files")
    assert (found["code"], "'portal'" in found["message"]) == ("invalid_argument", True)
    assert "type 'admin'" in found["message"]
    assert both.portal.log() == []


@pytest.mark.parametrize("tool", FILES)
def test_without_a_team_portal_there_is_no_such_file(looking: Looking, tool: str) -> None:
    found = looking.wire.bad(tool, looking.token, portal="hq", **GOOD[tool])
    assert found["code"] in {"not_found", "portal_denied"}


def test_a_cursor_belongs_to_its_tool_its_arguments_its_place_and_its_caller(looking: Looking) -> None:
    many = "/Users/Alice Acme/My Files/Many"
    cursor = looking.good("list_dir", path=many, limit=10)["next_cursor"]
    others: list[tuple[str, JSON]] = [
        ("walk_tree", {"path": many}),
        ("search_files", {"path": many, "query": "file"}),
        ("list_versions", {"path": PLAN}),
        ("list_dir", {"path": DOCS}),
        ("list_dir", {"path": many, "include_deleted": True}),
        ("list_dir", {"path": many, "tenant": "globex"}),
        ("list_users", {}),
    ]
    for tool, arguments in others:
        found = looking.bad(tool, **arguments, cursor=cursor)
        assert (found["code"], "'cursor'" in found["message"]) == ("invalid_argument", True), tool
    stranger = Looking(looking.wire, looking.wire.stack.token("bob", sub="somebody else"))
    assert stranger.bad("list_dir", path=many, cursor=cursor)["code"] == "invalid_argument"
    assert looking.good("list_dir", path=many, limit=10, cursor=cursor)["entries"]
