"""Every metric of `/metrics`: its name, kind and labels, and how the values of several workers become one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from oauth.audit import SECONDS as COMMIT_SECONDS
from oauth.audit import SIZES
from tools.portal.tally import SECONDS as PORTAL_SECONDS

PREFIX: Final = "ctera_mcp_"

Values = Sequence[float]
"""One number; of a histogram the counts by bound, and the sum of all observations behind them."""
Numbers = Mapping[str, Mapping[tuple[str, ...], Values]]
"""Metric to label values to values."""


class Kind(StrEnum):
    """What Prometheus calls the type."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Merge(StrEnum):
    """What several workers say together."""

    SUM = "sum"
    LEAST = "min"
    MOST = "max"


@dataclass(frozen=True, slots=True)
class Measure:
    """One metric. `bounds` are those of a histogram; only gauges merge otherwise than by their sum."""

    name: str
    kind: Kind
    text: str
    labels: tuple[str, ...] = ()
    merge: Merge = Merge.SUM
    bounds: tuple[float, ...] = ()

    @property
    def exported(self) -> str:
        """The name on the page, without what Prometheus appends to the series of a histogram."""
        return PREFIX + self.name + ("_total" if self.kind is Kind.COUNTER else "")

    @property
    def outlasts(self) -> bool:
        """Whether what a worker counted stays when the worker has ended."""
        return self.kind is not Kind.GAUGE

    @property
    def size(self) -> int:
        """How many values one series has."""
        return len(self.bounds) + 2 if self.kind is Kind.HISTOGRAM else 1

    def merged(self, one: Values, other: Values) -> Values:
        """Two workers' values as one."""
        if self.merge is Merge.SUM:
            return [mine + theirs for mine, theirs in zip(one, other, strict=True)]
        return [min(one[0], other[0]) if self.merge is Merge.LEAST else max(one[0], other[0])]


def _counter(name: str, text: str, *labels: str) -> Measure:
    return Measure(name, Kind.COUNTER, text, labels)


def _gauge(name: str, text: str, *labels: str, merge: Merge = Merge.SUM) -> Measure:
    return Measure(name, Kind.GAUGE, text, labels, merge)


def _histogram(name: str, text: str, *labels: str, bounds: tuple[float, ...]) -> Measure:
    return Measure(name, Kind.HISTOGRAM, text, labels, bounds=bounds)


_ALL = (
    _counter("requests", "Requests to the MCP endpoint.", "method", "tool", "outcome", "era"),
    _gauge("requests_in_flight", "Requests being served, open streams included."),
    _counter("decisions", "Tool calls that were decided.", "effect"),
    _counter("refusals", "Tool calls that were denied, or refused as they stood.", "reason"),
    _counter("call_failures", "Tool calls that failed otherwise than by a refusal.", "code"),
    _counter("token_failures", "Requests without a usable access token.", "reason"),
    _counter("tokens_verified", "Access tokens found good, by the form of their issuer.", "issuer_form"),
    _counter("token_cache_hits", "Requests whose token had been verified before."),
    _counter("token_cache_misses", "Requests whose token had to be verified, good ones and others."),
    _gauge("tokens_cached", "Access tokens that need no verification."),
    _gauge("signing_keys", "Signing keys at hand, in the worker with the fewest.", merge=Merge.LEAST),
    _gauge("signing_keys_age_seconds", "Since the last good fetch, in the worker with the oldest.", merge=Merge.MOST),
    _counter("signing_key_fetches", "Fetches of the signing keys."),
    _counter("signing_key_fetch_failures", "Fetches of the signing keys that failed."),
    _gauge("policy_revision", "Revision in force, in the worker furthest behind.", merge=Merge.LEAST),
    _gauge("policy_age_seconds", "Since the revision was last confirmed, in the slowest worker.", merge=Merge.MOST),
    _counter("policy_reloads", "Snapshots of the policy that were loaded."),
    _counter("policy_read_failures", "Looks at the policy revision that failed."),
    _gauge("suspensions_active", "Suspensions in force.", merge=Merge.MOST),
    _gauge("subscriptions_open", "Open subscriptions/listen streams."),
    _gauge("portal_sessions", "Open sessions on a portal.", "portal"),
    _gauge("portal_sessions_in_use", "Calls that hold a session or wait for one.", "portal"),
    _gauge("portal_passwords_unreadable", "Enabled portals whose password no key of a worker opens.", merge=Merge.MOST),
    _gauge("portal_up", "1 where the last look found the portal good, 0 in trouble.", "portal", merge=Merge.LEAST),
    _counter("portal_looks", "Looks at a portal in the background.", "portal", "outcome"),
    _counter("portal_logins", "Logins that succeeded.", "portal"),
    _counter("portal_login_failures", "Logins that failed.", "portal"),
    _counter("portal_session_waits", "Waits because a portal had all the sessions it may have.", "portal"),
    _counter("portal_faults", "Calls that failed by the state of a portal.", "portal", "code"),
    _histogram(
        "portal_seconds",
        "Work on a portal, with the wait for a session and its login.",
        "toolset",
        "portal",
        "outcome",
        bounds=PORTAL_SECONDS,
    ),
    _counter("audit_events", "Audit events that were committed."),
    _counter("audit_commit_failures", "Commits of audit events that failed."),
    _histogram("audit_commit_seconds", "Commits of audit events.", bounds=COMMIT_SECONDS),
    _histogram("audit_batch_events", "Audit events of one commit.", bounds=SIZES),
    _gauge("workers", "Worker processes that are alive."),
    _counter("worker_starts", "Worker processes that began."),
    _counter("cpu_seconds", "Processor time of the workers."),
    _gauge("resident_bytes", "Resident memory of the workers."),
    _gauge("start_time_seconds", "When the oldest worker began, in Unix seconds.", merge=Merge.LEAST),
    _gauge("build_info", "Always 1.", "version", "python", merge=Merge.MOST),
)
MEASURES: Final[Mapping[str, Measure]] = MappingProxyType({measure.name: measure for measure in _ALL})


def together(parts: Iterable[Numbers], *, outlasting_only: bool = False) -> dict[str, dict[tuple[str, ...], Values]]:
    """What several workers say as one; series that do not fit this version's table are left out."""
    found: dict[str, dict[tuple[str, ...], Values]] = {}
    for part in parts:
        for name, series in part.items():
            measure = MEASURES.get(name)
            if measure is None or (outlasting_only and not measure.outlasts):
                continue
            mine = found.setdefault(name, {})
            for labels, values in series.items():
                if len(labels) == len(measure.labels) and len(values) == measure.size:
                    mine[labels] = measure.merged(mine[labels], values) if labels in mine else values
    return found
