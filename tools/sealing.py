"""Seals portal passwords for the database and unseals them for a login: the first key seals, all keys unseal."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from tools.conf import credential_keys


class Unsealable(Exception):  # noqa: N818 - a state of the row, named as operators read it
    """A sealed text that no key opens; the message says what to do and holds neither text nor key."""


@lru_cache(maxsize=16)
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
        raise Unsealable(
            "No key in CREDENTIAL_KEYS opens this password. Put its key behind the others, or enter the password again."
        ) from None


def fingerprint(key: str) -> str:
    """Eight hex digits by which a key is recognised; they tell nothing about it."""
    return hashlib.sha256(b"credential key\n" + key.encode()).hexdigest()[:8]


def first_key() -> str:
    """The fingerprint of the key that seals; raises `Unsealable` without any."""
    keys = credential_keys()
    _box(keys)
    return fingerprint(keys[0])


def sealed_by(sealed: str) -> str | None:
    """The fingerprint of the one key that opens this text; None where no key does."""
    for key in credential_keys():
        if _opened(sealed, (key,)) is not None:
            return fingerprint(key)
    return None


def reseal(sealed: str) -> str:
    """The same secret, sealed anew by the first key; raises `Unsealable` where no key opens it."""
    return seal(unseal(sealed))


def is_same_by_first_key(before: str, after: str) -> bool:
    """Whether the first key alone opens `after`, and to the same secret as any of the keys opens `before`."""
    return _opened(after, credential_keys()[:1]) == unseal(before).encode("utf-8")


def _opened(sealed: str, keys: tuple[str, ...]) -> bytes | None:
    try:
        return _box(keys).decrypt(sealed.encode("ascii"))
    except (InvalidToken, UnicodeError):
        return None
