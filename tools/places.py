"""From checked arguments to the places that are decided: every path in canonical form, derived ones included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tools.errors import InvalidArgument
from tools.paths import canonical

if TYPE_CHECKING:
    from tools.spec import DerivedPath, PathRole, ToolSpec

Places = tuple[tuple["PathRole", str], ...]


def decided_paths(spec: ToolSpec, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], Places]:
    """The arguments with canonical paths and names, and every place with its role; raises `InvalidArgument`.

    All of them are known before anything is decided, so one bad path refuses the whole list. A tool that takes paths
    and is given none would be decided as "some path": that is refused too.
    """
    checked = dict(arguments)
    places: list[tuple[PathRole, str]] = []
    for argument in spec.paths:
        if argument.name in checked:
            value = checked[argument.name]
            found = [_canonical(argument.name, each) for each in (value if argument.many else [value])]
            checked[argument.name] = found if argument.many else found[0]
            places += [(argument.role, place) for place in found]
    for derived in spec.derived:
        places += [(derived.role, place) for place in _derived(derived, spec, checked)]
    missing = [argument.name for argument in spec.paths if not checked.get(argument.name)]
    if missing:
        raise InvalidArgument(f"Argument '{missing[0]}' names no path. Pass at least one.")
    return checked, tuple(places)


def _canonical(name: str, value: str) -> str:
    try:
        return canonical(value)
    except InvalidArgument as fault:
        raise InvalidArgument(f"Argument '{name}': {fault.message}") from None


def _derived(derived: DerivedPath, spec: ToolSpec, checked: dict[str, Any]) -> Iterator[str]:
    folders = _many(checked.get(derived.folder))
    if derived.beside:
        folders = [_parent(derived.folder, each) for each in folders]
    if derived.name in {argument.name for argument in spec.paths}:
        names = [_last(derived.name, each) for each in _many(checked.get(derived.name))]
    else:
        checked[derived.name] = _name(derived.name, checked.get(derived.name))
        names = [checked[derived.name]]
    for folder in folders:
        for name in names:
            yield _canonical(derived.folder, f"{folder.rstrip('/')}/{name}")


def _many(value: Any) -> list[str]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _parent(argument: str, path: str) -> str:
    if path == "/":
        raise InvalidArgument(f"Argument '{argument}' is the root, which lies in no folder. Name what is in it.")
    return path.rpartition("/")[0] or "/"


def _last(argument: str, path: str) -> str:
    if path == "/":
        raise InvalidArgument(f"Argument '{argument}' is the root, which has no name. Name what is in it.")
    return path.rpartition("/")[2]


def _name(argument: str, value: Any) -> str:
    """A plain name in the form in which its place is decided: one segment, so that it leads nowhere else."""
    text = value if isinstance(value, str) else ""
    if not text or "/" in text:
        raise InvalidArgument(f"Argument '{argument}' must be one name, without '/'.")
    return _canonical(argument, f"/{text}")[1:]
