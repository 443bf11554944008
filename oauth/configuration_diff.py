"""Two states of the configuration compared: per object and field, lists by entry, passwords as `changed`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

KINDS: Final[Mapping[str, str]] = {"scopes": "scope", "portals": "portal", "policies": "policy", "tests": "test"}
SIGNS: Final[Mapping[str, str]] = {"added": "+", "changed": "~", "removed": "-"}
LONGEST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Difference:
    """One object: what happens to it, and its fields in plain JSON values, each with its name in the file."""

    kind: str
    name: str
    action: str
    fields: tuple[dict[str, Any], ...]

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"kind": self.kind, "name": self.name, "action": self.action, "fields": list(self.fields)}


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Every object that differs between two exports, in the order of sections and names."""
    return tuple(_differences(before, after))


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for section, kind in KINDS.items():
        old = {entry["name"]: entry for entry in before[section]}
        new = {entry["name"]: entry for entry in after[section]}
        for name in sorted(old.keys() | new.keys()):
            if old.get(name) == new.get(name):
                continue
            action = "added" if name not in old else "changed" if name in new else "removed"
            yield Difference(kind, name, action, tuple(_fields(old.get(name, {}), new.get(name, {}))))


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for field in [name for name in (new or old) if name != "name"]:
        was, now = _listed(old.get(field)), _listed(new.get(field))
        if was == now or (was in _NOTHING and now in _NOTHING):
            continue
        if field == "password":
            yield {"field": field, "changed": "changed" if was and now else "set" if now else "removed"}
        elif isinstance(was or now, list):
            yield {"field": field, **_entries(was or [], now or [])}
        else:
            yield {"field": field, "before": was, "after": now}


def _listed(value: Any) -> Any:
    """A mapping as a list of its pairs, so that it is compared entry by entry."""
    return [f"{key}: {each}" for key, each in value.items()] if isinstance(value, Mapping) else value


_NOTHING: Final[tuple[Any, ...]] = (None, "", [])


def _entries(was: list[str], now: list[str]) -> dict[str, list[str]]:
    added, removed = [each for each in now if each not in was], [each for each in was if each not in now]
    return {"added": added, "removed": removed} if added or removed else {"before": was, "after": now}


def text_of(found: Iterable[Difference]) -> str:
    """The same for people: a line for each object, indented ones for its fields; ends with a line break if any."""
    return "".join(f"{line}\n" for each in found for line in _lines(each))


def _lines(difference: Difference) -> Iterator[str]:
    yield f"{SIGNS[difference.action]} {difference.kind} {difference.name}"
    for field in difference.fields if difference.action != "removed" else ():
        yield f"    {field['field']}: {_told(field, difference.action)}"


def _told(field: Mapping[str, Any], action: str) -> str:
    if "changed" in field:
        return str(field["changed"])
    if "added" in field and action == "added":
        return _shown(field["added"])
    if "added" in field:
        signed = [
            *(f"- {_shown(each)}" for each in field["removed"]),
            *(f"+ {_shown(each)}" for each in field["added"]),
        ]
        return ", ".join(signed)
    return _shown(field["after"]) if action == "added" else f"{_shown(field['before'])} -> {_shown(field['after'])}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}... ({len(text)} characters)"
