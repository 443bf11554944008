"""The admin's side bar: the pages that explain above, then every page of rows that this operator may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import site
from django.urls import reverse

from oauth.admin_pages import MAY_LOOK

if TYPE_CHECKING:
    from django.http import HttpRequest

EXPLAINING = (
    ("Why?", "help", "admin:oauth_policy_why"),
    ("Effective access", "grid_on", "admin:oauth_policy_effective"),
)


def explaining(request: HttpRequest) -> list[dict[str, Any]]:
    """Links to the pages that explain, for those who may see policies."""
    if not request.user.has_perm(MAY_LOOK):
        return []
    return [_item(request, title, reverse(name), icon) for title, icon, name in EXPLAINING]


def groups(request: HttpRequest) -> list[dict[str, Any]]:
    """Groups of links as unfold's side bar reads them."""
    above = explaining(request)
    found: list[dict[str, Any]] = [{"title": "Understand access", "items": above}]
    elsewhere = any(item["active"] for item in above)
    for app in site.get_app_list(request):
        links = [(model["name"], model["admin_url"]) for model in app["models"] if model["admin_url"]]
        items = [_item(request, str(name), link) for name, link in links]
        if elsewhere:
            items = [{**item, "active": False} for item in items]
        found.append({"title": app["name"], "items": items})
    return [group for group in found if group["items"]]


def _item(request: HttpRequest, title: str, link: str, icon: str = "") -> dict[str, Any]:
    return {"title": title, "link": link, "icon": icon, "active": request.path.startswith(link)}
