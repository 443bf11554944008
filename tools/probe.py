"""What one probe of a portal found: whether its profile's account can work there, and what to do where it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tools.errors import ErrorCode

MOST_TEXT: Final = 300
UNSEALED: Final = "unsealed"
"""The code of a profile without a password that any key opens; no call has it."""

REMEDIES: Final[Mapping[str, str]] = {
    ErrorCode.PORTAL_LOGIN_FAILED: "Enter the account's password again in the profile, or unlock the account.",
    ErrorCode.PORTAL_UNAVAILABLE: "Check host, port, HTTPS and certificate in the profile, and that the portal runs.",
    ErrorCode.TIMEOUT: "Check that the portal runs and that this machine may reach it; else raise the timeouts.",
    ErrorCode.PORTAL_DENIED: "Give the account the rights that the profile's account type needs.",
    ErrorCode.NOT_FOUND: "Check the account type and the Team Portal in the profile.",
    UNSEALED: "Add the key that sealed it to CREDENTIAL_KEYS, or enter the password again in the profile.",
}
ELSE: Final = "Look at the server's log, then try the profile again."


@dataclass(frozen=True, slots=True)
class Probe:
    """The result; texts name no account's password and no address. `seconds` is how long it took."""

    portal: str
    good: bool
    found: str
    seconds: float
    code: str = ""
    remedy: str = ""

    @classmethod
    def failed(cls, portal: str, code: str, found: str, seconds: float) -> Probe:
        """A portal at which the profile's account cannot work."""
        return cls(portal, good=False, found=found[:MOST_TEXT], seconds=seconds, code=code, remedy=remedy_of(code))


def remedy_of(code: str) -> str:
    """What an operator does about a failure of this code."""
    return REMEDIES.get(code, ELSE)
