"""Probes of portals for the commands: which profiles are meant, all at once within bounds, as findings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from oauth.diagnosis import Finding, State
from tools.models import PortalProfile
from tools.probe import Probe
from tools.profile import Profile
from tools.sealing import unseal
from tools.services import as_profile


class NoSuchPortal(Exception):  # noqa: N818 - reads as what it is
    """A name that no profile has; the text says which there are."""


def chosen(names: Sequence[str]) -> list[Profile]:
    """The profiles of these names, enabled or not; without names all that are enabled. Raises `NoSuchPortal`."""
    rows = {row.name: row for row in PortalProfile.objects.prefetch_related("accounts").order_by("name")}
    if unknown := [name for name in names if name not in rows]:
        known = f"There are: {', '.join(rows)}." if rows else "There is none yet: add one in the admin."
        raise NoSuchPortal(f"There is no portal profile '{unknown[0][:80]}'. {known}")
    wanted = dict.fromkeys(names) if names else [name for name, row in rows.items() if row.enabled]
    return [as_profile(rows[name]) for name in wanted]


def probed(
    profiles: Sequence[Profile], within: float, ended: Callable[[Probe], None] = lambda _: None
) -> list[Finding]:
    """Look at each portal once, by an event loop of this call; takes up to `within` seconds for each eight of them."""
    from tools.portal.probing import probe_all  # the portal's SDK takes its time to load

    found = asyncio.run(probe_all(profiles, unseal, within=within, ended=ended))
    return [finding(profile, each) for profile, each in zip(profiles, found, strict=True)]


def finding(profile: Profile, probe: Probe) -> Finding:
    """One portal's probe as a finding."""
    aside = "" if profile.enabled else " (disabled: calls on it are answered not_found)"
    state = State.OK if probe.good else State.FAILED
    return Finding(f"portal {probe.portal}", state, probe.found + aside, probe.remedy, round(probe.seconds, 3))
