"""Verifies an access token that an operator pasted: by the rules of the door, and kept nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from oauth.conf import access_tokens
from oauth.keys import KeysUnavailable, SigningKeys
from oauth.tokens import InvalidToken, TokenFault, TokenVerifier

if TYPE_CHECKING:
    from oauth.principal import Principal

MOST_SECONDS: Final = 6.0
SENTENCES: Final[Mapping[TokenFault, str]] = {
    TokenFault.MALFORMED: "This is not an access token: three parts of letters, digits, - and _ are expected.",
    TokenFault.TOO_LONG: "The token is longer than any that the door takes.",
    TokenFault.ALGORITHM: "The token is not signed with RS256.",
    TokenFault.HEADER: "The token's header holds what no access token of Scalekit holds.",
    TokenFault.TYPE: "The token says in its header that it is no access token.",
    TokenFault.UNKNOWN_KEY: "The token is signed with a key that the Scalekit environment does not publish.",
    TokenFault.SIGNATURE: "The signature is wrong: the token was changed, or is cut off.",
    TokenFault.ISSUER: "The token comes from another environment than SCALEKIT_ENVIRONMENT_URL.",
    TokenFault.AUDIENCE: "The token is for another server: its audience lacks SCALEKIT_RESOURCE_ID.",
    TokenFault.EXPIRED: "The token has expired. Paste a fresh one.",
    TokenFault.NOT_YET: "The token is not valid yet; compare the clocks.",
    TokenFault.CLAIMS: "A claim that the door needs is missing or malformed.",
    TokenFault.LIFETIME: "The token lives longer than the door allows.",
    TokenFault.NOT_ACCESS_TOKEN: "This is an id token or a session token, not an access token.",
}
KEYS_LACK: Final = (
    "The signing keys of the Scalekit environment cannot be read now, so the token cannot be verified. "
    "Check SCALEKIT_ENVIRONMENT_URL and the network, or give scopes and subject instead."
)


class TokenRefused(Exception):  # noqa: N818 - a state of the token
    """The door would not take the token, or nobody can say; the text tells an operator why, never the token."""


def principal_of(token: str, claims: frozenset[str] = frozenset()) -> Principal:
    """The caller of a token that verifies now, with those further `claims` of it; raises `TokenRefused`.

    For Django's synchronous views: the keys are fetched in an event loop of this call, since those of the worker
    belong to the loop of the door. Nothing of it outlives the call.
    """
    try:
        return asyncio.run(_verified(token, claims))
    except InvalidToken as fault:
        raise TokenRefused(f"The door refuses this token. {SENTENCES[fault.reason]}") from None
    except (KeysUnavailable, TimeoutError):
        raise TokenRefused(KEYS_LACK) from None


async def _verified(token: str, wanted: frozenset[str]) -> Principal:
    rules = access_tokens()
    keys = SigningKeys(f"{rules.environment_url}/keys")
    try:
        async with asyncio.timeout(MOST_SECONDS):
            verifier = TokenVerifier(keys, rules.environment_url, rules.resource_id)
            verifier.keep(wanted)
            return await verifier.verify(token)
    finally:
        await keys.close()
