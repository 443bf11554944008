"""Reads the access token of a request from its raw headers: none, one bearer token, or something malformed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

SECOND_TOKEN: Final = re.compile(rb",\s*bearer\b", re.IGNORECASE)
"""What joining two headers into one leaves behind."""


@dataclass(frozen=True, slots=True)
class NoToken:
    """The request carries no bearer token; another scheme counts as none."""


@dataclass(frozen=True, slots=True)
class BearerToken:
    """What stands behind the scheme, not verified; never shown."""

    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Malformed:
    """The request tries in more than one way: `invalid_request` (RFC 6750, section 3.1)."""

    reason: str


Presented = NoToken | BearerToken | Malformed


def bearer_token(headers: list[tuple[bytes, bytes]], query: bytes = b"") -> Presented:
    """What a request presents. A token in the query is never read; beside one in the header it makes two methods.

    Whether the text behind the scheme is a token at all is the verifier's to say.
    """
    found = [value for name, value in headers if name == b"authorization"]
    if len(found) > 1:
        return Malformed("two_authorization_headers")
    if not found:
        return NoToken()
    scheme, _, value = found[0].strip(b" ").partition(b" ")
    if scheme.lower() != b"bearer":
        return Malformed("two_tokens") if SECOND_TOKEN.search(found[0]) else NoToken()
    if not value.strip(b" \t"):
        return NoToken()
    if b"access_token=" in query:
        return Malformed("two_methods")
    if SECOND_TOKEN.search(value):
        return Malformed("two_tokens")
    return BearerToken(value.decode("latin-1"))
