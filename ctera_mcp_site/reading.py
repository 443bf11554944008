"""Reads the numbers of one worker off its running parts; nothing is asked of the database or of a portal."""

from __future__ import annotations

import platform
import resource
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ctera_mcp_site import VERSION
from ctera_mcp_site.measured import Numbers, Values

if TYPE_CHECKING:
    from ctera_mcp_site.runtime import Runtime
    from oauth.snapshots import Snapshots
    from tools.distribution import Distribution
    from tools.portal.pool import SessionPool

Series = dict[tuple[str, ...], Values]
STATM: Final = Path("/proc/self/statm")
STARTED: Final = time.time()


def numbers(runtime: Runtime) -> Numbers:
    """All numbers of this worker as of now; called on its event loop, where they are counted."""
    return {
        **_requests(runtime),
        **_tokens(runtime),
        **_policy(runtime.snapshots),
        **_portals(runtime.pool),
        "audit_events": _one(runtime.audit.events),
        "audit_commit_failures": _one(runtime.audit.failures),
        "audit_commit_seconds": {(): _values(runtime.audit.commit_seconds)},
        "audit_batch_events": {(): _values(runtime.audit.batch_sizes)},
        **_process(),
    }


def _requests(runtime: Runtime) -> dict[str, Series]:
    traffic = runtime.traffic
    return {
        "requests": {labels: [count] for labels, count in traffic.requests.items()},
        "requests_in_flight": _one(traffic.in_flight),
        "decisions": _by(traffic.decisions),
        "refusals": _by(traffic.refusals),
        "call_failures": _by(traffic.failures),
        "subscriptions_open": _one(len(runtime.subscriptions)),
    }


def _tokens(runtime: Runtime) -> dict[str, Series]:
    keys = runtime.keys.status()
    return {
        "token_failures": _by(runtime.token_faults),
        "tokens_verified": _by(runtime.verifier.verified),
        "token_cache_hits": _one(runtime.verifier.hits),
        "tokens_cached": _one(runtime.verifier.remembered),
        "signing_keys": _one(keys.keys),
        "signing_keys_age_seconds": {} if keys.age is None else _one(keys.age),
        "signing_key_fetches": _one(keys.fetches),
        "signing_key_fetch_failures": _one(keys.failures),
    }


def _policy(snapshots: Snapshots) -> dict[str, Series]:
    counts = {"policy_reloads": _one(snapshots.reloads), "policy_read_failures": _one(snapshots.failures)}
    snapshot = snapshots.latest
    if snapshot is None:
        return counts
    now = time.time()
    return {
        **counts,
        "policy_revision": _one(snapshot.revision),
        "policy_age_seconds": _one(snapshots.age),
        "suspensions_active": _one(sum(now < stop.until for stop in snapshot.suspensions.stops.values())),
    }


def _portals(pool: SessionPool) -> dict[str, Series]:
    open_, in_use = Counter[str](), Counter[str]()
    for stats in pool.stats():
        open_[stats.key.profile] += stats.open
        in_use[stats.key.profile] += stats.in_use
    tally = pool.tally
    return {
        "portal_sessions": _by(open_),
        "portal_sessions_in_use": _by(in_use),
        "portal_logins": _by(tally.logins),
        "portal_login_failures": _by(tally.login_failures),
        "portal_session_waits": _by(tally.waits),
        "portal_faults": {labels: [count] for labels, count in tally.faults.items()},
        "portal_seconds": {labels: _values(each) for labels, each in tally.seconds.items()},
    }


def _process() -> dict[str, Series]:
    resident = int(STATM.read_text().split()[1]) * resource.getpagesize() if STATM.exists() else 0
    return {
        "workers": _one(1),
        "worker_starts": _one(1),
        "cpu_seconds": _one(time.process_time()),
        "resident_bytes": _one(resident),
        "start_time_seconds": _one(STARTED),
        "build_info": {(VERSION, platform.python_version()): [1]},
    }


def _one(value: float) -> Series:
    return {(): [value]}


def _by(counts: Mapping[str, int]) -> Series:
    return {(key,): [count] for key, count in counts.items()}


def _values(distribution: Distribution) -> Values:
    return [*distribution.counts, distribution.total]
