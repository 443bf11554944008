"""Reads the access token of a request from its raw headers: none, one bearer token, or something malformed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes

SECOND_TOKEN: Final = re.compile(rb",\s*bearer\b", re.IGNORECASE)
"""What joining two headers into one leaves behind."""

BEARER: Final = re.compile(rb"bearer(?=[ \t]|$)", re.IGNORECASE)
WHITE: Final = b" \t"


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

    Whether the text behind the scheme is a token at all is the verifier's to say: all but the one space that belongs
    between them is handed on, so that a tab or a second space makes no token.
    """
    found = [value for name, value in headers if name == b"authorization"]
    if len(found) > 1:
        return Malformed("two_authorization_headers")
    if not found:
        return NoToken()
    credentials = found[0].strip(WHITE)
    scheme = BEARER.match(credentials)
    if scheme is None:
        return Malformed("two_tokens") if SECOND_TOKEN.search(credentials) else NoToken()
    rest = credentials[scheme.end() :]
    if not rest:
        return NoToken()
    if query and _is_method(query):
        return Malformed("two_methods")
    if b"," in rest and SECOND_TOKEN.search(rest):
        return Malformed("two_tokens")
    return BearerToken(rest.removeprefix(b" ").decode("latin-1"))


def _is_method(query: bytes) -> bool:
    """Whether a query brings an access token along, however its name is spelled (RFC 6750, section 2.3)."""
    names = (field.partition(b"=")[0].replace(b"+", b" ") for field in query.split(b"&"))
    return any(unquote_to_bytes(name) == b"access_token" for name in names)
