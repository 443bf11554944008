"""A pasted token, check by check: what would be accepted, what would not, and why; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from oauth.diagnosis import Finding, State, bad, good
from oauth.keys import KeysUnavailable
from oauth.tokens import (
    ACCESS_TOKEN_MARKERS,
    ID_TOKEN_MARKERS,
    LEEWAY_SECONDS,
    MAX_LIFETIME_SECONDS,
    InvalidToken,
    TokenFault,
    scopes_of,
)

if TYPE_CHECKING:
    from oauth.principal import Principal
    from oauth.tokens import TokenVerifier

BEFORE_CLAIMS: Final[tuple[tuple[str, frozenset[TokenFault], str], ...]] = (
    (
        "form",
        frozenset({TokenFault.MALFORMED, TokenFault.TOO_LONG}),
        "Paste the access token itself: three parts with dots between them, nothing before or behind.",
    ),
    (
        "header",
        frozenset({TokenFault.ALGORITHM, TokenFault.HEADER, TokenFault.TYPE}),
        "This is not an access token of Scalekit: those say RS256, a key id and the type JWT.",
    ),
    (
        "key",
        frozenset({TokenFault.UNKNOWN_KEY}),
        "The token was signed by another environment, or its key was removed. Compare its issuer.",
    ),
    (
        "signature",
        frozenset({TokenFault.SIGNATURE}),
        "The token was changed after it was signed, or only part of it was pasted.",
    ),
)
SHOWN_CLAIMS: Final = (
    "iss", "sub", "aud", "client_id", "oid", "scope", "scopes", "iat", "nbf", "exp", "sid", "jti", "resid",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say to be for this server."""

    issuers: tuple[str, ...]
    resource_id: str


@dataclass(frozen=True, slots=True)
class TokenReport:
    """The checks, the claims worth showing (empty unless the signature is good), and the principal if accepted."""

    findings: list[Finding]
    claims: Mapping[str, str] = field(default_factory=dict)
    principal: Principal | None = None


async def examine_token(token: str, verifier: TokenVerifier, expected: Expected, *, now: float) -> TokenReport:
    """Tick or cross each check; the last word is the door's own verifier. Never raises for what the token is."""
    try:
        claims = await verifier.unverified_claims(token)
    except InvalidToken as fault:
        return TokenReport(list(_up_to(fault.reason)))
    except KeysUnavailable:
        remedy = "The signing keys cannot be had at the moment; callers get 503. See the check of the signing keys."
        return TokenReport([bad("key", "no signing keys", remedy)])
    findings = [good(check, "good") for check, _, _ in BEFORE_CLAIMS]
    findings += ClaimChecks(claims, expected, now).findings()
    try:
        principal = await verifier.verify(token)
    except (InvalidToken, KeysUnavailable) as refused:
        reason = refused.reason.value if isinstance(refused, InvalidToken) else "no signing keys"
        remedy = "See the crosses above; a token is refused by the first."
        return TokenReport([*findings, bad("the door", f"refused: {reason}", remedy)], _shown(claims))
    findings.append(good("scopes", " ".join(sorted(principal.scopes)) or "none"))
    return TokenReport([*findings, good("the door", "accepted")], _shown(claims), principal)


def _up_to(reason: TokenFault) -> Iterator[Finding]:
    for check, faults, remedy in BEFORE_CLAIMS:
        if reason in faults:
            yield bad(check, reason.value, remedy)
            return
        yield good(check, "good")


@dataclass(frozen=True, slots=True)
class ClaimChecks:
    """The checks of signed claims, each by itself; the door stops at the first, an operator wants to see all."""

    claims: Mapping[str, Any]
    expected: Expected
    now: float

    def findings(self) -> list[Finding]:
        """All of them."""
        claims = self.claims
        begins = "nbf" if "nbf" in claims else "iat"
        in_time, begun = self.now - LEEWAY_SECONDS, self.now + LEEWAY_SECONDS
        return [
            self._issuer(),
            self._audience(),
            _time("expiry", claims, "exp", lambda at: in_time < at, "The token has expired; get a new one."),
            _time("not before", claims, begins, lambda at: at <= begun, "From the future; synchronise the clocks."),
            self._lifetime(),
            self._kind(),
            self._subject(),
        ]

    def _issuer(self) -> Finding:
        found = self.claims.get("iss")
        if found in self.expected.issuers:
            return good("issuer", str(found))
        remedy = f"Must be exactly {' or '.join(self.expected.issuers)}; correct SCALEKIT_ENVIRONMENT_URL."
        return bad("issuer", str(found), remedy)

    def _audience(self) -> Finding:
        found, wanted = self.claims.get("aud"), self.expected.resource_id
        listed = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        if wanted in listed:
            return good("audience", wanted)
        remedy = f"Must hold {wanted}; the token is for another server, or SCALEKIT_RESOURCE_ID is wrong."
        return bad("audience", ", ".join(map(str, listed)) or "none", remedy)

    def _lifetime(self) -> Finding:
        issued, expires = self.claims.get("iat"), self.claims.get("exp")
        if type(issued) is int and type(expires) is int and 0 < expires - issued <= MAX_LIFETIME_SECONDS:
            return good("lifetime", f"{expires - issued} s")
        remedy = f"At most {MAX_LIFETIME_SECONDS} s are accepted; shorten it in Scalekit."
        return bad("lifetime", "out of bounds", remedy)

    def _kind(self) -> Finding:
        marks = [name for name in ID_TOKEN_MARKERS if name in self.claims]
        if not any(name in self.claims for name in ACCESS_TOKEN_MARKERS):
            marks.append("none of " + ", ".join(ACCESS_TOKEN_MARKERS))
        if not marks:
            return good("kind", "access token")
        remedy = "This is an ID or session token; clients must send the access token."
        return bad("kind", f"holds {', '.join(marks)}", remedy)

    def _subject(self) -> Finding:
        found = self.claims.get("sub")
        if isinstance(found, str) and found:
            return good("subject", found)
        return bad("subject", "none", "A token without a subject names nobody.")


def _time(check: str, claims: Mapping[str, Any], name: str, holds: Callable[[int], bool], remedy: str) -> Finding:
    value = claims.get(name)
    if type(value) is not int or not 0 <= value < 1 << 40:
        return bad(check, f"{name} is {type(value).__name__}", "Times are whole seconds; this is not Scalekit's token.")
    return good(check, moment(value)) if holds(value) else bad(check, moment(value), remedy)


def moment(seconds: int) -> str:
    """A time claim as people read it."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{seconds} (out of range)"


def _shown(claims: Mapping[str, Any]) -> dict[str, str]:
    shown = {name: str(claims[name])[:300] for name in SHOWN_CLAIMS if name in claims}
    return {**shown, "scopes": " ".join(sorted(scopes_of(dict(claims))))}


def verdict(findings: Sequence[Finding]) -> State:
    """The worst of them."""
    for state in (State.FAILED, State.WARNING):
        if any(finding.state is state for finding in findings):
            return state
    return State.OK
