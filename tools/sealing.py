"""Seals portal passwords for the database and unseals them for a login: the first key seals, all keys unseal."""

from __future__ import annotations

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from tools.conf import credential_keys


class Unsealable(Exception):  # noqa: N818 - a state of the row, named as operators read it
    """A sealed text that no key opens; the message says what to do and holds neither text nor key."""


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise Unsealable("CREDENTIAL_KEYS is empty: set it before storing or using a password.")
    return MultiFernet([Fernet(key) for key in keys])


def seal(text: str) -> str:
    """Encrypt `text` with the first key; two seals of one text differ."""
    return _box(credential_keys()).encrypt(text.encode("utf-8")).decode("ascii")


def unseal(sealed: str) -> str:
    """Decrypt what `seal` made with any of the keys; raises `Unsealable`."""
    if not sealed:
        raise Unsealable("No password is set: enter it in the portal profile.")
    try:
        return _box(credential_keys()).decrypt(sealed.encode("ascii")).decode("utf-8")
    except (InvalidToken, UnicodeError):
        # from None: the chained exception would carry the sealed text in its frames' locals
        raise Unsealable("No key in CREDENTIAL_KEYS opens this password: add its key, or enter it again.") from None
