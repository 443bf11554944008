"""Portals, scopes, policies and their tests as one file: applied all or nothing, exported the same, compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models, transaction

from oauth import linting, policy_tests, services
from oauth.conf import environment_variable
from oauth.configuration_diff import Difference, differences, text_of
from oauth.configuration_file import FIELDS, MOMENTS, VERSION, BadConfiguration, Entry, Fault, parse, read
from oauth.models import Policy, PolicyTest, Scope
from oauth.snapshots import load_snapshot
from tools.governed import governed_write
from tools.models import PortalProfile
from tools.sealing import Unsealable, unseal
from tools.services import delete_profile, save_profile, set_accounts

__all__ = ["BadConfiguration", "Entry", "Outcome", "apply", "apply_text", "as_json", "as_yaml", "export", "parse"]

REASON: Final = "import_config"
MODELS: Final[Mapping[str, type[models.Model]]] = {
    "scopes": Scope,
    "portals": PortalProfile,
    "policies": Policy,
    "tests": PolicyTest,
}
Lookup = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What applying a file makes of the database: its differences (none: nothing), and what its author should know."""

    differences: tuple[Difference, ...]
    notes: tuple[str, ...]

    @property
    def diff(self) -> str:
        """The differences as text, field by field; empty when there are none."""
        return text_of(self.differences)


def export() -> dict[str, Any]:
    """All of it as plain values; passwords are never part of it."""
    return {
        "version": VERSION,
        **{section: [_plain(row, section) for row in _rows(section)] for section in FIELDS},
    }


class _Dumper(yaml.SafeDumper):
    """Writes no aliases, which are not read."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        return True


def as_yaml(document: Mapping[str, Any]) -> str:
    """The file's text, in the order of the fields."""
    return str(yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100))


def as_json(document: Mapping[str, Any]) -> str:
    """The same as JSON, such that it is YAML as well: there a delete character is escaped."""
    return json.dumps(document, indent=2).replace("\x7f", "\\u007f") + "\n"


def apply_text(
    text: str, file: str, *, prune: bool = False, keep: bool = True, lookup: Lookup = environment_variable
) -> Outcome:
    """As `apply`, of a file's text: faults of its form and of its values are told together."""
    return apply(read(text, file), file, prune=prune, keep=keep, lookup=lookup)


def apply(
    document: Entry, file: str, *, prune: bool = False, keep: bool = True, lookup: Lookup = environment_variable
) -> Outcome:
    """Apply a parsed file in one transaction; with `keep=False` everything is rolled back afterwards.

    Raises `BadConfiguration` naming every fault at once, those of its form included. `prune` removes the rows
    that a section of the file does not name; a section that the file does not have is left alone.
    """
    with governed_write():
        before, denies = _state(), {row.name: row for row in _rows("policies")}
        faults = [*document.faults, *_apply(document, lookup)]
        if prune and not faults:
            faults = list(_prune(document))
        if faults:
            raise BadConfiguration([fault.told(file) for fault in sorted(faults, key=lambda each: each.line)])
        found, notes = differences(before, _state()), (*_openings(denies), *_notes(document))
        if not keep:
            transaction.set_rollback(True)
    return Outcome(found, notes)


def _rows(section: str) -> list[Any]:
    rows = MODELS[section]._default_manager.order_by("name")
    return list(rows.prefetch_related("accounts") if section == "portals" else rows)


def _plain(row: Any, section: str) -> dict[str, Any]:
    values = {field: getattr(row, field) for field in FIELDS[section]}
    if "accounts" in values:
        values["accounts"] = {each.subject: each.account for each in row.accounts.all()}
    for moment in MOMENTS & values.keys():
        values[moment] = values[moment].isoformat() if values[moment] is not None else None
    return values


def _state() -> dict[str, Any]:
    """What is compared: the export, and when each password was set, so that a new one shows."""
    document = export()
    for portal, row in zip(document["portals"], _rows("portals"), strict=True):
        portal["password"] = str(row.password_set_at) if row.sealed_password else None
    return document


def _apply(document: Entry, lookup: Lookup) -> Iterator[Fault]:
    for section, model in MODELS.items():
        entries: list[Entry] = document.get(section, [])
        for entry in _implied_first(entries) if section == "scopes" else entries:
            row = model._default_manager.filter(name=entry["name"]).first() or model()
            try:
                _save(row, entry, FIELDS[section], lookup)
            except ValidationError as error:
                yield from faults_of(error, entry)


def _save(row: Any, entry: Entry, fields: tuple[str, ...], lookup: Lookup) -> None:
    changed = row.pk is None
    for field in fields:
        if field in entry and field != "accounts" and getattr(row, field) != entry[field]:
            setattr(row, field, entry[field])
            changed = True
    match row:
        case PortalProfile():
            password = _password(entry, lookup)
            is_other = password is not None and _is_other(row, password)
            if changed or is_other:
                save_profile(row, password=password if is_other else None, reason=REASON)
            if "accounts" in entry:
                _save_accounts(row, entry["accounts"])
        case _ if changed:
            _save_plain(row)


def _save_plain(row: Any) -> None:
    match row:
        case Scope():
            services.save_scope(row, reason=REASON)
        case Policy():
            services.save_policy(row, reason=REASON)
        case PolicyTest():
            policy_tests.save_test(row, reason=REASON)


def _save_accounts(row: PortalProfile, wanted: Mapping[str, str]) -> None:
    try:
        set_accounts(row, wanted, reason=REASON)
    except ValidationError as error:
        raise ValidationError({"accounts": error.messages}) from None


def _implied_first(entries: list[Any]) -> list[Any]:
    """Scopes in an order in which each finds what it implies as the file wants it.

    Scopes that the file does not name count too: they may lead back to one that it changes. A circle stays in the
    order and is refused at its save.
    """
    implied: dict[str, list[str]] = dict(Scope.objects.values_list("name", "implies"))
    implied |= {_get(entry, "name"): _get(entry, "implies") for entry in entries if _get(entry, "implies") is not None}
    waiting = {_get(entry, "name"): entry for entry in entries}
    ordered, seen, ahead = [], set[str](), [(name, False) for name in reversed(waiting)]
    while ahead:
        name, is_ready = ahead.pop()
        if is_ready and name in waiting:
            ordered.append(waiting[name])
        if is_ready or name in seen:
            continue
        seen.add(name)
        ahead += [(name, True), *((below, False) for below in reversed(implied.get(name, [])))]
    return ordered


def _get(entry: Any, field: str) -> Any:
    return entry.get(field) if isinstance(entry, Entry) else getattr(entry, field)


def _password(entry: Entry, lookup: Lookup) -> str | None:
    value = entry.get("password")
    if not isinstance(value, dict):
        return value
    found = lookup(value["env"])
    if not found:
        raise ValidationError({"password": f"the environment variable {value['env']} is not set."})
    return found


def _is_other(row: PortalProfile, password: str) -> bool:
    try:
        return unseal(row.sealed_password) != password
    except Unsealable:
        return True


def faults_of(error: ValidationError, entry: Entry) -> Iterator[Fault]:
    """What a refused entry of the file is told, each message at its line."""
    described = error.message_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.messages}
    for field, messages in described.items():
        name = entry["name"] if field == NON_FIELD_ERRORS else field
        for message in messages:
            yield Fault(entry.lines.get(field, entry.line), name, message)


def _prune(document: Entry) -> Iterator[Fault]:
    for section in reversed([section for section in FIELDS if section in document]):
        named = {entry["name"] for entry in document[section]}
        leaving = [row for row in _rows(section) if row.name not in named]
        for row in reversed(_implied_first(leaving)) if section == "scopes" else leaving:
            try:
                _delete(row)
            except ValidationError as error:
                line = document.lines.get(section, document.line)
                yield Fault(line, section, f"{row.name} cannot be removed: {' '.join(error.messages)}")


def _delete(row: Any) -> None:
    match row:
        case PortalProfile():
            delete_profile(row, reason=REASON)
        case Scope():
            services.delete_scope(row, reason=REASON)
        case Policy():
            services.delete_policy(row, reason=REASON)
        case PolicyTest():
            policy_tests.delete_test(row, reason=REASON)


def _openings(before: Mapping[str, Policy]) -> Iterator[str]:
    """A sentence for each deny that stops less than before; `--dry-run` is where one reads it in time."""
    after = {row.name: row for row in _rows("policies")}
    for name, row in before.items():
        if services.widens(row, after.get(name)):
            yield f"{name}: lets through what it stopped until now."


def _notes(document: Entry) -> Iterator[str]:
    named = {section: {entry["name"] for entry in document.get(section, [])} for section in FIELDS}
    for portal in PortalProfile.objects.filter(name__in=named["portals"], enabled=True, sealed_password=""):
        yield f"{portal.name}: no password is set; until one is, its tools cannot log in."
    yield from linting.notes(named["policies"])
    yield from _failing()


def _failing() -> Iterator[str]:
    """A sentence for each test of the policies that fails after the file, whichever section brought that about."""
    for verdict in policy_tests.failing(load_snapshot()):
        yield f"test {verdict.test.name} fails: {verdict.says}."
