"""What the page *Why?* begins with, opened from a policy, a test or an audit event; and what a test of it does."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from oauth.policy import Denied, DenyReason
from tools.catalogue import CATALOGUE
from tools.models import PortalProfile

if TYPE_CHECKING:
    from oauth.explaining import Answer
    from oauth.models import AuditEvent, Policy, PolicyTest


def from_event(event: AuditEvent) -> dict[str, Any]:
    """What the event recorded: who asked for what, where and when."""
    return {
        "scopes": " ".join(event.scopes),
        "subject": event.subject,
        "client": event.client,
        "organization": event.organization,
        "claims": _claims(event),
        "tool": event.tool,
        "portal": event.portal,
        "tenant": event.tenant,
        "paths": list(event.paths),
        "at": f"{event.time:%Y-%m-%dT%H:%M:%S}",
    }


def _claims(event: AuditEvent) -> list[str]:
    """The claims that would lead to the account and the Team Portal of the event; the event holds no claims."""
    profile = PortalProfile.objects.filter(name=event.portal, identity=PortalProfile.Identity.CALLER).first()
    if profile is None or not event.account:
        return []
    pairs = ((profile.account_claim, event.account), (profile.tenant_claim, event.tenant))
    return [f"{name}={value}" for name, value in pairs if name and value]


def from_policy(policy: Policy) -> dict[str, Any]:
    """A call that the policy speaks of, as far as it names one without wildcards."""
    return {
        "scopes": " ".join(policy.scopes),
        "subject": _plain(policy.subjects),
        "client": _plain(policy.clients),
        "organization": _plain(policy.organizations),
        "tool": _tool(policy),
        "portal": _plain(policy.portals),
        "tenant": _plain(policy.tenants),
        "paths": _path(policy),
    }


def from_test(test: PolicyTest) -> dict[str, Any]:
    """The call that the test asks about."""
    return {
        "scopes": " ".join(test.scopes),
        "subject": test.subject,
        "client": test.client,
        "organization": test.organization,
        "claims": list(test.claims),
        "tool": test.tool,
        "portal": test.portal,
        "tenant": test.tenant,
        "paths": list(test.paths),
        "at": f"{test.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" if test.at else "",
    }


def as_test(answer: Answer, at: str = "") -> str:
    """The query of the page that adds a test which expects what was answered; empty for what is no policy's doing."""
    found, decision = answer.explanation, answer.decision
    if isinstance(decision, Denied) and decision.reason in {DenyReason.SUSPENDED, DenyReason.UNKNOWN_TOOL}:
        return ""
    principal, call = found.principal, found.call
    values = {
        "scopes": "\n".join(sorted(principal.scopes)),
        "subject": principal.subject,
        "client": principal.client,
        "organization": principal.organization,
        "claims": "\n".join(f"{name}={value}" for name, value in principal.claims),
        "tool": call.tool,
        "portal": call.portal or "",
        "tenant": call.tenant or "",
        "paths": "\n".join(path for _, path in call.paths),
        "at": at,
        "expected": "allow" if answer.is_allowed else "deny",
        "policy": decision.policy or "",
    }
    return urlencode({name: value for name, value in values.items() if value})


def _plain(entries: list[str]) -> str:
    return next((entry for entry in entries if "*" not in entry), "") if "*" not in entries else ""


def _tool(policy: Policy) -> str:
    if named := _plain(policy.tools):
        return named
    of_toolset = (name for name, spec in CATALOGUE.items() if spec.toolset.value in policy.toolsets)
    return next(of_toolset, next(iter(CATALOGUE)))


def _path(policy: Policy) -> list[str]:
    if "/**" in policy.paths:
        return []
    stems = (glob.removesuffix("/**") for glob in policy.paths)
    return [next((stem for stem in stems if "*" not in stem), "")]
