"""What a tool must declare before it can be registered: every place that it takes, wherever its schema hides it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from tools.spec import PREFIX
from tools.toolsets.schemas import PATH

if TYPE_CHECKING:
    from tools.spec import ToolSpec

PLACE_WORDS: Final = re.compile(
    r"path|file|folder|dir|source|src|dest|dst|target|parent|root|location|place|where|item|node|tree|uri|url|href",
    re.IGNORECASE,
)
"""What an argument that names a place is likely to be called. `ToolSpec.no_paths` clears one that only sounds so."""
UNREADABLE: Final = ("$ref", "$dynamicRef", "patternProperties", "propertyNames", "unevaluatedProperties")
"""Ways to take arguments that a reader of the schema does not see."""
SUBSCHEMAS: Final = (
    "items", "prefixItems", "contains", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "additionalProperties",
    "dependentSchemas", "$defs", "definitions",
)  # fmt: skip


def undeclared(spec: ToolSpec) -> Iterator[str]:
    """What keeps the tool from being registered, as sentences about it; none when it is fully declared."""
    if not spec.name.startswith(PREFIX):
        yield f"does not start with {PREFIX}."
    if spec.paths and not spec.needs_place:
        yield "takes paths but no place."
    if spec.read_only and spec.destructive:
        yield "is said to be read-only and destructive."
    yield from _hidden_places(spec)
    yield from _wrong_arguments(spec)
    yield from _wrong_derivations(spec)


def _hidden_places(spec: ToolSpec) -> Iterator[str]:
    declared = {argument.name for argument in spec.paths}
    top = spec.input_schema.get("properties", {})
    for name, schema in top.items():
        if name not in declared and name not in spec.no_paths and _may_be_place(name, schema):
            yield f"takes ['{name}'] without declaring a path role."
        yield from (f"{fault} in '{name}'." for fault in _faults_within(schema, spec.no_paths))
    rest = {key: value for key, value in spec.input_schema.items() if key != "properties"}
    if rest.get("additionalProperties") is not False:
        yield "takes arguments that its schema does not name; set additionalProperties to false."
    yield from (f"{fault}." for fault in _faults_within({**rest, "properties": {}}, spec.no_paths))


def _may_be_place(name: str, schema: Any) -> bool:
    """Whether an argument takes text and is named or described like a path."""
    if not isinstance(schema, Mapping):
        return True
    if _is_shared_path(schema) or (isinstance(schema.get("items"), Mapping) and _is_shared_path(schema["items"])):
        return True
    kinds = schema.get("type", "string")
    texts = {"string", "array", "object"} & ({kinds} if isinstance(kinds, str) else set(kinds))
    return bool(texts) and "enum" not in schema and PLACE_WORDS.search(name) is not None


def _is_shared_path(schema: Mapping[str, Any]) -> bool:
    same_words = schema.get("description") == PATH["description"]
    return same_words or (schema.get("type") == "string" and schema.get("maxLength") == PATH["maxLength"])


def _faults_within(schema: Any, cleared: frozenset[str]) -> Iterator[str]:
    """Places and unnamed arguments below the first level, where no role can be declared for them."""
    if not isinstance(schema, Mapping):
        return
    yield from (f"uses '{key}', which hides what it takes," for key in UNREADABLE if key in schema)
    kinds = schema.get("type", "object" if "properties" in schema else "")
    if "object" in ([kinds] if isinstance(kinds, str) else kinds) and schema.get("additionalProperties") is not False:
        yield "takes unnamed arguments (set additionalProperties to false)"
    for name, inner in schema.get("properties", {}).items():
        if name not in cleared and _may_be_place(name, inner):
            yield f"takes the place '{name}' below the first level"
        yield from _faults_within(inner, cleared)
    for key in SUBSCHEMAS:
        yield from _faults_of(key, schema.get(key), cleared)


def _faults_of(key: str, value: Any, cleared: frozenset[str]) -> Iterator[str]:
    if key in {"$defs", "definitions", "dependentSchemas"} and isinstance(value, Mapping):
        for each in value.values():
            yield from _faults_within(each, cleared)
    elif isinstance(value, list):
        for each in value:
            yield from _faults_within(each, cleared)
    else:
        yield from _faults_within(value, cleared)


def _wrong_arguments(spec: ToolSpec) -> Iterator[str]:
    properties = spec.input_schema.get("properties", {})
    declared = [argument.name for argument in spec.paths]
    if unknown := sorted(set(declared) - set(properties)):
        yield f"declares path roles of {unknown}, which it does not take."
    if both := sorted(set(declared) & spec.no_paths):
        yield f"says of {both} both that it is a path and that it is none."
    if len(set(declared)) != len(declared):
        yield "declares a path argument twice."
    required = spec.input_schema.get("required", [])
    for argument in spec.paths:
        schema = properties.get(argument.name, {})
        text = schema.get("items", {}) if argument.many else schema
        if text.get("type") != "string" or (argument.many and schema.get("type") != "array"):
            yield f"takes '{argument.name}' otherwise than as {'a list of texts' if argument.many else 'a text'}."
        if argument.many and not schema.get("minItems"):
            yield f"takes '{argument.name}' as a list that may be empty; set minItems."
        if argument.name not in required and not schema.get("default"):
            yield f"may be called without '{argument.name}'; require it, or give it a default, so that it is decided."


def _wrong_derivations(spec: ToolSpec) -> Iterator[str]:
    properties = spec.input_schema.get("properties", {})
    declared = {argument.name for argument in spec.paths}
    required = spec.input_schema.get("required", [])
    for derived in spec.derived:
        if derived.folder not in declared:
            yield f"derives a place from '{derived.folder}', which is no declared path."
        if derived.name in declared:
            continue
        if derived.name not in required or properties.get(derived.name, {}).get("type") != "string":
            yield f"derives a place from '{derived.name}', which must be a required text."
