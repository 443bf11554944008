"""A configuration file by itself, without a database: its policies as a snapshot, and the tests that it holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from django.core.exceptions import ValidationError

from oauth.configuration import MODELS, faults_of
from oauth.configuration_file import FIELDS, BadConfiguration, Entry, Fault, read
from oauth.expectations import Expectation
from oauth.policy import PolicySnapshot, closure
from oauth.policy_tests import as_expectation
from oauth.snapshots import as_rule
from tools.catalogue import CATALOGUE
from tools.profile import Profile
from tools.services import as_profile


def offline(text: str, file: str) -> tuple[PolicySnapshot, list[Expectation]]:
    """What the file says, as if nothing else were there; raises `BadConfiguration` with every fault."""
    document = read(text, file)
    faults, rows = list(document.faults), {}
    for section in FIELDS:
        made = [(_row(section, entry), entry) for entry in document.get(section, [])]
        faults += [fault for row, entry in made for fault in _faults(section, row, entry)]
        rows[section] = made
    faults += _circles(document)
    if faults:
        raise BadConfiguration([fault.told(file) for fault in sorted(faults, key=lambda each: each.line)])
    snapshot = PolicySnapshot.build(
        revision=0,
        rules=[as_rule(row) for row, _ in rows["policies"]],
        scopes={row.name: frozenset(row.implies) for row, _ in rows["scopes"]},
        profiles={row.name: _profile(row, entry) for row, entry in rows["portals"]},
        catalogue=CATALOGUE,
    )
    return snapshot, [as_expectation(row) for row, _ in rows["tests"] if row.enabled]


def _row(section: str, entry: Entry) -> Any:
    return MODELS[section](
        **{field: entry[field] for field in FIELDS[section] if field in entry and field != "accounts"}
    )


def _faults(section: str, row: Any, entry: Entry) -> Iterator[Fault]:
    try:
        if section == "scopes":
            row.clean_fields()  # its `clean` compares with the rows of the database
        else:
            row.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        yield from faults_of(error, entry)


def _circles(document: Entry) -> Iterator[Fault]:
    """Scopes that imply what the file does not have, or, through others, themselves."""
    implied = {entry["name"]: frozenset(entry.get("implies", [])) for entry in document.get("scopes", [])}
    for entry in document.get("scopes", []):
        line, below = entry.lines.get("implies", entry.line), implied[entry["name"]]
        for name in sorted(below - implied.keys()):
            yield Fault(line, "implies", f"There is no scope {name} in this file.")
        if any(entry["name"] in closure(name, implied) for name in below):
            yield Fault(line, "implies", "A scope cannot imply itself, not even through others.")


def _profile(row: Any, entry: Entry) -> Profile:
    return replace(as_profile(row), accounts=MappingProxyType(dict(entry.get("accounts", {}))))
