"""Rotating the keys seals every secret anew, changes no password, and loses nothing that is written meanwhile."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pytest_django import Settings

from oauth.selectors import policy_revision
from tools import rotation, sealing
from tools.governed import GovernedModel
from tools.history import Change, history_of, kinds, told
from tools.models import PortalProfile
from tools.rotation import State, keys_in_use, rotate, unsealable
from tools.sealing import fingerprint, seal, unseal
from tools.services import as_profile, save_profile

pytestmark = pytest.mark.django_db
OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))
SECRET = "portal-secret"


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> Settings:
    settings.CREDENTIAL_KEYS = [OLD]
    return settings


def profile(name: str, password: str | None = SECRET) -> PortalProfile:
    return save_profile(PortalProfile(name=name, host="portal.example.com", username="svc"), password=password)


def rotated(settings: Settings, *names: str, keep: bool = True) -> dict[str, State]:
    for name in names or ("hq",):
        profile(name)
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    return {row.profile: row.state for row in rotate(keep=keep).rows}


def changes() -> list[Change]:
    return told(PortalProfile, history_of(PortalProfile).order_by("history_id"))


def stored(name: str = "hq") -> PortalProfile:
    return PortalProfile.objects.get(name=name)


def test_every_secret_is_sealed_by_the_first_key_alone_and_is_the_same(keys: Settings) -> None:
    assert rotated(keys, "hq", "branch") == {"hq": State.RESEALED, "branch": State.RESEALED}
    keys.CREDENTIAL_KEYS = [NEW]
    assert [unseal(stored(name).sealed_password) for name in ("hq", "branch")] == [SECRET, SECRET]


def test_sessions_go_on_since_the_profile_keeps_its_revision_while_workers_read_it_anew(keys: Settings) -> None:
    hq = profile("hq")
    before, policy = as_profile(stored()), policy_revision()
    keys.CREDENTIAL_KEYS = [NEW, OLD]
    rotate()
    after = as_profile(stored())
    assert (after.revision, stored().password_set_at) == (before.revision, hq.password_set_at)
    assert after.sealed_password != before.sealed_password
    assert policy_revision() > policy


def test_a_password_set_afterwards_moves_the_revision_as_ever(keys: Settings) -> None:
    rotated(keys)
    before = as_profile(stored()).revision
    assert as_profile(save_profile(stored(), password=SECRET)).revision != before


def test_a_second_run_finds_everything_current_and_writes_nothing(keys: Settings) -> None:
    rotated(keys)
    before, records = policy_revision(), len(changes())
    assert [row.state for row in rotate().rows] == [State.CURRENT]
    assert (policy_revision(), len(changes())) == (before, records)


def test_a_dry_run_tells_the_same_and_writes_nothing(keys: Settings) -> None:
    profile("hq")
    profile("lost")
    PortalProfile.objects.filter(name="lost").update(sealed_password=Fernet(LOST).encrypt(b"x").decode())
    rows, before, records = list(PortalProfile.objects.values()), policy_revision(), len(changes())
    keys.CREDENTIAL_KEYS = [NEW, OLD]
    found = rotate(keep=False)
    assert {row.profile: (row.state, row.is_disabled) for row in found.rows} == {
        "hq": (State.RESEALED, False),
        "lost": (State.UNSEALABLE, True),
    }
    assert (list(PortalProfile.objects.values()), policy_revision(), len(changes())) == (rows, before, records)


def test_the_history_says_that_it_was_re_sealed_and_no_more(keys: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    rotated(keys)
    last = changes()[-1]
    assert (last.fields, last.reason) == ((), f"secret re-sealed with key {fingerprint(NEW)}, the password is the same")
    kept = json.dumps(list(history_of(PortalProfile).values()), default=str) + caplog.text
    for secret in (SECRET, stored().sealed_password, OLD, NEW):
        assert secret not in kept
    assert f"portal profile hq: secret re-sealed with key {fingerprint(NEW)}" in caplog.text


def test_a_profile_that_no_key_opens_is_disabled_aloud_and_others_are_served(
    keys: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    profile("lost")
    PortalProfile.objects.update(sealed_password=Fernet(LOST).encrypt(b"x").decode())
    assert rotated(keys, "hq") == {"hq": State.RESEALED, "lost": State.UNSEALABLE}
    assert (stored("lost").enabled, stored("hq").enabled) == (False, True)
    change = next(each for each in reversed(changes()) if each.name == "lost")
    assert change.reason == "disabled: no key in CREDENTIAL_KEYS opens its password"
    [error] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "portal profile lost is disabled" in error.getMessage()
    assert "Set the password again" in error.getMessage()
    assert unsealable() == ["lost"]


def test_one_that_is_disabled_already_is_told_and_not_touched(keys: Settings) -> None:
    profile("hq")
    profile("lost")
    PortalProfile.objects.filter(name="lost").update(sealed_password=Fernet(LOST).encrypt(b"x").decode(), enabled=False)
    records = len(changes())
    [_, row] = rotate().rows
    assert (row.state, row.is_disabled, len(changes())) == (State.UNSEALABLE, False, records)


def test_with_the_wrong_keys_altogether_nothing_is_disabled(keys: Settings) -> None:
    profile("hq")
    profile("branch")
    keys.CREDENTIAL_KEYS = [LOST]
    found = rotate()
    assert (found.stopped, found.ok, [row.state for row in found.rows]) == (True, False, [State.UNSEALABLE] * 2)
    assert PortalProfile.objects.filter(enabled=True).count() == 2


@pytest.mark.parametrize(("sealing_keys", "state"), [([NEW, OLD], State.CURRENT), ([OLD], State.CHANGED)])
def test_a_password_that_is_set_meanwhile_wins(
    keys: Settings, monkeypatch: pytest.MonkeyPatch, sealing_keys: list[str], state: State
) -> None:
    """Also by a worker that does not know the new key yet: its seal is left, and told."""

    def with_an_edit(sealed: str) -> str:
        keys.CREDENTIAL_KEYS = sealing_keys
        save_profile(stored(), password="set-meanwhile")
        keys.CREDENTIAL_KEYS = [NEW, OLD]
        return sealing.reseal(sealed)

    monkeypatch.setattr(rotation, "reseal", with_an_edit)
    assert rotated(keys) == {"hq": state}
    assert unseal(stored().sealed_password) == "set-meanwhile"


def test_one_that_is_removed_meanwhile_is_left(keys: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def removing(sealed: str) -> str:
        PortalProfile.objects.all().delete()
        return sealing.reseal(sealed)

    monkeypatch.setattr(rotation, "reseal", removing)
    assert rotated(keys) == {"hq": State.CHANGED}


def test_a_form_that_was_opened_before_does_not_bring_the_old_seal_back(keys: Settings) -> None:
    profile("hq")
    read_before = stored()
    keys.CREDENTIAL_KEYS = [NEW, OLD]
    rotate()
    read_before.port = 8443
    since = as_profile(save_profile(read_before)).revision
    assert (stored().port, rotate().rows[0].state) == (8443, State.CURRENT)
    assert stored().password_set_at == read_before.password_set_at
    assert since == as_profile(stored()).revision


def test_what_does_not_come_back_the_same_is_left(keys: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "reseal", lambda _: seal("something else"))
    assert rotated(keys, "a", "b") == {"a": State.DIFFERS, "b": State.DIFFERS}
    assert {unseal(stored(name).sealed_password) for name in ("a", "b")} == {SECRET}


def test_a_profile_without_a_password_is_good(keys: Settings) -> None:
    PortalProfile.objects.create(name="staged", host="portal.example.com", username="svc")
    found = rotate()
    assert (found.ok, found.rows[0].state, keys_in_use()) == (True, State.EMPTY, {})


def test_keys_are_counted_by_fingerprints(keys: Settings) -> None:
    rotated(keys, "a", "b")
    profile("c")
    PortalProfile.objects.filter(name="a").update(sealed_password=Fernet(LOST).encrypt(b"x").decode())
    PortalProfile.objects.filter(name="b").update(sealed_password=Fernet(OLD).encrypt(b"x").decode())
    assert keys_in_use() == {fingerprint(NEW): 1, fingerprint(OLD): 1, "none": 1}
    assert len({fingerprint(key) for key in (OLD, NEW, LOST)}) == 3


def test_profiles_hold_all_that_these_keys_seal() -> None:
    """A further column of secrets must be rotated too."""
    models: dict[str, type[GovernedModel]] = kinds()
    found: dict[str, Any] = {label: set(model.secrets) for label, model in models.items() if model.secrets}
    assert found == {"tools.portalprofile": {"sealed_password"}}
