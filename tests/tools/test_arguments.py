"""A fault in a call's arguments is told in words: the argument, what it must be, and nothing of what was given."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tools.arguments import RULES, argument_reader
from tools.catalogue import CATALOGUE
from tools.errors import InvalidArgument

LOGS = ", ".join(["emergency", "alert", "critical", "error", "warning", "notice", "info", "debug"])
WHEN = "Time on the portal's clock, such as 2026-01-31 or 2026-01-31T14:30:00."
FAULTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "minimum": ("create_public_link", {"expire_in": 0}, "Argument 'expire_in' must be at least 1."),
    "maximum": ("create_public_link", {"expire_in": 366}, "Argument 'expire_in' must be at most 365."),
    "maxLength": ("list_dir", {"portal": "p" * 61}, "Argument 'portal' must be at most 60 characters."),
    "minLength": ("list_dir", {"portal": ""}, "Argument 'portal' must be at least 1 character."),
    "maxItems": ("delete_items", {"paths": ["/a"] * 101}, "Argument 'paths' must have at most 100 entries."),
    "minItems": ("delete_items", {"paths": []}, "Argument 'paths' must have at least 1 entry."),
    "enum": ("search_logs", {"severity": "hunter2"}, f"Argument 'severity' must be one of: {LOGS}."),
    "string": ("list_dir", {"portal": 7}, "Argument 'portal' must be a text."),
    "integer": ("create_public_link", {"expire_in": "hunter2"}, "Argument 'expire_in' must be a whole number."),
    "boolean": ("copy_item", {"overwrite": "hunter2"}, "Argument 'overwrite' must be true or false."),
    "array": ("delete_items", {"paths": "hunter2"}, "Argument 'paths' must be a list."),
    "an entry": ("delete_items", {"paths": ["/a", 7]}, "Argument 'paths.1' must be a text."),
    "pattern": (
        "search_logs",
        {"since": "hunter2"},
        f"Argument 'since' is not written as it must be. {WHEN}",
    ),
    "required": ("delete_items", {}, "Argument 'paths' is missing. Pass it and call again."),
}
RIGHT: dict[str, dict[str, Any]] = {
    "create_public_link": {"path": "/a"},
    "list_dir": {"path": "/a"},
    "delete_items": {},
    "search_logs": {"topic": "system"},
    "copy_item": {"source": "/a", "destination": "/b"},
}


def told(name: str, arguments: dict[str, Any]) -> str:
    with pytest.raises(InvalidArgument) as refused:
        argument_reader(CATALOGUE[f"ctera_portal_{name}"])(arguments)
    return refused.value.message


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_is_told_in_words(kind: str) -> None:
    name, wrong, words = FAULTS[kind]
    assert told(name, RIGHT[name] | wrong) == words


def test_an_unknown_argument_is_named_beside_those_that_are_known() -> None:
    spec = CATALOGUE["ctera_portal_list_dir"]
    text = told("list_dir", {"path": "/a", "folder" * 100: "hunter2"})
    assert text.startswith(f"Argument '{('folder' * 100)[:80]}' is not known here. This tool takes: ")
    assert text.endswith(f"{', '.join(spec.input_schema['properties'])}.")


def test_very_many_choices_are_cut_and_a_rule_without_words_of_its_own_is_told_by_the_description() -> None:
    shapes = {"many": {"enum": [f"choice-{number}" for number in range(1000)]}, "odd": {"multipleOf": 2}}
    schema = {"type": "object", "properties": shapes, "required": [], "additionalProperties": False}
    read = argument_reader(replace(CATALOGUE["ctera_portal_list_dir"], input_schema=schema))
    with pytest.raises(InvalidArgument, match=r"^Argument 'many' must be one of: choice-0, .{300,400}….$"):
        read({"many": "x"})
    with pytest.raises(InvalidArgument, match=r"^Argument 'odd' is not written as it must be. See the description"):
        read({"odd": 3})


def test_every_rule_of_the_catalogue_has_words() -> None:
    named: set[str] = set()

    def collect(shape: dict[str, Any]) -> None:
        named.update(set(shape) - {"description", "default", "items", "properties", "title"})
        for inner in (*shape.get("properties", {}).values(), *([shape["items"]] if "items" in shape else [])):
            collect(inner)

    for spec in CATALOGUE.values():
        collect(dict(spec.input_schema))
    assert named == {*RULES, "pattern", "required", "additionalProperties"}


@pytest.mark.parametrize("given", [2.0, 2])
def test_a_whole_number_is_one_however_it_is_written(given: float) -> None:
    read = argument_reader(CATALOGUE["ctera_portal_list_dir"])({"path": "/a", "limit": given})
    assert (read["limit"], type(read["limit"])) == (2, int)
    assert told("list_dir", {"path": "/a", "limit": 2.5}) == "Argument 'limit' must be a whole number."
