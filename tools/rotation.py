"""Seals every stored secret anew with the first key of `CREDENTIAL_KEYS`, while servers run; tells what came of each.

A row is read, sealed and checked without a lock, and written only where it still holds what was read: who sets a
password meanwhile wins. The password stays the same, so its moment does, and with it every open session.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.db import models

from tools.governed import governed_write, signed
from tools.models import PortalProfile
from tools.sealing import first_key, is_same_by_first_key, reseal, sealed_by

log = logging.getLogger(__name__)
NO_KEY: Final = "none"
"""Stands for the fingerprint where no key opens the secret."""
REMEDY: Final = (
    "Set the password again in the portal profile and switch it on, or put the key that sealed it behind the others in "
    "CREDENTIAL_KEYS, restart, and switch it on."
)


class State(StrEnum):
    """What came of one profile, or would come of it."""

    RESEALED = "re-sealed"
    CURRENT = "already current"
    EMPTY = "no password"
    UNSEALABLE = "cannot be unsealed"
    CHANGED = "changed meanwhile, left"
    DIFFERS = "did not come back the same, left"


GOOD: Final = frozenset({State.RESEALED, State.CURRENT, State.EMPTY})


@dataclass(frozen=True, slots=True)
class Row:
    """One profile; `is_disabled` is set where this run switched it off, or would."""

    profile: str
    state: State
    is_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Rotation:
    """What came of all. `stopped`: no key opens any secret, which means the wrong keys: nothing was written."""

    key: str
    rows: tuple[Row, ...]
    is_dry: bool
    stopped: bool = False

    @property
    def ok(self) -> bool:
        """Whether every secret is sealed by the first key now (of a dry run: would be)."""
        return all(row.state in GOOD for row in self.rows)

    @property
    def counts(self) -> Mapping[State, int]:
        """How many of each state."""
        return Counter(row.state for row in self.rows)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        rows = [{"profile": row.profile, "state": row.state.value, "disabled": row.is_disabled} for row in self.rows]
        told = {"key": self.key, "dry_run": self.is_dry, "ok": self.ok, "stopped": self.stopped}
        return {**told, "profiles": rows, "counts": {state.value: self.counts[state] for state in State}}


class _Differs(Exception):  # noqa: N818 - what the row does
    """What was written is not what was read."""


class _Stored(NamedTuple):
    pk: int
    name: str
    sealed: str
    enabled: bool


def rotate(*, keep: bool = True) -> Rotation:
    """Seal what another key sealed anew; with `keep=False` only tell. Raises `Unsealable` without any key.

    A profile that no key opens is disabled, unless that is so of all of them: then these are the wrong keys.
    """
    key = first_key()
    columns = ("pk", "name", "sealed_password", "enabled")
    stored = [_Stored(*values) for values in PortalProfile.objects.order_by("name").values_list(*columns)]
    wanted = [(row, _wanted(row.sealed, key)) for row in stored]
    sealed = [state for _, state in wanted if state is not State.EMPTY]
    stopped = bool(sealed) and all(state is State.UNSEALABLE for state in sealed)
    if stopped or not keep:
        told = (Row(row.name, state, _switches_off(row, state) and not stopped) for row, state in wanted)
    else:
        told = (_done(row, state, key) for row, state in wanted)
    return Rotation(key, tuple(told), not keep, stopped)


def keys_in_use() -> dict[str, int]:
    """How many profiles' secrets each key seals, by fingerprint; `none` counts those that no key opens."""
    texts = PortalProfile.objects.exclude(sealed_password="").values_list("sealed_password", flat=True)
    return dict(Counter(sealed_by(text) or NO_KEY for text in texts))


def unsealable() -> list[str]:
    """Names of the profiles whose secret no key opens."""
    rows = PortalProfile.objects.exclude(sealed_password="").order_by("name").values_list("name", "sealed_password")
    return [name for name, text in rows if sealed_by(text) is None]


def _wanted(sealed: str, key: str) -> State:
    if not sealed:
        return State.EMPTY
    found = sealed_by(sealed)
    if found is None:
        return State.UNSEALABLE
    return State.CURRENT if found == key else State.RESEALED


def _switches_off(row: _Stored, state: State) -> bool:
    return state is State.UNSEALABLE and row.enabled


def _done(row: _Stored, state: State, key: str) -> Row:
    """Write what is wanted of a row, if it still holds what was read."""
    if state is State.RESEALED:
        try:
            is_written = _resealed(row, key)
        except _Differs:
            log.error("portal profile %s: what was sealed anew is not the same; it was left", row.name)  # noqa: TRY400
            return Row(row.name, State.DIFFERS)
        if is_written:
            log.info("portal profile %s: secret re-sealed with key %s", row.name, key)
    elif _switches_off(row, state):
        with governed_write(), signed(None, "disabled: no key in CREDENTIAL_KEYS opens its password"):
            is_written = _write(row, enabled=False)
        if is_written:
            log.error("portal profile %s is disabled: no key opens its password. %s", row.name, REMEDY)
    else:
        return Row(row.name, state)
    return Row(row.name, state, state is State.UNSEALABLE) if is_written else Row(row.name, _meanwhile(row, key))


def _write(row: _Stored, **values: Any) -> bool:
    return bool(PortalProfile.objects.filter(pk=row.pk, sealed_password=row.sealed).update(**values))


def _resealed(row: _Stored, key: str) -> bool:
    """Whether the row was sealed anew; raises `_Differs`, with nothing written, unless the first key opens it alone."""
    with governed_write(), signed(None, f"secret re-sealed with key {key}, the password is the same"):
        if not _write(row, sealed_password=reseal(row.sealed), password_set_at=models.F("password_set_at")):
            return False
        written = PortalProfile.objects.values_list("sealed_password", flat=True).get(pk=row.pk)
        if not is_same_by_first_key(row.sealed, written):
            raise _Differs
    return True


def _meanwhile(row: _Stored, key: str) -> State:
    """Of a row that somebody changed or removed since it was read."""
    now = PortalProfile.objects.filter(pk=row.pk).values_list("sealed_password", flat=True).first()
    return State.CURRENT if now is not None and _wanted(now, key) is State.CURRENT else State.CHANGED
