"""The doctor for people: gathers what is configured, runs every check, and examines pasted tokens."""

from __future__ import annotations

import asyncio
import time

from oauth.conf import access_tokens
from oauth.diagnosis import Finding
from oauth.doctor import Subject, examine
from oauth.keys import SigningKeys
from oauth.selectors import scopes_in_use
from oauth.token_report import Expected, TokenReport, examine_token
from oauth.tokens import TokenVerifier


def diagnose() -> list[Finding]:
    """Every check of the Scalekit environment and of our own discovery; takes some seconds when nothing answers."""
    facts = access_tokens()
    return asyncio.run(examine(Subject(facts.environment_url, facts.resource_id, facts.public_url, scopes_in_use())))


def diagnose_token(token: str) -> TokenReport:
    """Examine a token as the door would; nothing of it is stored or logged."""
    return asyncio.run(_examined(token))


async def _examined(token: str) -> TokenReport:
    facts = access_tokens()
    keys = SigningKeys(f"{facts.environment_url}/keys")
    try:
        verifier = TokenVerifier(keys, facts.environment_url, facts.resource_id)
        expected = Expected((facts.environment_url, facts.issuer), facts.resource_id)
        return await examine_token(token, verifier, expected, now=time.time())
    finally:
        await keys.close()
