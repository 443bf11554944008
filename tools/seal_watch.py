"""Tells the log, once, of enabled profiles whose password a worker cannot open; the worker refuses them alone.

It writes nothing: a worker that was started with the wrong keys must not switch off profiles that others can use.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from tools.profile import Profile
from tools.sealing import sealed_by

log = logging.getLogger(__name__)


class SealWatch:
    """What a worker last saw of each profile's seal."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}
        self.lost: frozenset[str] = frozenset()

    def look(self, profiles: Iterable[Profile]) -> None:
        """Try the seals that are new, and tell what is lost or found again."""
        present = {each.name: each.sealed_password for each in profiles if each.enabled and each.sealed_password}
        fresh = {name for name, sealed in present.items() if self._seen.get(name) != sealed}
        lost = {name for name in fresh if sealed_by(present[name]) is None}
        for name in sorted(lost):
            log.error(
                "this worker refuses portal profile %s: no key in CREDENTIAL_KEYS opens its password. Put the key that "
                "sealed it behind the others and restart, or set the password again in the profile.",
                name,
            )
        for name in sorted((self.lost & fresh) - lost):
            log.info("portal profile %s can be opened again", name)
        self.lost = frozenset(lost | (self.lost & (present.keys() - fresh)))
        self._seen = present
