"""What a browser is told when a name was tried too often from its address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axes.conf import settings as axes
from django.contrib.admin import site
from django.shortcuts import render

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """429 with a page, the same whether or not there is such an account; nothing that was typed is shown."""
    seconds = round(axes.AXES_COOLOFF_TIME * 3600)
    context = {**site.each_context(request), "title": "Locked out", "minutes": seconds // 60}
    answer = render(request, "locked_out.html", context, status=429)
    answer["Retry-After"] = str(seconds)
    answer["Cache-Control"] = "no-store"
    return answer
