"""The admin says which key, by fingerprint, seals how many passwords, and is loud about those that none opens."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import Group, User
from django.test import Client
from pytest_django import Settings

from tools.models import PortalProfile
from tools.rotation import rotate
from tools.sealing import fingerprint
from tools.services import save_profile

pytestmark = pytest.mark.django_db
LIST = "/admin/tools/portalprofile/"
OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))
ALARM = "No key in CREDENTIAL_KEYS opens the password of"


@pytest.fixture(autouse=True)
def hq(settings: Settings) -> PortalProfile:
    settings.CREDENTIAL_KEYS = [OLD]
    row = save_profile(PortalProfile(name="hq", host="portal.example.com", username="svc"), password="portal-secret")
    save_profile(PortalProfile(name="branch", host="portal.example.com", username="svc"), password="portal-secret")
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    return row


@pytest.fixture(params=["Viewer", "Operator"])
def page(request: pytest.FixtureRequest, client: Client) -> Client:
    account = User.objects.create_user("viktor", is_staff=True)
    account.groups.set(Group.objects.filter(name=request.param))
    client.force_login(account, "django.contrib.auth.backends.ModelBackend")
    return client


def shown(client: Client, address: str = LIST) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    for secret in (OLD, NEW, LOST, "gAAAA", "portal-secret"):
        assert secret not in text
    return text


def test_the_list_says_which_key_seals_how_many_and_what_to_do_with_older_ones(page: Client) -> None:
    before = shown(page)
    first, old = f"key {fingerprint(NEW)}, the first of CREDENTIAL_KEYS", f"key {fingerprint(OLD)}, an older one"
    assert f"Passwords are sealed by {first} (0); by {old} (2). To seal them with the first: manage.py rotate" in before
    rotate()
    after = shown(page)
    assert f"Passwords are sealed by {first} (2)." in after
    assert ALARM not in before + after


def test_a_lost_password_is_an_alarm_with_its_remedy_in_the_list_and_in_the_form(
    page: Client, hq: PortalProfile
) -> None:
    PortalProfile.objects.filter(name="hq").update(sealed_password=Fernet(LOST).encrypt(b"x").decode())
    rotate()
    text = shown(page)
    assert f"{ALARM}: hq. Calls on them fail." in text
    assert "Set the password again in the portal profile and switch it on" in text
    assert "cannot be unsealed: set it again" in text
    assert "a key that is not there (1)" in text
    form = shown(page, f"{LIST}{hq.pk}/change/")
    assert f"{ALARM} this profile" in form
    assert "Set the password again" in form
    history = shown(page, f"{LIST}{hq.pk}/history/")
    assert "disabled: no key in CREDENTIAL_KEYS opens its password" in history


def test_the_history_page_tells_of_a_new_seal_and_shows_none(page: Client, hq: PortalProfile) -> None:
    rotate()
    assert f"secret re-sealed with key {fingerprint(NEW)}" in shown(page, f"{LIST}{hq.pk}/history/")


def test_without_any_key_the_list_says_so(page: Client, settings: Settings) -> None:
    settings.CREDENTIAL_KEYS = []
    assert "CREDENTIAL_KEYS is empty" in shown(page)


def test_of_many_lost_passwords_ten_are_named_and_the_others_counted(page: Client) -> None:
    lost = Fernet(LOST).encrypt(b"x").decode()
    PortalProfile.objects.bulk_create(
        PortalProfile(name=f"p{number:02}", host="h.example", username="svc", sealed_password=lost)
        for number in range(13)
    )
    text = shown(page)
    assert f"{ALARM}: p00, p01" in text
    assert "p09 and 3 more. Calls" in text
