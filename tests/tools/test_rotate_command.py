"""`manage.py rotate_credentials` tells each profile's state, and by its exit code whether the old key can go."""

from __future__ import annotations

import io
import json

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from pytest_django import Settings

from tools.models import PortalProfile
from tools.sealing import fingerprint
from tools.services import save_profile

pytestmark = pytest.mark.django_db
OLD, NEW, LOST = (Fernet.generate_key().decode() for _ in range(3))
SECRET = "portal-secret"


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, output and errors; neither ever holds a secret."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("rotate_credentials", *arguments, stdout=out, stderr=err)
        code = 0
    except SystemExit as ended:
        code = int(str(ended.code))
    for secret in (SECRET, OLD, NEW, LOST, "gAAAA"):
        assert secret not in out.getvalue() + err.getvalue()
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(autouse=True)
def two(settings: Settings) -> Settings:
    """`branch` and `hq`, sealed by the old key; the new one stands first."""
    settings.CREDENTIAL_KEYS = [OLD]
    for name in ("branch", "hq"):
        save_profile(PortalProfile(name=name, host="portal.example.com", username="svc"), password=SECRET)
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    return settings


def lose(name: str) -> None:
    PortalProfile.objects.filter(name=name).update(sealed_password=Fernet(LOST).encrypt(SECRET.encode()).decode())


def test_all_re_sealed_is_good_and_the_next_run_finds_it_so() -> None:
    end = f"The first key is {fingerprint(NEW)}; 2 profiles: 2"
    assert run() == (0, f"branch  re-sealed\nhq      re-sealed\n{end} re-sealed.\n", "")
    assert run() == (0, f"branch  already current\nhq      already current\n{end} already current.\n", "")


def test_a_dry_run_says_would() -> None:
    lose("branch")
    code, out, err = run("--dry-run")
    assert (code, out.splitlines()[:2]) == (
        1,
        ["branch  cannot be unsealed, would be disabled", "hq      would be re-sealed"],
    )
    assert "Nothing was changed." in out
    assert "Set the password again" in err
    assert PortalProfile.objects.filter(enabled=True).count() == 2


def test_one_that_is_lost_is_disabled_and_told_with_the_remedy() -> None:
    lose("branch")
    code, out, err = run()
    assert (code, out.splitlines()[0]) == (1, "branch  cannot be unsealed, disabled")
    assert "Set the password again in the portal profile and switch it on" in err


def test_a_key_that_was_removed_too_early_is_said_and_put_back_without_harm(two: Settings) -> None:
    two.CREDENTIAL_KEYS = [NEW]
    code, out, err = run()
    assert (code, "Nothing was changed." in out) == (1, True)
    assert "these are the wrong keys, or the one that sealed them was removed" in err
    two.CREDENTIAL_KEYS = [NEW, OLD]
    assert run()[0] == 0


def test_without_keys_it_is_misuse(two: Settings) -> None:
    two.CREDENTIAL_KEYS = []
    code, out, err = run()
    assert (code, out) == (2, "")
    assert "CREDENTIAL_KEYS is empty" in err


def test_json_tells_programs_what_became_of_each_profile() -> None:
    lose("branch")
    code, out, _ = run("--json")
    told = json.loads(out)
    assert (code, told["ok"], told["key"], told["dry_run"], told["stopped"]) == (
        1, False, fingerprint(NEW), False, False,
    )  # fmt: skip
    assert told["profiles"] == [
        {"profile": "branch", "state": "cannot be unsealed", "disabled": True},
        {"profile": "hq", "state": "re-sealed", "disabled": False},
    ]
    assert told["counts"]["re-sealed"] == 1
