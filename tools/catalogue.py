"""Gathers the toolsets' specs into the frozen catalogue; a tool that is not fully declared stops the start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tools.spec import PREFIX, ToolSpec
from tools.toolsets import files, identity

PATH_LIKE = frozenset({"path", "paths", "source", "sources", "destination", "filepath", "folder", "target", "parent"})


class UndeclaredTool(Exception):  # noqa: N818 - reads as what it is in the traceback of a failed start
    """A tool that cannot be registered; the text names the tool and what is missing."""


def catalogue(specs: Iterable[ToolSpec]) -> Mapping[str, ToolSpec]:
    """Check each spec and freeze them all, by name, in order of names."""
    found: dict[str, ToolSpec] = {}
    for spec in sorted(specs, key=lambda spec: spec.name):
        _check(spec)
        if spec.name in found:
            raise UndeclaredTool(f"Two tools are called {spec.name}.")
        found[spec.name] = spec
    return MappingProxyType(found)


def _check(spec: ToolSpec) -> None:
    if not spec.name.startswith(PREFIX):
        raise UndeclaredTool(f"{spec.name} does not start with {PREFIX}.")
    properties = set(spec.input_schema.get("properties", {}))
    declared = {argument.name for argument in spec.paths}
    if undeclared := (properties & PATH_LIKE) - declared:
        raise UndeclaredTool(f"{spec.name} takes {sorted(undeclared)} without declaring a path role.")
    if unknown := declared - properties:
        raise UndeclaredTool(f"{spec.name} declares path roles of {sorted(unknown)}, which it does not take.")
    if spec.paths and not spec.needs_place:
        raise UndeclaredTool(f"{spec.name} takes paths but no place.")
    if spec.read_only and spec.destructive:
        raise UndeclaredTool(f"{spec.name} is said to be read-only and destructive.")


CATALOGUE: Mapping[str, ToolSpec] = catalogue((*identity.TOOLS, *files.TOOLS))
