"""The control plane's API described for staff: `/api/openapi.json`, and `/api/docs`, a page that reads it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import JsonResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ctera_mcp_site.api import site, v1, well_known

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

SIGN_IN = {"detail": "Sign in to the admin first."}
STAFF_ONLY = {"detail": "Only staff accounts may read this."}


def urls() -> list[URLPattern]:
    """Addresses below `/api/`; both ask for a staff account themselves."""
    return [path("docs", docs, name="api_docs"), path("openapi.json", openapi, name="api_openapi")]


def document() -> dict[str, Any]:
    """OpenAPI 3.1 of all JSON that Django answers with: version 1, discovery and health."""
    found: dict[str, Any] = dict(v1.get_openapi_schema())
    for other in (well_known, site):
        more = other.get_openapi_schema()
        found["paths"] = {**found["paths"], **more["paths"]}
        for kind, entries in more["components"].items():
            found["components"][kind] = {**found["components"].get(kind, {}), **entries}
    return found


@require_safe
@never_cache
def openapi(request: HttpRequest) -> HttpResponse:
    """The document; 401 without a session, 403 for accounts that are not staff."""
    if not request.user.is_authenticated:
        return JsonResponse(SIGN_IN, status=401)
    if not (request.user.is_active and request.user.is_staff):
        return JsonResponse(STAFF_ONLY, status=403)
    return JsonResponse(document())


@require_safe
@never_cache
def docs(request: HttpRequest) -> HttpResponse:
    """The page, with scripts of this server only; others are sent to sign in."""
    if not (request.user.is_active and request.user.is_staff):
        return redirect_to_login(request.get_full_path(), reverse("admin:login"))
    wanted = {"url": reverse("api_openapi"), "layout": "BaseLayout", "deepLinking": True, "validatorUrl": None}
    return render(request, "api_docs.html", {"wanted": json.dumps(wanted)})
