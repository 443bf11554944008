"""The red banner that every page of the admin carries while anything is suspended."""

from __future__ import annotations

from typing import Any

from django import template

from oauth import reading
from oauth.selectors import suspensions_in_force

register = template.Library()
SHOWN = 5


@register.inclusion_tag("oauth/suspension_banner.html", takes_context=True)
def suspension_banner(context: template.Context) -> dict[str, Any]:
    """Suspensions in force: all about the first few for who may view them, else only that there are some."""
    request = context.get("request")
    if request is None or not request.user.is_staff:
        return {"some": False}
    if not request.user.has_perm("oauth.view_suspension"):
        return {"some": suspensions_in_force().exists(), "shown": []}
    rows = list(suspensions_in_force())
    shown = [(row, reading.end(row)) for row in rows[:SHOWN]]
    return {"some": bool(rows), "shown": shown, "more": max(0, len(rows) - SHOWN)}
