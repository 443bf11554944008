"""A tool that takes a place which no policy would see cannot be registered."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.tools.specs import spec
from tools.catalogue import CATALOGUE, UndeclaredTool, catalogue
from tools.spec import DerivedPath, PathArgument, PathRole, ToolSpec
from tools.toolsets.schemas import LIMIT, PATH

TEXT = {"type": "string"}
GOOD = spec("read_file", "path")


def taking(**properties: Any) -> ToolSpec:
    """A tool with further arguments."""
    schema = {**GOOD.input_schema, "properties": {**GOOD.input_schema["properties"], **properties}}
    return replace(GOOD, input_schema=schema)


def within(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}


HIDDEN: dict[str, dict[str, Any]] = {
    "a path of another name": {"entry": PATH},
    "a path with a default": {"entry": {**PATH, "default": "/"}},
    "a path with other words": {"entry": {**PATH, "description": "Whatever."}},
    "a list of paths of another name": {"entries": {"type": "array", "items": PATH}},
    "a path in an object": {"options": within(entry=PATH)},
    "a path deep in lists": {"batch": {"type": "array", "items": {"type": "array", "items": within(into=PATH)}}},
    "a path in a choice": {"choice": {"anyOf": [{"type": "integer"}, within(path=TEXT)]}},
    "a path where another argument stands": {"choice": {"type": "integer", "if": within(source=TEXT)}},
    "an object of anything": {"options": {"type": "object"}},
    "an object without a type": {"options": {"properties": {"count": LIMIT}}},
    "an object of any text": {"options": {"type": "object", "additionalProperties": TEXT}},
    "names by pattern": {"options": {"type": "object", "patternProperties": {".*": TEXT}}},
    "a reference": {"options": {"$ref": "#/$defs/place"}},
    "a schema that says nothing": {"path2": True},
    "several types": {"target": {"type": ["string", "null"]}},
    "no type": {"target": {"description": "Where to."}},
}  # fmt: skip
NAMES = (
    "path", "paths", "Path", "filePath", "file_path", "pathname", "source", "sources", "src", "destination", "dest",
    "dst", "target", "targets", "parent", "parent_id", "folder", "subfolder", "file", "files", "filename", "directory",
    "workdir", "root", "location", "place", "where", "item", "items", "node", "subtree", "uri", "url", "href", "srcs",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in NAMES if name != "path"])
def test_a_text_named_like_a_place_must_be_declared(name: str) -> None:
    with pytest.raises(UndeclaredTool, match=rf"ctera_portal_read_file takes .*{name}"):
        catalogue([taking(**{name: TEXT})])
    assert catalogue([replace(taking(**{name: TEXT}), no_paths=frozenset({name}))])


@pytest.mark.parametrize("properties", HIDDEN.values(), ids=HIDDEN.keys())
def test_a_place_cannot_hide_in_the_schema(properties: dict[str, Any]) -> None:
    with pytest.raises(UndeclaredTool, match=r"ctera_portal_read_file (takes|uses)"):
        catalogue([taking(**properties)])


def test_arguments_that_are_no_places_need_no_role() -> None:
    harmless = {"limit": LIMIT, "include_files": {"type": "boolean"}, "file_type": {"type": "string", "enum": ["a"]}}
    assert catalogue([taking(**harmless, query=TEXT, options=within(count=LIMIT))])


def test_a_schema_that_takes_unnamed_arguments_is_refused() -> None:
    loose = {key: value for key, value in GOOD.input_schema.items() if key != "additionalProperties"}
    for schema in (loose, {**loose, "additionalProperties": True}, {**GOOD.input_schema, "allOf": [within(path=TEXT)]}):
        with pytest.raises(UndeclaredTool):
            catalogue([replace(GOOD, input_schema=schema)])


OPTIONAL = {**GOOD.input_schema, "required": []}
EMPTY_LIST = spec("delete_many", "paths")
WRONG: dict[str, tuple[ToolSpec, str]] = {
    "a role of nothing": (replace(GOOD, paths=(*GOOD.paths, PathArgument("x", PathRole.SOURCE))), "does not take"),
    "a path that may be left out": (replace(GOOD, input_schema=OPTIONAL), "may be called without 'path'"),
    "a path twice": (replace(GOOD, paths=(*GOOD.paths, *GOOD.paths)), "twice"),
    "a path that is none": (replace(GOOD, no_paths=frozenset({"path"})), "both that it is a path"),
    "a list said to be one": (replace(EMPTY_LIST, paths=(PathArgument("paths", PathRole.SOURCE),)), "a text"),
    "one said to be a list": (replace(GOOD, paths=(PathArgument("path", PathRole.SOURCE, True),)), "list of texts"),
    "paths but no place": (replace(GOOD, needs_place=False), "no place"),
    "reading that destroys": (replace(GOOD, read_only=True, destructive=True), "read-only and destructive"),
    "another prefix": (replace(GOOD, name="read_file"), "does not start with"),
    "a place from nowhere": (replace(GOOD, derived=(DerivedPath(PathRole.TARGET, "x", "path"),)), "no declared path"),
    "a place from no name": (replace(GOOD, derived=(DerivedPath(PathRole.TARGET, "path", "x"),)), "required text"),
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "told"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_declaration_stops_the_start(wrong: ToolSpec, told: str) -> None:
    with pytest.raises(UndeclaredTool, match=re.escape(told)):
        catalogue([wrong])


def test_a_list_of_paths_cannot_be_empty() -> None:
    shape = {"type": "array", "items": PATH}
    schema = {**EMPTY_LIST.input_schema, "properties": {**EMPTY_LIST.input_schema["properties"], "paths": shape}}
    with pytest.raises(UndeclaredTool, match="may be empty"):
        catalogue([replace(EMPTY_LIST, input_schema=schema)])


def test_an_optional_path_with_a_default_is_decided_by_it() -> None:
    schema = {**OPTIONAL, "properties": {**GOOD.input_schema["properties"], "path": {**PATH, "default": "/"}}}
    assert catalogue([replace(GOOD, input_schema=schema)])


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(UndeclaredTool, match="Two tools"):
        catalogue([GOOD, GOOD])


def test_the_product_starts_with_what_it_has() -> None:
    assert catalogue(CATALOGUE.values()) == CATALOGUE
