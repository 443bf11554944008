"""A policy as one reads it aloud: who, what, where, when; and a suspension in one line."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from tools.profile import GLOBAL_TENANT
from tools.spec import PREFIX
from tools.wording import listed

if TYPE_CHECKING:
    from datetime import datetime

    from oauth.models import Policy, Suspension

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
    return listed(entries, word, SHOWN)


def suspension(row: Suspension) -> str:
    """Such as `12, subject usr_1, by olga since 2027-01-31 17:00 UTC, until 2027-01-31 18:00 UTC: laptop lost`."""
    return f"{row.pk}, {row}, by {row.author} since {_minute(row.created_at)}, {end(row)}: {row.reason}"


def end(row: Suspension) -> str:
    """Such as `until 2027-01-31 18:00 UTC`."""
    return "until it is resumed" if row.until is None else f"until {_minute(row.until)}"


def state(row: Suspension) -> str:
    """`in force`, or how it ended."""
    if row.ended_at is not None:
        return f"lifted by {row.ended_by} on {_minute(row.ended_at)}"
    return "in force" if is_in_force(row) or row.until is None else f"over since {_minute(row.until)}"


def is_in_force(row: Suspension) -> bool:
    """Whether the row, as it was read, stops anything now."""
    return row.ended_at is None and (row.until is None or row.until > timezone.now())


def suspension_facts(row: Suspension) -> dict[str, Any]:
    """A suspension for programs; times are ISO 8601 in UTC or null."""
    times = {name: getattr(row, name) for name in ("created_at", "until", "ended_at")}
    texts = {name: getattr(row, name) for name in ("level", "value", "reason", "author", "ended_by")}
    return {"id": row.pk, **texts, **{name: moment and moment.isoformat() for name, moment in times.items()}}


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
