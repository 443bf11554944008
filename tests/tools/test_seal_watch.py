"""A worker says once which profiles it cannot open, writes nothing, and `manage.py check` names them."""

from __future__ import annotations

import io
import logging

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection
from pytest_django import Settings

from tools.checks import check_seals
from tools.models import PortalProfile
from tools.profile import Profile
from tools.seal_watch import SealWatch
from tools.sealing import seal
from tools.services import as_profile, save_profile

pytestmark = pytest.mark.django_db
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def profiles(settings: Settings) -> list[Profile]:
    """`hq` is sealed by the old key, `branch` by the new one."""
    for name, key in (("hq", OLD), ("branch", NEW)):
        settings.CREDENTIAL_KEYS = [key]
        save_profile(PortalProfile(name=name, host="portal.example.com", username="svc"), password="portal-secret")
    return [as_profile(row) for row in PortalProfile.objects.all()]


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[int, str]]:
    found = [(record.levelno, record.getMessage()) for record in caplog.records if "seal_watch" in record.name]
    caplog.clear()
    return found


def test_a_lost_seal_is_said_once_with_its_remedy_and_again_when_it_is_another(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    found, watch = profiles(settings), SealWatch()
    watch.look(found)
    [(level, words)] = said(caplog)
    assert level == logging.ERROR
    assert words.startswith("this worker refuses portal profile hq: no key in CREDENTIAL_KEYS opens its password.")
    assert "set the password again" in words
    assert watch.lost == {"hq"}
    watch.look(found)
    assert said(caplog) == []
    save_profile(PortalProfile.objects.get(name="hq"), password="portal-secret")
    watch.look(as_profile(row) for row in PortalProfile.objects.all())
    assert (said(caplog), watch.lost) == ([(logging.INFO, "portal profile hq can be opened again")], frozenset())


def test_disabled_profiles_and_those_without_a_password_are_no_news(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    profiles(settings)
    PortalProfile.objects.filter(name="hq").update(enabled=False)
    PortalProfile.objects.filter(name="branch").update(sealed_password="")
    SealWatch().look(as_profile(row) for row in PortalProfile.objects.all())
    assert said(caplog) == []


def test_a_worker_with_wrong_keys_disables_nothing(settings: Settings) -> None:
    found = profiles(settings)
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    SealWatch().look(found)
    assert PortalProfile.objects.filter(enabled=True).count() == 2


def test_check_names_each_such_profile_with_the_remedy(settings: Settings) -> None:
    profiles(settings)
    told = io.StringIO()
    call_command("check", stderr=told)
    assert "(tools.W001) No key in CREDENTIAL_KEYS opens the password of portal profile hq." in told.getvalue()
    assert "HINT: Set the password again" in told.getvalue()
    assert "branch" not in told.getvalue()


def test_check_says_nothing_where_all_is_well_or_nothing_can_be_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert check_seals() == []
    profiles(settings)
    monkeypatch.setitem(connection.settings_dict, "NAME", "/nowhere/db.sqlite3")
    if connection.vendor == "sqlite":
        assert check_seals() == [], "asking would make the file"


def test_check_leaves_missing_keys_to_the_check_of_the_environment(settings: Settings) -> None:
    settings.CREDENTIAL_KEYS = [OLD]
    PortalProfile.objects.create(
        name="hq", host="portal.example.com", username="svc", sealed_password=seal("portal-secret")
    )
    settings.CREDENTIAL_KEYS = []
    assert len(check_seals()) == 1, "no key opens it"
