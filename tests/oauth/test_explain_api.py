"""`POST /api/v1/explain` answers staff who may see policies with the keys of the command."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from oauth.models import Policy
from tests.oauth.conftest import BACKEND, staff
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/explain"
ASKED: dict[str, Any] = {
    "scopes": ["ctera:read"], "tool": "list_dir", "portal": "hq", "tenant": "-", "paths": ["/HR/Pay"],
}  # fmt: skip


@pytest.fixture(autouse=True)
def private() -> None:
    PortalProfile.objects.create(name="hq", host="portal.example.com", username="svc", default=True)
    Policy.objects.create(name="HR is private", effect="deny", tools=["*"], paths=["/HR/**"])


def post(client: Client, **change: Any) -> Any:
    return client.post(ADDRESS, json.dumps({**ASKED, **change}), content_type="application/json")


def test_the_answer_has_the_keys_of_the_command(viewer: Client) -> None:
    answer = post(viewer)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert found.keys() == {"allowed", "reason", "policy", "required_scopes", "account", "trace"}
    assert (found["allowed"], found["reason"], found["policy"]) == (False, "denied_by_policy", "HR is private")
    assert found["trace"][0] == {"policy": "HR is private", "effect": "deny", "matched": True, "failed_on": None}


def test_scopes_may_be_a_text_as_in_a_token(viewer: Client) -> None:
    found = post(viewer, scopes="ctera:read user:read", paths=["/Docs"]).json()
    assert (found["allowed"], found["policy"]) == (True, "Readers")


def test_an_unknown_tool_is_an_answer(viewer: Client) -> None:
    assert post(viewer, tool="format_disk").json()["reason"] == "unknown_tool"


@pytest.mark.parametrize(
    "wrong", [{"portal": "nowhere"}, {"paths": ["/a/../b"]}, {"at": "x"}, {"colour": "red"}, {"scopes": 7}], ids=str
)
def test_what_cannot_be_a_call_is_refused(viewer: Client, wrong: dict[str, Any]) -> None:
    assert post(viewer, **wrong).status_code == 422


def test_staff_who_may_not_see_policies_are_refused(client: Client) -> None:
    assert post(staff(client, "view_scope")).status_code == 403


def test_who_is_no_staff_or_not_signed_in_is_refused(client: Client) -> None:
    assert post(client).status_code == 401
    client.force_login(User.objects.create_user("guest"), BACKEND)
    assert post(client).status_code == 401


def test_a_post_without_the_csrf_token_is_refused() -> None:
    checking = Client(enforce_csrf_checks=True)
    checking.force_login(User.objects.create_superuser("olga"), BACKEND)
    assert post(checking).status_code == 403
