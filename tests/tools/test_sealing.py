"""Passwords are sealed by the first key, unsealed by any, and nothing that fails says what they are."""

from __future__ import annotations

import traceback

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from tools.sealing import Unsealable, seal, unseal

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_comes_back_unchanged(text: str) -> None:
    assert unseal(seal(text)) == text


def test_the_sealed_text_does_not_hold_the_password_and_differs_each_time() -> None:
    assert "portal-secret" not in seal("portal-secret")
    assert seal("portal-secret") != seal("portal-secret")


def test_a_new_first_key_seals_while_older_keys_still_unseal(settings: Settings) -> None:
    settings.CREDENTIAL_KEYS = [OLD]
    sealed = seal("portal-secret")
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    assert unseal(sealed) == "portal-secret"
    resealed = seal("portal-secret")
    settings.CREDENTIAL_KEYS = [NEW]
    assert unseal(resealed) == "portal-secret"


def test_a_lost_key_is_said_with_its_remedy(settings: Settings) -> None:
    settings.CREDENTIAL_KEYS = [OLD]
    sealed = seal("portal-secret")
    settings.CREDENTIAL_KEYS = [OTHER]
    with pytest.raises(Unsealable, match="No key in CREDENTIAL_KEYS opens this password") as refused:
        unseal(sealed)
    shown = "".join(traceback.format_exception(refused.value))
    assert sealed not in shown
    assert OTHER not in shown


@pytest.mark.parametrize("damaged", ["gAAAAA", "not base64 at all", "ü", "portal-secret"])
def test_a_damaged_text_is_refused_and_not_repeated(damaged: str) -> None:
    with pytest.raises(Unsealable) as refused:
        unseal(damaged)
    assert damaged not in str(refused.value)


def test_an_empty_field_says_that_no_password_is_set() -> None:
    with pytest.raises(Unsealable, match="No password is set"):
        unseal("")


def test_without_keys_nothing_is_sealed(settings: Settings) -> None:
    settings.CREDENTIAL_KEYS = []
    with pytest.raises(Unsealable, match="CREDENTIAL_KEYS is empty"):
        seal("portal-secret")
