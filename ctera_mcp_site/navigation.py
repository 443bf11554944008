"""The admin's sidebar: what an operator looks for, in four groups; each entry is shown to those who may open it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from django.templatetags.static import static
from django.urls import reverse_lazy

if TYPE_CHECKING:
    from django.http import HttpRequest


def page(title: str, icon: str, model: str) -> dict[str, Any]:
    """An entry for the list of a model, such as `oauth.policy`, for those who may view or change it."""
    app, name = model.split(".")

    def permits(request: HttpRequest) -> bool:
        return any(request.user.has_perm(f"{app}.{verb}_{name}") for verb in ("view", "change"))

    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{name}_changelist"),
        "permission": permits,
    }


def sees_changes(request: HttpRequest) -> bool:
    """Whether *Recent changes* has anything for this account."""
    from oauth.admin_history import kinds_for  # models, which settings come before

    return bool(kinds_for(request))


def entry(title: str, icon: str, address: str, permission: Callable[[HttpRequest], bool]) -> dict[str, Any]:
    """An entry for a page of its own, by the name of its address."""
    return {"title": title, "icon": icon, "link": reverse_lazy(address), "permission": permission}


def sees_policies(request: HttpRequest) -> bool:
    """Whether the pages that explain are open to this account."""
    return request.user.has_perm("oauth.view_policy")


POLICY: Final = [
    page("Policies", "policy", "oauth.policy"),
    page("Policy tests", "rule", "oauth.policytest"),
    page("Scopes", "key", "oauth.scope"),
    entry("Why?", "help", "admin:oauth_policy_why", sees_policies),
    entry("Effective access", "grid_on", "admin:oauth_policy_effective", sees_policies),
    page("Suspensions", "pause_circle", "oauth.suspension"),
]
PORTALS: Final = [
    page("Portal profiles", "dns", "tools.portalprofile"),
    entry("Check Scalekit", "verified_user", "check_scalekit", sees_policies),
    page("Callers' accounts", "badge", "tools.calleraccount"),
]
EVIDENCE: Final = [
    page("Audit events", "fact_check", "oauth.auditevent"),
    page("File links", "link", "oauth.filelink"),
    entry("Recent changes", "history", "recent_changes", sees_changes),
    page("Policy revision", "tag", "tools.revision"),
]
ACCOUNTS: Final = [
    page("Staff accounts", "person", "auth.user"),
    page("Groups", "group", "auth.group"),
]
ENTRIES: Final = [*POLICY, *PORTALS, *EVIDENCE, *ACCOUNTS]


def marked(item: dict[str, Any]) -> dict[str, Any]:
    """The entry, shown as open on its pages alone: an address often begins with the address of another entry."""

    def active(request: HttpRequest) -> bool:
        above = [link for each in ENTRIES if request.path.startswith(link := str(each["link"]))]
        return max(above, key=len, default=None) == str(item["link"])

    return {**item, "active": active}


SIDEBAR: Final = {
    "show_search": False,
    "show_all_applications": False,
    "navigation": [
        {"title": title, "items": [marked(item) for item in items]}
        for title, items in (("Policy", POLICY), ("Portals", PORTALS), ("Evidence", EVIDENCE), ("Accounts", ACCOUNTS))
    ],
}


def style(request: HttpRequest) -> str:
    """Our own few rules."""
    return static("governor/admin.css")


def script(request: HttpRequest) -> str:
    """Copy buttons and keyboard."""
    return static("governor/admin.js")
