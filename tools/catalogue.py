"""Gathers the toolsets' specs into the frozen catalogue; a tool that is not fully declared stops the start."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tools.declarations import undeclared
from tools.spec import ToolSpec
from tools.toolsets import (
    administration,
    contents,
    continuing,
    details,
    files,
    identity,
    making,
    moving,
    records,
    removing,
    searching,
    sharing,
    transferring,
    walking,
)


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
    for fault in undeclared(spec):
        raise UndeclaredTool(f"{spec.name} {fault}")


LOOKING = (identity, files, contents, details, walking, searching, administration, records)
CHANGING = (making, moving, removing, continuing, sharing, transferring)
CATALOGUE: Mapping[str, ToolSpec] = catalogue(spec for toolset in (*LOOKING, *CHANGING) for spec in toolset.TOOLS)
