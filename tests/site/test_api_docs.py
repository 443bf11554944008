"""The API is described for staff alone, completely, and with scripts of this server only."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(**more: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("stella", **more), BACKEND)
    return client


def test_strangers_are_sent_to_sign_in_and_programs_told_so(client: Client) -> None:
    assert client.get("/api/docs")["Location"] == "/admin/login/?next=/api/docs"
    answer = client.get("/api/openapi.json")
    assert (answer.status_code, answer.json()) == (401, {"detail": "Sign in to the admin first."})


def test_accounts_that_are_not_staff_read_neither() -> None:
    client = signed_in()
    assert client.get("/api/docs").status_code == 302
    assert client.get("/api/openapi.json").status_code == 403


def test_staff_read_a_document_of_every_address_of_the_apis() -> None:
    answer = signed_in(is_staff=True).get("/api/openapi.json")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    assert set(answer.json()["paths"]) >= {
        "/api/v1/explain", "/healthz", "/readyz", "/.well-known/oauth-protected-resource/mcp",
    }  # fmt: skip
    assert answer.json()["paths"]["/api/v1/explain"]["post"]["security"]


def test_the_page_loads_nothing_from_elsewhere() -> None:
    html = signed_in(is_staff=True).get("/api/docs").content.decode()
    loaded = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert len(loaded) == 4
    for address in loaded:
        assert address.startswith("/static/ninja/")
        assert finders.find(address.removeprefix("/static/")) is not None
    assert not re.search(r"<script(?![^>]*(?:src=|application/json))", html)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_neither_takes_anything_but_reading(method: str) -> None:
    client = signed_in(is_staff=True)
    assert getattr(client, method)("/api/docs").status_code == 405
    assert getattr(client, method)("/api/openapi.json").status_code == 405
