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
from oauth.call_limits import OVER, UNKNOWN
from oauth.policy import DenyReason
from oauth.tokens import TokenFault
from tools.errors import ErrorCode

if TYPE_CHECKING:
    from ctera_mcp_site.runtime import Runtime
    from oauth.snapshots import Snapshots
    from tools.distribution import Distribution

Series = dict[tuple[str, ...], Values]
STATM: Final = Path("/proc/self/statm")
STARTED: Final = time.time()
EFFECTS: Final = frozenset({"allowed", "denied"})
ISSUER_FORMS: Final = frozenset({"environment", "resource"})
TOKEN_FAULTS: Final = frozenset(
    {fault.value for fault in TokenFault}
    | {"no_token", "keys_unavailable", "two_authorization_headers", "two_methods", "two_tokens"}
)
_OF_ARGUMENTS: Final = frozenset({ErrorCode.INVALID_ARGUMENT.value, ErrorCode.NOT_FOUND.value})
REFUSALS: Final = frozenset({reason.value for reason in DenyReason} | {OVER, UNKNOWN} | _OF_ARGUMENTS)
FAILURES: Final = frozenset(
    {code.value for code in ErrorCode}
    - _OF_ARGUMENTS
    - {ErrorCode.POLICY_DENIED.value, ErrorCode.SUSPENDED.value, ErrorCode.RATE_LIMITED.value}
)


def numbers(runtime: Runtime) -> Numbers:
    """All numbers of this worker as of now; called on its event loop, where they are counted."""
    return {
        **_requests(runtime),
        **_tokens(runtime),
        **_policy(runtime.snapshots),
        **_portals(runtime),
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
        "decisions": _by(traffic.decisions, EFFECTS),
        "refusals": _by(traffic.refusals, REFUSALS),
        "call_failures": _by(traffic.failures, FAILURES),
        "subscriptions_open": _one(len(runtime.subscriptions)),
    }


def _tokens(runtime: Runtime) -> dict[str, Series]:
    keys = runtime.keys.status()
    return {
        "token_failures": _by(runtime.turned_away.faults, TOKEN_FAULTS),
        "tokens_verified": _by(runtime.verifier.verified, ISSUER_FORMS),
        "token_cache_hits": _one(runtime.verifier.hits),
        "token_cache_misses": _one(runtime.verifier.misses),
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


def _portals(runtime: Runtime) -> dict[str, Series]:
    open_, in_use = Counter[str](), Counter[str]()
    for stats in runtime.pool.stats():
        open_[stats.key.profile] += stats.open
        in_use[stats.key.profile] += stats.in_use
    tally = runtime.pool.tally
    snapshot = runtime.snapshots.latest
    names = frozenset(snapshot.profiles) if snapshot is not None else frozenset[str]()
    return {
        "portal_sessions": _by(open_, names),
        "portal_sessions_in_use": _by(in_use, names),
        "portal_passwords_unreadable": _one(len(runtime.seals.lost)),
        "portal_up": {(name,): [up] for name, up in runtime.prober.up.items() if name in names},
        "portal_looks": {labels: [count] for labels, count in runtime.prober.counts.items()},
        "portal_logins": _by(tally.logins, names),
        "portal_login_failures": _by(tally.login_failures, names),
        "portal_session_waits": _by(tally.waits, names),
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


def _by(counts: Mapping[str, int], known: frozenset[str]) -> Series:
    """Counts by one label, with the known values at 0 from the start: else nobody could see the first one happen."""
    return {(key,): [counts.get(key, 0)] for key in known | counts.keys()}


def _values(distribution: Distribution) -> Values:
    return [*distribution.counts, distribution.total]
