"""A second opinion on which signed tokens are valid, written from the rules and not from the verifier."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

NAMES = ("oid", "client_id", "sid", "jti", "sub")
OTHER_TOKENS = {"at_hash", "c_hash", "s_hash", "nonce", "login_hint", "token_type"}
OF_ACCESS_TOKENS = {"client_id", "jti", "scope", "scopes"}
MEANING_CHANGERS = {"crit", "cty", "zip", "b64", "enc"}
LEEWAY, DAY, EDGE = 30, 86_400, 8
"""Seconds; within `EDGE` of a moment that decides, either answer is right."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Whom a token must be from and for, and the one key there is."""

    issuer: str
    resource_id: str
    kid: str


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("twice")
    return dict(pairs)


def read(data: bytes) -> dict[str, Any] | None:
    """The one object in UTF-8, or None."""
    try:
        found = json.loads(data.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def valid(header: bytes, payload: bytes, expected: Expected, now: float) -> bool | None:
    """Whether a correctly signed token of these two parts opens the door; None where the clock decides either way."""
    head, claims = read(header), read(payload)
    if head is None or claims is None:
        return False
    good = all((_header(head, expected), _origin(claims, expected), _kind(claims), _texts(claims), _scopes(claims)))
    return _times(claims, now) if good else False


def _header(head: dict[str, Any], expected: Expected) -> bool:
    kind = head.get("typ", "JWT")
    return (
        head.get("alg") == "RS256"
        and head.get("kid") == expected.kid
        and isinstance(kind, str)
        and kind.lower() in {"jwt", "at+jwt", "application/at+jwt"}
        and not MEANING_CHANGERS & head.keys()
    )


def _origin(claims: dict[str, Any], expected: Expected) -> bool:
    audience = claims.get("aud")
    listed = [audience] if isinstance(audience, str) else audience
    return (
        claims.get("iss") in ([expected.issuer, f"{expected.issuer}/resources/{expected.resource_id}"])
        and isinstance(listed, list)
        and all(isinstance(each, str) for each in listed)
        and expected.resource_id in listed
        and claims.get("resid", expected.resource_id) == expected.resource_id
    )


def _kind(claims: dict[str, Any]) -> bool:
    return not OTHER_TOKENS & claims.keys() and bool(OF_ACCESS_TOKENS & claims.keys())


def _texts(claims: dict[str, Any]) -> bool:
    for name in NAMES:
        found = claims.get(name)
        if found is None and (name not in claims or name not in {"sub", "jti"}):
            continue
        if not isinstance(found, str) or len(found) > (2048 if name == "client_id" else 255):
            return False
        if any(ord(each) < 32 or 127 <= ord(each) < 160 or 0xD800 <= ord(each) < 0xE000 for each in found):
            return False
    return bool(claims.get("sub"))


def _scopes(claims: dict[str, Any]) -> bool:
    text, listed = claims.get("scope"), claims.get("scopes")
    found = set(text.split(" ")) if isinstance(text, str) else set()
    if isinstance(listed, list) and all(isinstance(each, str) for each in listed):
        found |= set(listed)
    return len(found) <= 1000


def _times(claims: dict[str, Any], now: float) -> bool | None:
    moments = [claims[name] for name in ("exp", "iat", "nbf") if name in claims]
    if (
        "exp" not in claims
        or "iat" not in claims
        or not all(type(each) is int and 0 <= each < 2**40 for each in moments)
    ):
        return False
    begins = max([claims["iat"], claims.get("nbf", 0)])
    if not 0 < claims["exp"] - claims["iat"] <= DAY:
        return False
    left = min(claims["exp"] + LEEWAY - now, now + LEEWAY - begins)
    return None if abs(left) < EDGE else left > 0
