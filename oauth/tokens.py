"""Bearer string to Principal, or InvalidToken with a reason; every check is spelled out (docs/conformance.md)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import jwt

from oauth.keys import SigningKeys
from oauth.metadata import issuer_of
from oauth.names import SCOPE_TOKEN
from oauth.principal import Principal
from tools.identity_rules import kept_claims

LEEWAY_SECONDS: Final = 30
MAX_LIFETIME_SECONDS: Final = 86_400
MOST_CHARACTERS: Final = 16 * 1024
MOST_KID: Final = 256
MOST_SUBJECT: Final = 255
MOST_CLIENT: Final = 2048
MOST_SCOPES: Final = 1_000
CACHED: Final = 4096
COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
UNSTORABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Controls and lone surrogates: no database keeps them all, and a terminal may obey them."""
TYPES: Final = frozenset({"jwt", "at+jwt", "application/at+jwt"})
ID_TOKEN_MARKERS: Final = ("at_hash", "c_hash", "s_hash", "nonce", "login_hint", "token_type")
"""Claims of the other JWTs that the same keys sign: id tokens, login and session tokens of Scalekit."""
ACCESS_TOKEN_MARKERS: Final = ("client_id", "jti", "scope", "scopes")
"""Claims of which every access token that Scalekit documents has at least one, and no id token any."""


class TokenFault(StrEnum):
    """Why a token was refused; logged and counted, never told."""

    MALFORMED = "malformed"
    TOO_LONG = "too_long"
    ALGORITHM = "algorithm"
    HEADER = "header"
    TYPE = "type"
    UNKNOWN_KEY = "unknown_key"
    SIGNATURE = "signature"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    CLAIMS = "claims"
    LIFETIME = "lifetime"
    NOT_ACCESS_TOKEN = "not_access_token"  # noqa: S105 - a reason, not a secret


class InvalidToken(Exception):  # noqa: N818 - the protocol's own word
    """The token is refused; holds the reason, never the token."""

    def __init__(self, reason: TokenFault) -> None:
        super().__init__(reason.value)
        self.reason = reason


FAULTS: Final[tuple[tuple[type[Exception], TokenFault], ...]] = (
    (jwt.ExpiredSignatureError, TokenFault.EXPIRED),
    (jwt.ImmatureSignatureError, TokenFault.NOT_YET),
    (jwt.InvalidAudienceError, TokenFault.AUDIENCE),
    (jwt.InvalidIssuerError, TokenFault.ISSUER),
    (jwt.InvalidSignatureError, TokenFault.SIGNATURE),
    (jwt.MissingRequiredClaimError, TokenFault.CLAIMS),
    (jwt.InvalidIssuedAtError, TokenFault.NOT_YET),
    (jwt.InvalidAlgorithmError, TokenFault.ALGORITHM),
)


@dataclass(frozen=True, slots=True)
class _Verified:
    principal: Principal
    kid: str


class TokenVerifier:
    """Verifies access tokens of one resource of one environment; times are in seconds."""

    def __init__(  # noqa: PLR0913 - the bounds that tests shorten
        self,
        keys: SigningKeys,
        environment_url: str,
        resource_id: str,
        *,
        leeway: int = LEEWAY_SECONDS,
        max_lifetime: int = MAX_LIFETIME_SECONDS,
        cache_size: int = CACHED,
        now: Callable[[], float] = time.time,
    ) -> None:
        if not environment_url or not resource_id:
            raise ValueError("an issuer and an audience are needed; without them nothing could be refused")
        self._keys = keys
        self._environment = environment_url
        self._resource_id = resource_id
        self._issuers = [environment_url, issuer_of(environment_url, resource_id)]
        self._leeway, self._max_lifetime, self._cache_size = leeway, max_lifetime, cache_size
        self._now = now
        self._cache: OrderedDict[bytes, _Verified] = OrderedDict()
        self._generation = -1
        self.hits = self.misses = 0
        self.verified: Counter[str] = Counter()
        """Tokens found good, by the form of their issuer: `environment` or `resource` (`/resources/<id>` below it)."""
        self._kept: frozenset[str] = frozenset()

    def keep(self, claims: frozenset[str]) -> None:
        """From now on keep these claims of tokens, and no others; what was remembered without them is forgotten."""
        if claims != self._kept:
            self._kept = claims
            self._cache.clear()

    def cached(self, token: str) -> Principal | None:
        """The principal of a token verified before, if it is still valid and its key still known."""
        found = self._remembered(token)
        if found is None:
            self.misses += 1
        else:
            self.hits += 1
        return found

    def _remembered(self, token: str) -> Principal | None:
        if self._generation != self._keys.generation:
            self._cache.clear()
            self._generation = self._keys.generation
            return None
        digest = _digest(token)
        found = self._cache.get(digest)
        if found is None or self._keys.peek(found.kid) is None:
            return None
        if found.principal.expires_at <= self._now():
            del self._cache[digest]
            return None
        return found.principal

    @property
    def remembered(self) -> int:
        """How many tokens are remembered, for metrics; never more than the cache's size."""
        return len(self._cache)

    async def verify(self, token: str) -> Principal:
        """Verify; raises `InvalidToken`, or `KeysUnavailable` when no key can be had."""
        kid, key = await self._key(token)
        _segment(token.split(".")[1])
        claims = self._claims(token, key)
        principal = self._principal(claims)
        self.verified["environment" if claims["iss"] == self._environment else "resource"] += 1
        self._remember(token, _Verified(principal, kid))
        return principal

    async def unverified_claims(self, token: str) -> dict[str, Any]:
        """The claims of a token whose signature is good and whose claims nobody has looked at: for diagnosis alone.

        Raises as `verify`.
        """
        _, key = await self._key(token)
        claims = _segment(token.split(".")[1])
        try:
            jwt.PyJWS().decode(token, key, algorithms=["RS256"])
        except jwt.PyJWTError:
            raise InvalidToken(TokenFault.SIGNATURE) from None
        return claims

    async def _key(self, token: str) -> tuple[str, Any]:
        """The id and the key that must have signed a well-formed token."""
        if len(token) > MOST_CHARACTERS:
            raise InvalidToken(TokenFault.TOO_LONG)
        if not COMPACT.fullmatch(token):
            raise InvalidToken(TokenFault.MALFORMED)
        kid = checked_header(_segment(token.split(".", 1)[0]))
        for segment in token.split("."):
            if _encode(_decode(segment)) != segment:
                raise InvalidToken(TokenFault.MALFORMED)
        key = await self._keys.find(kid)
        if key is None:
            raise InvalidToken(TokenFault.UNKNOWN_KEY)
        return kid, key

    def _claims(self, token: str, key: Any) -> dict[str, Any]:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=[self._resource_id],
                issuer=self._issuers,
                leeway=self._leeway,
                options={
                    "verify_signature": True,
                    "verify_exp": True,
                    "verify_nbf": True,
                    "verify_iat": True,
                    "verify_aud": True,
                    "verify_iss": True,
                    "verify_sub": True,
                    "verify_jti": True,
                    "require": ["exp", "iat", "iss", "aud", "sub"],
                },
            )
        except jwt.PyJWTError as fault:
            reason = next((reason for kind, reason in FAULTS if isinstance(fault, kind)), TokenFault.MALFORMED)
            raise InvalidToken(reason) from None
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise InvalidToken(TokenFault.MALFORMED) from None

    def _principal(self, claims: dict[str, Any]) -> Principal:
        if any(marker in claims for marker in ID_TOKEN_MARKERS) or not any(
            marker in claims for marker in ACCESS_TOKEN_MARKERS
        ):
            raise InvalidToken(TokenFault.NOT_ACCESS_TOKEN)
        issued, expires = (_moment(claims[name]) for name in ("iat", "exp"))
        if "nbf" in claims:
            _moment(claims["nbf"])
        if not 0 < expires - issued <= self._max_lifetime:
            raise InvalidToken(TokenFault.LIFETIME)
        if "resid" in claims and claims["resid"] != self._resource_id:
            raise InvalidToken(TokenFault.AUDIENCE)
        return Principal(
            issuer=self._environment,
            subject=_text(claims, "sub", MOST_SUBJECT, required=True),
            client=_text(claims, "client_id", MOST_CLIENT),
            organization=_text(claims, "oid", MOST_SUBJECT),
            scopes=scopes_of(claims),
            expires_at=expires,
            session_id=_text(claims, "sid", MOST_SUBJECT),
            token_id=_text(claims, "jti", MOST_SUBJECT),
            claims=kept_claims(claims, self._kept),
        )

    def _remember(self, token: str, verified: _Verified) -> None:
        if self._generation != self._keys.generation:
            self._cache.clear()
            self._generation = self._keys.generation
        self._cache[_digest(token)] = verified
        if len(self._cache) > self._cache_size:
            self._cache.popitem(last=False)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("latin-1", "replace")).digest()


def _decode(segment: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    except (binascii.Error, ValueError):
        raise InvalidToken(TokenFault.MALFORMED) from None


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _segment(segment: str) -> dict[str, Any]:
    """A JSON object in UTF-8 with each name once (RFC 8725, section 3.7; RFC 7519, section 4)."""
    try:
        found = json.loads(_decode(segment).decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise InvalidToken(TokenFault.MALFORMED) from None
    if not isinstance(found, dict):
        raise InvalidToken(TokenFault.MALFORMED)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name appears twice")
    return found


def checked_header(header: dict[str, Any]) -> str:
    """The key id of an acceptable header; keys and addresses that a header brings along are never looked at."""
    if header.get("alg") != "RS256":
        raise InvalidToken(TokenFault.ALGORITHM)
    if any(name in header for name in ("crit", "cty", "zip", "b64", "enc")):
        raise InvalidToken(TokenFault.HEADER)
    kind = header.get("typ", "JWT")
    if not isinstance(kind, str) or kind.lower() not in TYPES:
        raise InvalidToken(TokenFault.TYPE)
    kid = header.get("kid")
    if not isinstance(kid, str) or not 0 < len(kid) <= MOST_KID:
        raise InvalidToken(TokenFault.HEADER)
    return kid


def _moment(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 40:
        raise InvalidToken(TokenFault.CLAIMS)
    return value


def _text(claims: dict[str, Any], name: str, longest: int, *, required: bool = False) -> str:
    value = claims.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or len(value) > longest or (required and not value):
        raise InvalidToken(TokenFault.CLAIMS)
    if UNSTORABLE.search(value):
        raise InvalidToken(TokenFault.CLAIMS)
    return value


def scopes_of(claims: dict[str, Any]) -> frozenset[str]:
    """The union of `scope` (string) and `scopes` (list), as far as they are well formed; else none of that claim."""
    text, listed = claims.get("scope"), claims.get("scopes")
    found: set[str] = set(text.split(" ")) if isinstance(text, str) else set()
    if isinstance(listed, list) and all(isinstance(each, str) for each in listed):
        found |= set(listed)
    if len(found) > MOST_SCOPES:
        raise InvalidToken(TokenFault.CLAIMS)
    return frozenset(scope for scope in found if SCOPE_TOKEN.fullmatch(scope))
