"""What `manage.py serve` hands to the server that it runs."""

from __future__ import annotations

from typing import Any

import pytest
import uvicorn
from django.core.management import call_command
from pytest_django import Settings


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The options of the one run."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: found.update(options, app=app))
    monkeypatch.setattr("ctera_mcp_site.management.commands.serve.refuse_unapplied_migrations", lambda: None)
    return found


def test_the_settings_say_where_and_with_how_many_processes(handed: dict[str, Any], settings: Settings) -> None:
    settings.HOST, settings.PORT, settings.WORKERS = "0.0.0.0", 8080, 3
    call_command("serve", skip_checks=True)
    assert (handed["host"], handed["port"], handed["workers"]) == ("0.0.0.0", 8080, 3)


def test_options_come_before_settings(handed: dict[str, Any]) -> None:
    call_command("serve", "--host", "::1", "--port", "9000", "--workers", "2", skip_checks=True)
    assert (handed["host"], handed["port"], handed["workers"]) == ("::1", 9000, 2)


def test_forwarded_headers_are_believed_of_the_named_proxies_only(handed: dict[str, Any], settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    call_command("serve", skip_checks=True)
    assert (handed["proxy_headers"], handed["forwarded_allow_ips"]) == (True, ["10.0.0.0/8"])


def test_without_proxies_no_forwarded_header_is_believed(handed: dict[str, Any], settings: Settings) -> None:
    settings.TRUSTED_PROXIES = []
    call_command("serve", skip_checks=True)
    assert handed["proxy_headers"] is False


def test_requests_are_not_logged_with_their_addresses(handed: dict[str, Any]) -> None:
    call_command("serve", skip_checks=True)
    assert handed["access_log"] is False
