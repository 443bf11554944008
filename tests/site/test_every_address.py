"""Who gets past which door of the control plane, by which method: the whole list; what is not on it is closed.

Addresses come from the URLconf: a new one is walked by itself, and must be refused to everybody until it is listed.
"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.http import HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import path

from ctera_mcp_site import urls
from oauth import scalekit_page
from tests.site.every_address import METHODS, Walker, address, routes
from tests.site.test_roles import BACKEND, rows

__all__ = ["rows"]
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(180)]

ALL = set(METHODS)
READ = {"GET", "HEAD", "OPTIONS"}
EVERYBODY = {"nobody", "outsider", "staff", "Viewer", "Auditor", "Policy editor", "Operator"}
STAFF = EVERYBODY - {"nobody", "outsider"}
SEEING, EVIDENCE = {"Viewer", "Policy editor", "Operator"}, {"Auditor", "Operator"}
EDITING, OPERATING = {"Policy editor", "Operator"}, {"Operator"}
LOOKING = ALL - {"POST"}
"""Django's admin answers each method but POST as it answers GET, and changes nothing by it."""

Doors = dict[str, list[tuple[set[str], set[str]]]]
"""Who, and by which methods; by route."""
OPEN: Doors = {
    "": [(EVERYBODY, ALL - {"TRACE"})],  # only leads to the admin
    "healthz": [(EVERYBODY, {"GET"})],
    "readyz": [(EVERYBODY, {"GET"})],  # the verdict; parts: tests/site/test_readiness.py
    ".well-known/oauth-protected-resource": [(EVERYBODY, READ)],
    ".well-known/oauth-protected-resource/mcp": [(EVERYBODY, READ)],
    "admin/login/": [(EVERYBODY, {*READ, "POST", "PUT"})],
    "admin/logout/": [({"nobody", "outsider"}, ALL), (STAFF, {"POST", "OPTIONS"})],
    "admin/": [(STAFF, ALL)],
    "admin/search/": [(STAFF, ALL)],  # finds what its account may see
    "admin/jsi18n/": [(STAFF, READ)],
    "admin/autocomplete/": [(STAFF, {"OPTIONS"})],
    "admin/password_change/": [(STAFF, {*READ, "POST", "PUT"})],
    "admin/password_change/done/": [(STAFF, READ)],
    "admin/^(?P<app_label>tools|oauth|auth)/$": [(STAFF - {"staff"}, ALL)],
    "admin/changes/": [(SEEING, ALL)],
    "admin/scalekit/": [(SEEING, {"GET", "HEAD", "POST"})],
    "admin/oauth/policy/why/": [(SEEING, {"GET", "HEAD", "POST"})],
    "admin/oauth/policy/effective-access/": [(SEEING, {"GET", "HEAD"})],
    "admin/oauth/suspension/<int:number>/resume/": [(OPERATING, ALL)],
    "admin/tools/portalprofile/<int:key>/check/": [(OPERATING, {"POST"})],
    "admin/tools/portalprofile/<int:key>/try/": [(OPERATING, {"GET", "HEAD", "POST"})],
    "api/docs": [(STAFF, {"GET", "HEAD"})],
    "api/openapi.json": [(STAFF, {"GET", "HEAD"})],
    "api/v1/explain": [(SEEING, {"POST"})],
}
ONE, PAST = "<path:object_id>", "^([^/]+)/history/([^/]+)/$"
for model in ("oauth/policy", "oauth/scope", "oauth/suspension", "oauth/auditevent", "tools/portalprofile",
              "tools/revision", "auth/user", "auth/group", "oauth/filelink", "tools/calleraccount",
              "oauth/policytest"):  # fmt: skip
    OPEN[f"admin/{model}/{ONE}/"] = [
        (STAFF, ALL - {"TRACE"})
    ]  # only leads to the row's page, whether there is one or not
for model, seeing, editing in (
    ("oauth/policy", SEEING, EDITING), ("oauth/scope", SEEING, EDITING), ("tools/portalprofile", SEEING, OPERATING),
    ("oauth/policytest", SEEING, EDITING),
    ("oauth/suspension", SEEING, OPERATING), ("oauth/auditevent", EVIDENCE, set[str]()),
    ("tools/calleraccount", SEEING, OPERATING),
    ("tools/revision", OPERATING, set[str]()), ("oauth/filelink", OPERATING, set[str]()),
):  # fmt: skip
    OPEN[f"admin/{model}/"] = OPEN[f"admin/{model}/{ONE}/history/"] = [(seeing, ALL)]
    OPEN[f"admin/{model}/{ONE}/change/"] = [(seeing, LOOKING), (editing, {"POST"})]
    OPEN[f"admin/{model}/add/"] = [(editing, ALL)]
    if model in {"oauth/policy", "oauth/scope", "oauth/policytest", "tools/portalprofile", "tools/calleraccount"}:
        OPEN[f"admin/{model}/{ONE}/delete/"] = [(editing, ALL)]
        OPEN[f"admin/{model}/{PAST}"] = [(seeing, LOOKING), (editing, {"POST"})]
OPEN[f"admin/oauth/auditevent/{ONE}/history/"] = [(EVIDENCE, LOOKING)]  # the event's own page
OPEN[f"admin/oauth/suspension/{PAST}"] = [(SEEING, LOOKING)]


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are not drawn, and Scalekit is not asked: the doors are in front of both."""
    monkeypatch.setattr(SimpleTemplateResponse, "rendered_content", "")
    monkeypatch.setattr(scalekit_page, "diagnose", list)


def walker(role: str) -> Walker:
    """What the role's account is let in to; nobody has none, an outsider is not staff."""
    client = Client()
    if role != "nobody":
        account = User.objects.create_user("viktor", is_staff=role != "outsider")
        account.groups.set(Group.objects.filter(name=role))
        client.force_login(account, BACKEND)
    return Walker(client)


def expected(route: str, role: str) -> set[str]:
    return {method for roles, methods in OPEN.get(route, []) if role in roles for method in methods}


@pytest.mark.usefixtures("light")
@pytest.mark.parametrize("role", sorted(EVERYBODY))
def test_every_address_by_every_method_is_open_to_whom_the_list_says(rows: dict[str, int], role: str) -> None:
    walking = walker(role)
    wrong = {}
    for route in routes():
        passed = {method for method in METHODS if walking.passes(method, address(route, rows))}
        if passed != expected(route, role):
            wrong[route] = (sorted(passed), sorted(expected(route, role)))
    assert wrong == {}


def test_the_list_names_no_address_that_is_gone() -> None:
    assert set(OPEN) <= set(routes())


def test_a_new_address_is_walked_and_counts_as_closed(monkeypatch: pytest.MonkeyPatch, settings: object) -> None:
    new = path("new/<int:number>/", lambda request, number: HttpResponse("open"))
    monkeypatch.setattr(urls, "urlpatterns", [*urls.urlpatterns, new])
    settings.ROOT_URLCONF = "ctera_mcp_site.urls"  # type: ignore[attr-defined]  # clears the resolver's cache
    assert "new/<int:number>/" in set(routes())
    assert expected("new/<int:number>/", "nobody") == set()
    assert walker("nobody").passes("GET", address("new/<int:number>/", {"policy": 1}))


def test_every_route_becomes_an_address_without_a_pattern_in_it(rows: dict[str, int]) -> None:
    addresses = [address(route, rows) for route in routes()]
    assert len(addresses) > 70
    assert not [each for each in addresses if set(each) & set("<>()[]^$?*")]
