"""Opens a profile's sealed password just before a login; where no key does, the log tells operators the remedy."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from tools.errors import PortalLoginFailed
from tools.profile import Profile
from tools.sealing import Unsealable

log = logging.getLogger(__name__)
AGAIN_SECONDS: Final = 60.0


class NoPassword(PortalLoginFailed):
    """There is no password that could be sent: the portal was not asked."""


class Passwords:
    """The way from a profile to its password; an error line a minute for each profile that has none."""

    def __init__(self, unseal: Callable[[str], str], clock: Callable[[], float] = time.monotonic) -> None:
        self._unseal = unseal
        self._clock = clock
        self._told: dict[str, float] = {}

    def of(self, profile: Profile) -> str:
        """The password; raises `NoPassword`, which tells callers nothing of keys and the log the remedy."""
        try:
            return self._unseal(profile.sealed_password)
        except Unsealable as sealed:
            self._tell(profile.name, str(sealed))
        raise NoPassword(
            f"Portal '{profile.name}' cannot be used at present. Do not retry; ask an operator to look at its profile."
        )

    def _tell(self, name: str, remedy: str) -> None:
        now = self._clock()
        if now - self._told.get(name, -AGAIN_SECONDS) >= AGAIN_SECONDS:
            self._told[name] = now
            log.error("portal profile %s cannot log in: %s", name, remedy)
