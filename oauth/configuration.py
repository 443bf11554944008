"""Portals, scopes and policies as one YAML file: read with line numbers, applied all or nothing, exported the same."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.dateparse import parse_datetime

from oauth.models import Policy, Scope
from tools.governed import governed_write
from tools.models import PortalProfile
from tools.sealing import Unsealable, unseal
from tools.services import save_profile

VERSION: Final = 1
PORTAL_FIELDS: Final = (
    "name", "host", "port", "https", "verify_tls", "ca_pem", "scope", "username", "tenant", "tenant_host", "identity",
    "connect_timeout", "read_timeout", "total_timeout", "max_sessions", "default", "enabled",
)  # fmt: skip
SCOPE_FIELDS: Final = ("name", "description", "implies")
POLICY_FIELDS: Final = (
    "name", "description", "effect", "scopes", "subjects", "clients", "organizations", "except_subjects", "tools",
    "toolsets", "portals", "tenants", "paths", "valid_from", "valid_until", "calls_per_minute", "enabled",
)  # fmt: skip
MOMENTS: Final = frozenset({"valid_from", "valid_until"})


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


@dataclass(frozen=True, slots=True)
class Section:
    """One list of the file and the rows it stands for."""

    key: str
    model: type[models.Model]
    fields: tuple[str, ...]

    def rows(self) -> dict[str, Any]:
        """Existing rows by name."""
        found: Iterable[Any] = self.model._default_manager.order_by("name")
        return {row.name: row for row in found}


SECTIONS: Final = (
    Section("scopes", Scope, SCOPE_FIELDS),
    Section("portals", PortalProfile, PORTAL_FIELDS),
    Section("policies", Policy, POLICY_FIELDS),
)


def parse(text: str, file: str) -> Entry:
    """Read a file; raises `BadConfiguration`."""
    try:
        document = yaml.load(text, _Loader)  # noqa: S506 - a subclass of the safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadConfiguration([Fault(line, "YAML", error.problem or "cannot be read").told(file)]) from None
    except yaml.YAMLError:
        raise BadConfiguration([f"{file}:1: YAML: cannot be read"]) from None
    if not isinstance(document, Entry) or document.get("version") != VERSION:
        raise BadConfiguration([f"{file}:1: version: must be {VERSION}; start the file with `version: {VERSION}`."])
    known = {"version", *(section.key for section in SECTIONS)}
    faults = [
        Fault(document.lines[key], key, f"is not known here; use {', '.join(sorted(known))}.").told(file)
        for key in document
        if key not in known
    ]
    if faults:
        raise BadConfiguration(faults)
    return document


def export() -> dict[str, Any]:
    """All of it as plain values; passwords are never part of it."""
    return {
        "version": VERSION,
        **{section.key: [_plain(row, section) for row in section.rows().values()] for section in SECTIONS},
    }


def as_yaml(document: Mapping[str, Any]) -> str:
    """The file's text, in the order of this module."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)


def _plain(row: Any, section: Section) -> dict[str, Any]:
    values = {field: getattr(row, field) for field in section.fields}
    for moment in MOMENTS & values.keys():
        values[moment] = values[moment].isoformat() if values[moment] is not None else None
    return values


def apply(document: Entry, file: str, *, prune: bool = False, keep: bool = True) -> str:
    """Apply a parsed file in one transaction and return the difference it makes as a unified diff.

    With `keep=False` everything is rolled back afterwards. Raises `BadConfiguration` naming every fault at once.
    """
    with governed_write():
        before = as_yaml(export())
        faults = [fault.told(file) for section in SECTIONS for fault in _apply_section(section, document)]
        if prune and not faults:
            faults = [f"{file}: {message}" for message in _prune(document)]
        if faults:
            raise BadConfiguration(faults)
        after = as_yaml(export())
        if not keep:
            transaction.set_rollback(True)
    return "".join(difflib.unified_diff(_lines(before), _lines(after), "in force", file, n=2))


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def _apply_section(section: Section, document: Entry) -> Iterator[Fault]:
    listed = document.get(section.key, [])
    line = document.lines.get(section.key, 1)
    if not isinstance(listed, list):
        yield Fault(line, section.key, "must be a list.")
        return
    rows = section.rows()
    seen: set[str] = set()
    for entry in listed:
        if not isinstance(entry, Entry) or not isinstance(entry.get("name"), str):
            yield Fault(getattr(entry, "line", line), section.key, "each entry must be a mapping with a name.")
        elif entry["name"] in seen:
            yield Fault(entry.line, section.key, f"{entry['name']} appears twice.")
        else:
            seen.add(entry["name"])
            yield from _apply_entry(section, entry, rows.get(entry["name"]))


def _apply_entry(section: Section, entry: Entry, row: Any) -> Iterator[Fault]:
    known = (*section.fields, *(("password",) if section.model is PortalProfile else ()))
    unknown = [key for key in entry if key not in known]
    if unknown:
        for key in unknown:
            yield Fault(entry.lines[key], key, f"is not known here; use {', '.join(known)}.")
        return
    is_new = row is None
    row = section.model() if is_new else row
    try:
        password = _password(entry)
        changed = _assign(row, entry, section.fields) or is_new
        if section.model is PortalProfile and (changed or _is_other(row, password)):
            save_profile(row, password=password if is_new or _is_other(row, password) else None, reason="import_config")
        elif changed:
            row.full_clean()
            row.save()
    except ValidationError as error:
        yield from _told(error, entry)


def _assign(row: Any, entry: Entry, fields: tuple[str, ...]) -> bool:
    changed = False
    for field in fields:
        if field in entry:
            value = _moment(field, entry[field]) if field in MOMENTS else entry[field]
            changed = changed or getattr(row, field) != value
            setattr(row, field, value)
    return changed


def _moment(field: str, value: Any) -> Any:
    if value is None:
        return None
    moment = parse_datetime(str(value)) if isinstance(value, str) else None
    if moment is None or moment.tzinfo is None:
        raise ValidationError({field: "must be a time with its zone, such as 2027-01-31T18:00:00Z."})
    return moment


def _password(entry: Entry) -> str | None:
    value = entry.get("password")
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dict) and set(value) == {"env"}:
        found = os.getenv(str(value["env"]))
        if not found:
            raise ValidationError({"password": f"the environment variable {value['env']} is not set."})
        return found
    raise ValidationError({"password": "must be text or {env: NAME}."})


def _is_other(row: PortalProfile, password: str | None) -> bool:
    if password is None:
        return False
    try:
        return unseal(row.sealed_password) != password
    except Unsealable:
        return True


def _told(error: ValidationError, entry: Entry) -> Iterator[Fault]:
    described = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for field, messages in described.items():
        name = "" if field == "__all__" else field
        for message in messages:
            yield Fault(entry.lines.get(name, entry.line), name or str(entry["name"]), message)


def _prune(document: Entry) -> Iterator[str]:
    for section in reversed(SECTIONS):
        named = {entry["name"] for entry in document.get(section.key, [])}
        for name, row in section.rows().items():
            if name not in named:
                try:
                    row.delete()
                except ValidationError as error:
                    yield f"{section.key}: {name} cannot be removed: {' '.join(error.messages)}"
