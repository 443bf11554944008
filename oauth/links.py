"""One-use links: a signed random text, and the value that its digest finds; nothing of the text is kept.

The signature lets nonsense be refused without the database; the digest keeps a copy of the database from opening files.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from oauth.principal import Principal

if TYPE_CHECKING:
    from collections.abc import Mapping

RANDOM_BYTES, TIME_BYTES, SIGNATURE_BYTES = 20, 5, 16
LENGTH: Final = 55
"""Characters of a link's secret text: the three parts in base64url without padding."""


class LinkKind(StrEnum):
    """What a link does."""

    DOWNLOAD = "download"
    UPLOAD = "upload"


class BadLink(Exception):  # noqa: N818 - a state of what was presented
    """No link of this server, or one whose time is over (`expired`)."""

    def __init__(self, *, expired: bool) -> None:
        super().__init__("expired" if expired else "unknown")
        self.expired = expired


@dataclass(frozen=True, slots=True)
class FileLink:
    """What one link allows: one file of one caller, once, until `expires_at` (Unix seconds, never after the token's).

    `size` is in bytes: that of the file, or the one that was announced for it; None for an upload of any size.
    `decision` is that of the call which made the link.
    """

    kind: LinkKind
    principal: Principal
    decision: str
    tool: str
    portal: str
    tenant: str
    path: str
    size: int | None
    overwrite: bool
    expires_at: int

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.rpartition("/")[2]


class LinkSigner:
    """Makes and reads the secret texts of links; the key is shared by all workers of an installation."""

    def __init__(self, secret: str) -> None:
        self._key = hashlib.sha256(b"link:" + secret.encode()).digest()

    def issue(self, expires_at: int) -> tuple[str, str]:
        """A new secret text, to be told once, and its digest, to be kept."""
        head = secrets.token_bytes(RANDOM_BYTES) + expires_at.to_bytes(TIME_BYTES)
        text = base64.urlsafe_b64encode(head + self._signature(head)).rstrip(b"=").decode("ascii")
        return text, digest_of(text)

    def digest(self, text: str, at: float) -> str:
        """The digest of a text that was issued here and has not expired at Unix time `at`; raises `BadLink`."""
        if len(text) != LENGTH or not text.isascii():
            raise BadLink(expired=False)
        try:
            raw = base64.b64decode(text + "=", altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise BadLink(expired=False) from None
        head, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(head)):
            raise BadLink(expired=False)
        if at >= int.from_bytes(head[RANDOM_BYTES:]):
            raise BadLink(expired=True)
        return digest_of(text)

    def _signature(self, head: bytes) -> bytes:
        return hmac.digest(self._key, head, "sha256")[:SIGNATURE_BYTES]


def digest_of(text: str) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def as_claims(principal: Principal) -> dict[str, Any]:
    """A principal as JSON keeps it; the opposite of `as_principal`."""
    return {**asdict(principal), "scopes": sorted(principal.scopes)}


def as_principal(claims: Mapping[str, Any]) -> Principal:
    """The principal that was kept."""
    pairs = tuple((str(name), str(value)) for name, value in claims["claims"])
    return Principal(**{**claims, "scopes": frozenset(claims["scopes"]), "claims": pairs})
