"""The trace of an event drawn as a ladder: by what was recorded when it was decided, not by the policy of today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.template.loader import render_to_string

from oauth import traced
from oauth.ladder import Rung
from oauth.policy import DenyReason
from oauth.rules import Effect

if TYPE_CHECKING:
    from oauth.models import AuditEvent
    from oauth.traced import Step

MATCHED: Final = {
    (Effect.DENY.value, True): "Matched and denied: this decided.",
    (Effect.DENY.value, False): "Matched and would have denied too.",
    (Effect.ALLOW.value, True): "Matched and allowed: this decided.",
    (Effect.ALLOW.value, False): "Matched, but a deny stood before it.",
}


def trace_of(event: AuditEvent) -> str:
    """What is known of how a call was decided, as HTML; a dash for events of before traces were kept."""
    steps, more = traced.read(event.details)
    rungs = [_rung(step, event) for step in steps]
    if not rungs and event.policy and not event.reason:
        rungs = [_rung(traced.Step(event.policy, Effect.ALLOW.value, ""), event)]
    return render_to_string("oauth/event_trace.html", {"rungs": rungs, "more": more}) if rungs else "-"


def _rung(step: Step, event: AuditEvent) -> Rung:
    decides, matched = step.policy == event.policy, not step.failed_on
    if decides and event.reason == DenyReason.SUSPENDED:
        says = "Stopped it before any policy was asked."
        return Rung(step.policy, None, "suspended", matched=True, failed_on=None, decides=True, says=says)
    says = MATCHED.get((step.effect, decides), "") if matched else ""
    return Rung(step.policy, None, step.effect, matched, step.failed_on or None, decides, says)
