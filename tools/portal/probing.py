"""Probes a portal: logs in by the profile's own account, asks who it is, logs out; bounded, and never by the pool."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from tools.errors import ErrorCode, ToolError
from tools.portal.client import open_session
from tools.portal.failures import Doubtful, Expired, Interrupted, translated
from tools.probe import UNSEALED, Probe
from tools.profile import GLOBAL_TENANT, Profile
from tools.sealing import Unsealable

AT_ONCE = 8
PROBE_SECONDS = 15.0
"""A probe takes no longer, nor than the profile allows a call."""


async def probe(profile: Profile, unseal: Callable[[str], str], *, within: float = PROBE_SECONDS) -> Probe:
    """Whether the profile's account can work; holds its one session for two requests. Raises nothing foreseeable."""
    begun = time.perf_counter()
    within = min(within, profile.total_timeout)
    try:
        password = unseal(profile.sealed_password)
        async with asyncio.timeout(within):
            found = await _seen(profile, password)
    except Unsealable as sealed:
        return Probe.failed(profile.name, UNSEALED, str(sealed), time.perf_counter() - begun)
    except TimeoutError:
        said = f"The portal did not answer within {within:g} s."
        return Probe.failed(profile.name, ErrorCode.TIMEOUT.value, said, time.perf_counter() - begun)
    except (ToolError, Interrupted, Doubtful, Expired) as fault:
        error = fault if isinstance(fault, ToolError) else translated(fault.__cause__ or fault, profile.name)
        what = error.message.split(". ")[0].removesuffix(".") + "."  # the remedy behind it is for callers
        return Probe.failed(profile.name, error.code.value, what, time.perf_counter() - begun)
    return Probe(profile.name, good=True, found=found, seconds=time.perf_counter() - begun)


async def probe_all(
    profiles: Sequence[Profile],
    unseal: Callable[[str], str],
    *,
    within: float = PROBE_SECONDS,
    ended: Callable[[Probe], None] = lambda _: None,
) -> list[Probe]:
    """Probe some at once, `AT_ONCE` at most; answers in the order of `profiles`, `ended` is told each as it comes."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(profile: Profile) -> Probe:
        async with free:
            found = await probe(profile, unseal, within=within)
        ended(found)
        return found

    return await asyncio.gather(*(one(profile) for profile in profiles))


async def _seen(profile: Profile, password: str) -> str:
    tenant = GLOBAL_TENANT if profile.scope == "admin" else profile.tenant
    session = await open_session(profile, tenant, password)
    try:
        who = await session.whoami()
    finally:
        await session.close()
    place = "global administration" if tenant == GLOBAL_TENANT else f"Team Portal {tenant}"
    return f"{who.name} in {place}, portal {who.software_version or 'of unknown version'}"
