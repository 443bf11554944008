"""A policy as one reads it aloud: who, what, where, when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.profile import GLOBAL_TENANT
from tools.spec import PREFIX

if TYPE_CHECKING:
    from oauth.models import Policy

SHOWN = 4


def who(policy: Policy) -> str:
    """Such as `scope ctera:read, organization org_acme`."""
    parts = [f"scope {_joined(policy.scopes, 'and')}"] if policy.scopes else []
    for entries, noun in (
        (policy.subjects, "subject"),
        (policy.clients, "client"),
        (policy.organizations, "organization"),
    ):
        if "*" not in entries:
            parts.append(f"{noun} {_joined(entries, 'or')}")
    text = ", ".join(parts) or "everyone"
    return f"{text}, except {_joined(policy.except_subjects, 'and')}" if policy.except_subjects else text


def what(policy: Policy) -> str:
    """Such as `all read tools, who_am_i`."""
    if "*" in policy.tools:
        return "every tool"
    families = [f"all {_joined(policy.toolsets, 'and')} tools"] if policy.toolsets else []
    names = [name.removeprefix(PREFIX) for name in policy.tools]
    return ", ".join(families + ([_joined(names, "and")] if names else []))


def where(policy: Policy) -> str:
    """Such as `portal hq, global administration only, path /HR/**`."""
    parts = [] if "*" in policy.portals else [f"portal {_joined(policy.portals, 'or')}"]
    if policy.tenants == [GLOBAL_TENANT]:
        parts.append("global administration only")
    elif "*" not in policy.tenants:
        names = ["global administration" if name == GLOBAL_TENANT else name for name in policy.tenants]
        parts.append(f"Team Portal {_joined(names, 'or')}")
    if "/**" not in policy.paths:
        parts.append(f"path {_joined(policy.paths, 'or')}")
    return ", ".join(parts) or "everywhere"


def when(policy: Policy) -> str:
    """Such as `until 2027-01-31 18:00 UTC`."""
    parts = [
        f"{word} {moment:%Y-%m-%d %H:%M} UTC"
        for word, moment in (("from", policy.valid_from), ("until", policy.valid_until))
        if moment is not None
    ]
    return " ".join(parts) or "always"


def how_much(policy: Policy) -> str:
    """Such as `60 calls a minute each`; empty without a limit."""
    limit = policy.calls_per_minute
    return "" if limit is None else f"{limit} call{'' if limit == 1 else 's'} a minute each"


def _joined(entries: list[str], word: str) -> str:
    shown = entries if len(entries) <= SHOWN else [*entries[: SHOWN - 1], f"{len(entries) - SHOWN + 1} more"]
    return f" {word} ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
