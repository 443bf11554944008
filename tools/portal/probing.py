"""Looks at a portal once, the way of the profile's account: connect, TLS, login, one question, logout."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from tools.errors import CallTimeout, ErrorCode, ToolError
from tools.health import Found
from tools.portal.client import open_session
from tools.portal.failures import Doubtful, Expired, Interrupted, UntrustedCertificate, translated
from tools.profile import GLOBAL_TENANT, Profile
from tools.sealing import Unsealable

SECONDS: Final = 20.0
"""The longest that a look may take, apart from logging out of what it opened (another five)."""
REMEDIES: Final = {
    ErrorCode.PORTAL_UNAVAILABLE: "See whether the portal runs and this machine reaches it; check host and port.",
    ErrorCode.TIMEOUT: "See whether the portal is under load; check host and port, and the profile's timeouts.",
    ErrorCode.PORTAL_DENIED: "Give the account's role the rights that it needs at the portal.",
}
CERTIFICATE: Final = (
    "Renew the portal's certificate for this host name, or paste the authority that signed it into the profile."
)
FOR_OPERATORS: Final = "An operator must "
FOR_CALLERS: Final = "Try again"


async def look(profile: Profile, unseal: Callable[[str], str], *, within: float = SECONDS) -> Found:
    """One look, bounded by `within` seconds and the profile's own total timeout; raises nothing, leaves nothing open.

    A profile that works as its callers is looked at as far as no caller is needed: by its own account.
    """
    began = time.monotonic()
    fault: ToolError | None = None
    try:
        password = unseal(profile.sealed_password)
        await _visit(profile, password, min(within, profile.total_timeout))
    except Unsealable as sealed:
        error, _, remedy = str(sealed).partition(": ")
        return Found(good=False, duration_ms=0, code=ErrorCode.INTERNAL, error=f"{error}.", remedy=_sentence(remedy))
    except ToolError as seen:
        fault = seen
    except (Interrupted, Doubtful, Expired) as seen:
        fault = translated(seen.__cause__ or seen, profile.name)
    took = round((time.monotonic() - began) * 1000)
    return Found(good=True, duration_ms=took) if fault is None else trouble(fault, took)


async def _visit(profile: Profile, password: str, seconds: float) -> None:
    """Raises what the session's own methods raise, and `CallTimeout`."""
    try:
        async with asyncio.timeout(seconds):
            session = await open_session(
                profile, profile.tenant if profile.scope == "user" else GLOBAL_TENANT, password
            )
            try:
                await session.whoami()
            finally:
                await session.close()
    except TimeoutError:
        raise CallTimeout(f"Portal '{profile.name}' did not let the account in within {seconds:g} s.") from None


def trouble(fault: ToolError, took: int) -> Found:
    """What an operator reads about a failure that was worded for callers; no secret, address or account in it."""
    remedy = CERTIFICATE if isinstance(fault, UntrustedCertificate) else REMEDIES.get(fault.code, "")
    return Found(good=False, duration_ms=took, code=fault.code.value, **_words(fault.message, remedy))


def _words(message: str, remedy: str) -> dict[str, str]:
    """The first sentence as what was found; the others are the remedy where they are one for operators."""
    found, stop, rest = message.partition(". ")
    if rest.startswith(FOR_OPERATORS):
        rest = _sentence(rest.removeprefix(FOR_OPERATORS))
    elif not rest or rest.startswith(FOR_CALLERS):
        rest = ""
    return {"error": (found + stop.strip())[:300], "remedy": (remedy if _is_vague(rest) else rest)[:300]}


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _is_vague(remedy: str) -> bool:
    return remedy in {"", "Correct it."}
