"""Specs of tools that come later, made here to show what paths by role do."""

from __future__ import annotations

from typing import Any

from tools.catalogue import catalogue
from tools.spec import PREFIX, DerivedPath, PathArgument, PathRole, Toolset, ToolSpec
from tools.toolsets.schemas import PATH, answer, arguments

ROLES = {
    "source": PathRole.SUBTREE,
    "destination": PathRole.PARENT,
    "filepath": PathRole.TARGET,
    "paths": PathRole.SUBTREE,
}


async def _nothing(call: Any) -> dict[str, Any]:
    return {}


def spec(name: str, *names: str, derived: tuple[DerivedPath, ...] = (), more: dict[str, Any] | None = None) -> ToolSpec:
    """A writing tool with required path arguments; one called `paths` is a list."""
    listed = {"type": "array", "items": PATH, "minItems": 1}
    shapes = {one: listed if one == "paths" else PATH for one in names}
    schema = arguments({**shapes, **(more or {})}, required=(*names, *(more or {})))
    role = PathRole.SOURCE if name in {"read_file", "list_dir"} else PathRole.SUBTREE
    paths = tuple(PathArgument(one, ROLES.get(one, role), many=one == "paths") for one in names)
    toolset = Toolset.READ if role is PathRole.SOURCE else Toolset.WRITE
    title = f"{PREFIX}{name}"
    return ToolSpec(
        title, toolset, title, title, schema, answer({}), _nothing, paths=paths, derived=derived, read_only=False
    )


ARRIVES = (DerivedPath(PathRole.ARRIVAL, "destination", "source"),)
RENAMED = (DerivedPath(PathRole.ARRIVAL, "path", "new_name", beside=True),)
CATALOGUE = catalogue(
    [
        spec("read_file", "path"),
        spec("upload", "filepath"),
        spec("delete", "path"),
        spec("recover", "path"),
        spec("share", "path"),
        spec("link", "path"),
        spec("delete_many", "paths"),
        spec("copy", "source", "destination", derived=ARRIVES),
        spec("move", "source", "destination", derived=ARRIVES),
        spec("rename", "path", derived=RENAMED, more={"new_name": {"type": "string"}}),
    ]
)
