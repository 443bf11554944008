"""Pieces of JSON Schema that several tools share; written once so that models meet the same words everywhere."""

from __future__ import annotations

from tools.spec import JSON

MOST_SEALED = 40_000
"""Characters of a sealed position or handle: two paths of the longest kind fit in the worst case, and nothing more."""

PORTAL: JSON = {
    "type": "string",
    "minLength": 1,
    "maxLength": 60,
    "description": "Name of the portal, as ctera_portal_list_portals gives it. Leave out for the default portal.",
}
TENANT: JSON = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "description": "Name of the Team Portal to work in, on an admin portal. Leave out for global administration.",
}
PATH: JSON = {
    "type": "string",
    "maxLength": 4096,
    "description": "Absolute path with / between names, such as /Users/Alice/Docs. Use paths as tools return them.",
}
LIMIT: JSON = {
    "type": "integer",
    "minimum": 1,
    "maximum": 200,
    "default": 100,
    "description": "Most entries in one answer.",
}
CURSOR: JSON = {
    "type": "string",
    "maxLength": MOST_SEALED,
    "description": "next_cursor of the previous answer, to go on from there. Leave out to start at the beginning.",
}
HANDLE: JSON = {
    "type": "string",
    "maxLength": MOST_SEALED,
    "description": "A 'version' from ctera_portal_list_versions for this path. Leave out for the file as it is now.",
}
NULLABLE_STRING: JSON = {"type": ["string", "null"]}


def arguments(properties: JSON, *, required: tuple[str, ...] = (), place: bool = True) -> JSON:
    """An input schema: the tool's own arguments, then `portal` and `tenant` where the tool works at a place."""
    shared = {"portal": PORTAL, "tenant": TENANT} if place else {}
    schema: JSON = {"type": "object", "properties": {**shared, **properties}, "additionalProperties": False}
    if required:
        schema["required"] = list(required)
    return schema


def answer(properties: JSON) -> JSON:
    """An output schema in which every property is always there."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
