"""What `manage.py serve` hands to the server that it runs."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from django.core.management import CommandError, call_command
from pytest_django import Settings

from ctera_mcp_site import supervisor
from ctera_mcp_site.checks import check_metrics_directory


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The options of the one run."""
    found: dict[str, Any] = {}

    def run(config: uvicorn.Config) -> bool:
        found.update(vars(config), shared=os.environ.get("METRICS_DIR"))
        if found["shared"]:
            found["mode"] = stat.S_IMODE(Path(found["shared"]).stat().st_mode)
        return True

    monkeypatch.setattr(supervisor, "run", run)
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


def test_a_server_that_could_not_begin_ends_with_three_as_the_library_does(
    handed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "run", lambda config: False)
    with pytest.raises(CommandError, match="could not begin") as ended:
        call_command("serve", "--workers", "1", skip_checks=True)
    assert ended.value.returncode == 3


def test_requests_are_not_logged_with_their_addresses(handed: dict[str, Any]) -> None:
    call_command("serve", skip_checks=True)
    assert handed["access_log"] is False


def test_several_workers_share_their_numbers_in_a_directory_of_the_run(handed: dict[str, Any]) -> None:
    call_command("serve", "--workers", "2", skip_checks=True)
    assert handed["mode"] == 0o700
    assert not Path(handed["shared"]).exists()
    assert "METRICS_DIR" not in os.environ


def test_a_single_worker_and_a_directory_that_is_named_need_no_other(
    handed: dict[str, Any], settings: Settings, tmp_path: Path
) -> None:
    call_command("serve", "--workers", "1", skip_checks=True)
    assert handed["shared"] is None
    settings.METRICS_DIR = str(tmp_path)
    call_command("serve", "--workers", "2", skip_checks=True)
    assert handed["shared"] is None


def test_a_directory_that_cannot_be_used_stops_the_start(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.METRICS_DIR = str(tmp_path / "file")
    assert [fault.id for fault in check_metrics_directory()] == ["site.E041"]
    settings.METRICS_DIR = str(tmp_path / "run")
    assert check_metrics_directory() == []
