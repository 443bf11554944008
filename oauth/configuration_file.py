"""The configuration file as text: YAML read strictly, with the line of every key, into plain checked values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import yaml

from tools.catalogue import CATALOGUE
from tools.spec import PREFIX

VERSION: Final = 1
LONGEST: Final = 16_000_000
"""Characters of a file; ten thousand policies fit three times."""
NO_SECRET: Final = re.compile(r"[A-Za-z_-]{1,40}")
"""Keys that may be repeated in a fault: `password:x`, without the space, is a key too."""
MOST_SECONDS: Final = 1_000_000
BOOLEANS: Final = frozenset({"https", "verify_tls", "enabled", "default"})
NUMBERS: Final = frozenset({"connect_timeout", "read_timeout", "total_timeout"})
WHOLE: Final = frozenset({"port", "max_sessions"})
LISTS: Final = frozenset({
    "implies", "scopes", "subjects", "clients", "organizations", "except_subjects", "tools", "toolsets", "portals",
    "tenants", "paths", "claims",
})  # fmt: skip
MOMENTS: Final = frozenset({"valid_from", "valid_until", "at"})
OPTIONAL_WHOLE: Final = frozenset({"calls_per_minute"})
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "scopes": ("name", "description", "implies"),
    "portals": (
        "name", "host", "port", "https", "verify_tls", "ca_pem", "scope", "username", "tenant", "tenant_host",
        "dns_suffix", "identity", "account_claim", "tenant_claim", "accounts", "connect_timeout", "read_timeout",
        "total_timeout", "max_sessions", "default", "enabled",
    ),
    "policies": (
        "name", "description", "effect", "scopes", "subjects", "clients", "organizations", "except_subjects", "tools",
        "toolsets", "portals", "tenants", "paths", "valid_from", "valid_until", "calls_per_minute", "enabled",
    ),
    "tests": (
        "name", "note", "scopes", "subject", "client", "organization", "claims", "tool", "portal", "tenant", "paths",
        "at", "expected", "policy", "enabled",
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
    """A mapping of the file with the line of each of its keys; the whole document also knows what is wrong in it."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}
        self.faults: tuple[Fault, ...] = ()


class _Loader(yaml.SafeLoader):
    """Safe YAML that remembers lines, refuses a key twice and any alias, and leaves times as text."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse aliases: a few lines of them stand for more than a machine can hold."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not read; write the value out", problem_mark=mark)
        return super().compose_node(parent, index)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Iterator[Entry]:
    entry = Entry(node.start_mark.line + 1)
    yield entry
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node, deep=True))
        if key in entry:
            raise yaml.MarkedYAMLError(problem=f"{_told_key(key)} appears twice", problem_mark=key_node.start_mark)
        entry.lines[key] = key_node.start_mark.line + 1
        entry[key] = loader.construct_object(value_node, deep=True)


def _text(loader: _Loader, node: yaml.ScalarNode) -> str:
    """Text; JSON, which is YAML too, writes characters beyond the first plane as two halves."""
    value = str(loader.construct_scalar(node))
    if not any("\ud800" <= each <= "\udfff" for each in value):
        return value
    try:
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError:
        return value  # a half without its other; refused where it stands


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:str", _text)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", yaml.SafeLoader.construct_yaml_str)  # type: ignore[type-var]


def _told_key(key: str) -> str:
    return key if NO_SECRET.fullmatch(key) else "key"


def parse(text: str, file: str) -> Entry:
    """Read a file into entries whose values have the right types; raises `BadConfiguration` with every fault."""
    document = read(text, file)
    if document.faults:
        raise BadConfiguration([fault.told(file) for fault in document.faults])
    return document


def read(text: str, file: str) -> Entry:
    """What of a file can be read, without the entries that cannot; every fault is in `faults`.

    Raises `BadConfiguration` when nothing can: no YAML, too long, or another version.
    """
    if len(text) > LONGEST:
        raise BadConfiguration([f"{file}:1: YAML: is longer than {LONGEST} characters; split it by sections."])
    document = _load(text, file)
    if not isinstance(document, Entry) or type(document.get("version")) is not int or document["version"] != VERSION:
        raise BadConfiguration([f"{file}:1: version: must be {VERSION}; start the file with `version: {VERSION}`."])
    faults = tuple(_faults(document))
    if faults:
        document = _sound(document, {fault.line for fault in faults})
        document.faults = faults
    return document


def _sound(document: Entry, faulty: set[int]) -> Entry:
    """The document without entries in which a fault stands, and without scopes that imply one of those."""
    rest = Entry(document.line)
    for section in FIELDS:
        entries = [entry for entry in _entries(document, section) if isinstance(entry.get("name"), str)]
        rest[section] = [entry for entry in entries if not {entry.line, *entry.lines.values()} & faulty]
        rest.lines[section] = document.lines.get(section, document.line)
    given = {str(entry.get("name")) for entry in _entries(document, "scopes")}
    while True:
        there = {entry["name"] for entry in rest["scopes"]}
        kept = [entry for entry in rest["scopes"] if not set(entry.get("implies", [])) & (given - there)]
        if len(kept) == len(rest["scopes"]):
            return rest
        rest["scopes"] = kept


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
            yield Fault(document.lines[key], _told_key(key), f"is not known here; use {', '.join(known)}.")
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
            yield Fault(entry.lines[key], _told_key(key), f"is not known here; use {', '.join(known)}.")
        elif fault := _type_fault(key, value):
            yield Fault(entry.lines[key], key, fault)
        else:
            entry[key] = _as_kept(key, value)


def _as_kept(key: str, value: Any) -> Any:
    """A value of the right type as the model keeps it, so that it compares equal."""
    if key in MOMENTS and value is not None:
        return _moment(value)
    if key == "accounts":
        return dict(value)
    if key == "ca_pem":
        return value.replace("\r\n", "\n")
    return PREFIX + value if key == "tool" and PREFIX + value in CATALOGUE else value


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


def _is_seconds(value: Any) -> bool:
    """A number that is one: YAML also knows infinities and nothing-like numbers."""
    return (_is_whole(value) or isinstance(value, float)) and abs(value) <= MOST_SECONDS


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(each) for each in value)


def _is_pairs(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_text(part) for pair in value.items() for part in pair)


def _is_password(value: Any) -> bool:
    if isinstance(value, dict):
        return list(value) == ["env"] and isinstance(value["env"], str) and bool(value["env"])
    return _is_text(value)


def _moment(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, TypeError, OverflowError):
        return None


_TYPES: Final[tuple[tuple[frozenset[str], Callable[[Any], bool], str], ...]] = (
    (BOOLEANS, lambda value: isinstance(value, bool), "must be true or false."),
    (WHOLE, _is_whole, "must be a whole number."),
    (NUMBERS, _is_seconds, "must be a number of seconds."),
    (LISTS, _is_texts, 'must be a list of texts; put "quotes" around what YAML reads as something else.'),
    (
        MOMENTS,
        lambda value: value is None or _moment(value) is not None,
        "must be null, or a time with its zone, such as 2027-01-31T18:00:00Z.",
    ),
    (OPTIONAL_WHOLE, lambda value: value is None or _is_whole(value), "must be null or a whole number."),
    (frozenset({"accounts"}), _is_pairs, 'must be a mapping of subjects to accounts, such as {usr_1: "alice"}.'),
    (frozenset({"password"}), _is_password, "must be text or {env: NAME}."),
)
