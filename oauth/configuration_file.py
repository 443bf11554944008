"""The configuration file as text: YAML read strictly, with the line of every key, into plain checked values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import yaml

VERSION: Final = 1
BOOLEANS: Final = frozenset({"https", "verify_tls", "enabled", "default"})
NUMBERS: Final = frozenset({"connect_timeout", "read_timeout", "total_timeout"})
WHOLE: Final = frozenset({"port", "max_sessions"})
LISTS: Final = frozenset({
    "implies", "scopes", "subjects", "clients", "organizations", "except_subjects", "tools", "toolsets", "portals",
    "tenants", "paths",
})  # fmt: skip
MOMENTS: Final = frozenset({"valid_from", "valid_until"})
OPTIONAL_WHOLE: Final = frozenset({"calls_per_minute"})
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "scopes": ("name", "description", "implies"),
    "portals": (
        "name", "host", "port", "https", "verify_tls", "ca_pem", "scope", "username", "tenant", "tenant_host",
        "identity", "connect_timeout", "read_timeout", "total_timeout", "max_sessions", "default", "enabled",
    ),
    "policies": (
        "name", "description", "effect", "scopes", "subjects", "clients", "organizations", "except_subjects", "tools",
        "toolsets", "portals", "tenants", "paths", "valid_from", "valid_until", "calls_per_minute", "enabled",
    ),
}  # fmt: skip
"""The sections in the order in which they are applied, and the fields of their entries."""


class BadConfiguration(Exception):  # noqa: N818 - what the file is
    """The file cannot be applied; `faults` are lines such as `portals.yaml:7: port: …`. Nothing was changed."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong: 1-based line, field, and what to do about it."""

    line: int
    field: str
    message: str

    def told(self, file: str) -> str:
        """As compilers say it."""
        return f"{file}:{self.line}: {self.field}: {self.message}"


class Entry(dict[str, Any]):
    """A mapping of the file with the line of each of its keys."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class _Loader(yaml.SafeLoader):
    """Safe YAML that remembers lines, refuses a key twice, and leaves times as text."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Iterator[Entry]:
    entry = Entry(node.start_mark.line + 1)
    yield entry
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in entry:
            raise yaml.MarkedYAMLError(problem=f"{key} appears twice", problem_mark=key_node.start_mark)
        entry.lines[key] = key_node.start_mark.line + 1
        entry[key] = loader.construct_object(value_node, deep=True)


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)  # type: ignore[type-var]


def parse(text: str, file: str) -> Entry:
    """Read a file into entries whose values have the right types; raises `BadConfiguration` with every fault."""
    document = _load(text, file)
    if not isinstance(document, Entry) or type(document.get("version")) is not int or document["version"] != VERSION:
        raise BadConfiguration([f"{file}:1: version: must be {VERSION}; start the file with `version: {VERSION}`."])
    if faults := [fault.told(file) for fault in _faults(document)]:
        raise BadConfiguration(faults)
    return document


def _load(text: str, file: str) -> Any:
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        # from None: the parser's own message quotes the line, which may hold a password
        raise BadConfiguration([Fault(line, "YAML", error.problem or "cannot be read").told(file)]) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise BadConfiguration([f"{file}:1: YAML: cannot be read"]) from None


def _faults(document: Entry) -> Iterator[Fault]:
    known = ["version", *FIELDS]
    for key, value in document.items():
        if key not in known:
            yield Fault(document.lines[key], key, f"is not known here; use {', '.join(known)}.")
        elif key != "version" and not isinstance(value, list):
            yield Fault(document.lines[key], key, "must be a list.")
        elif key != "version":
            yield from _section_faults(key, value, document.lines[key])
    defaults = [entry for entry in _entries(document, "portals") if entry.get("default") is True]
    for entry in defaults[1:]:
        yield Fault(entry.lines["default"], "default", f"{defaults[0].get('name')} is the default already; keep one.")


def _entries(document: Entry, section: str) -> list[Entry]:
    listed = document.get(section)
    return [entry for entry in listed if isinstance(entry, Entry)] if isinstance(listed, list) else []


def _section_faults(section: str, listed: list[Any], line: int) -> Iterator[Fault]:
    seen: set[str] = set()
    for entry in listed:
        if not isinstance(entry, Entry):
            yield Fault(line, section, "each entry must be a mapping with a name.")
            continue
        yield from _entry_faults(section, entry)
        name = entry.get("name")
        if isinstance(name, str) and name in seen:
            yield Fault(entry.line, section, f"{name} appears twice.")
        seen.add(str(name))


def _entry_faults(section: str, entry: Entry) -> Iterator[Fault]:
    known = (*FIELDS[section], *(("password",) if section == "portals" else ()))
    if "name" not in entry:
        yield Fault(entry.line, section, "each entry must be a mapping with a name.")
    for key, value in entry.items():
        if key not in known:
            yield Fault(entry.lines[key], key, f"is not known here; use {', '.join(known)}.")
        elif fault := _type_fault(key, value):
            yield Fault(entry.lines[key], key, fault)
        elif key in MOMENTS and value is not None:
            entry[key] = _moment(value)


def _type_fault(key: str, value: Any) -> str:
    for keys, is_right, fault in _TYPES:
        if key in keys:
            return "" if is_right(value) else fault
    return "" if _is_text(value) else 'must be text; put "quotes" around what YAML reads as something else.'


def _is_text(value: Any) -> bool:
    """Text that a database can hold: escapes can smuggle in NUL and halves of surrogate pairs."""
    return isinstance(value, str) and not any(each == "\x00" or "\ud800" <= each <= "\udfff" for each in value)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(each) for each in value)


def _is_password(value: Any) -> bool:
    if isinstance(value, dict):
        return list(value) == ["env"] and isinstance(value["env"], str) and bool(value["env"])
    return _is_text(value)


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return None
    return moment if moment.tzinfo is not None else None


_TYPES: Final[tuple[tuple[frozenset[str], Callable[[Any], bool], str], ...]] = (
    (BOOLEANS, lambda value: isinstance(value, bool), "must be true or false."),
    (WHOLE, _is_whole, "must be a whole number."),
    (NUMBERS, lambda value: _is_whole(value) or isinstance(value, float), "must be a number of seconds."),
    (LISTS, _is_texts, 'must be a list of texts; put "quotes" around what YAML reads as something else.'),
    (
        MOMENTS,
        lambda value: value is None or _moment(value) is not None,
        "must be null, or a time with its zone, such as 2027-01-31T18:00:00Z.",
    ),
    (OPTIONAL_WHOLE, lambda value: value is None or _is_whole(value), "must be null or a whole number."),
    (frozenset({"password"}), _is_password, "must be text or {env: NAME}."),
)
