"""What the admin tells of the keys that seal portal passwords: which one seals how many, and what none opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.html import format_html

from tools.rotation import NO_KEY, REMEDY, keys_in_use, unsealable
from tools.sealing import Unsealable, first_key, sealed_by
from tools.wording import listed

if TYPE_CHECKING:
    from tools.models import PortalProfile

MOST_NAMES = 11
LOST = "cannot be unsealed: set it again"


def is_lost(row: PortalProfile) -> bool:
    """Whether a password is stored that no key opens."""
    return bool(row.sealed_password) and sealed_by(row.sealed_password) is None


def badge() -> str:
    """What stands in place of the moment of a password that is lost."""
    return format_html('<strong class="text-red-700 dark:text-red-400">{}</strong>', LOST)


def above_list() -> dict[str, Any]:
    """For the template above the list: names of lost ones with the remedy, and a line about the keys."""
    lost = listed(unsealable(), "and", MOST_NAMES)
    return {"lost_seals": lost, "lost_remedy": REMEDY, "seal_line": key_line()}


def key_line() -> str:
    """Such as `Passwords are sealed by key 1a2b3c4d, the first (3)`; keys are told by fingerprint alone."""
    try:
        first, counts = first_key(), keys_in_use()
    except Unsealable as fault:
        return str(fault)
    older = sorted(counts.keys() - {first, NO_KEY})
    parts = [f"key {first}, the first of CREDENTIAL_KEYS ({counts.get(first, 0)})"]
    parts += [f"key {key}, an older one ({counts[key]})" for key in older]
    parts += [f"a key that is not there ({counts[NO_KEY]})"] if NO_KEY in counts else []
    rotate = ". To seal them with the first: manage.py rotate_credentials." if older else "."
    return f"Passwords are sealed by {'; by '.join(parts)}{rotate}"
