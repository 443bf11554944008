"""`check_portal` and `check_health` find what was broken on purpose, say what to do, and end in time."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.protocol.databases import out_of_reach
from tests.protocol.evidence import query
from tests.protocol.wire import MODERN, Wire
from tests.simulators.stack import ROOT, RunningStack, free_port, manage, portals_of, start_stack

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Beside the good profiles: one with a wrong password, one with a wrong certificate, one that is disabled."""
    directory = tmp_path_factory.mktemp("health")
    with start_stack(directory) as stack:
        good = portals_of(stack.portal)[0] | {"default": False}
        more = [
            {**good, "name": "locked", "password": "not this one"},
            {**good, "name": "untrusted", "ca_pem": ""},
            {**good, "name": "off", "enabled": False},
        ]
        file = directory / "more.yaml"
        file.write_text(yaml.safe_dump({"version": 1, "portals": more}))
        stack.manage("import_config", str(file))
        yield stack


def asked(stack: RunningStack, command: str, *arguments: str, code: int) -> dict[str, dict[str, Any]]:
    """The findings of a command by check."""
    done = stack.manage(command, "--json", *arguments, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert answer["state"] == ("failed" if code else answer["state"])
    return {finding["check"]: finding for finding in answer["checks"]}


def test_without_names_every_enabled_portal_is_looked_at_and_the_results_are_kept(broken: RunningStack) -> None:
    left = broken.portal.stats()["open_sessions"]  # by a look that had been given up when the portal let it in
    found = asked(broken, "check_portal", code=1)
    states = {check: finding["state"] for check, finding in found.items()}
    assert states == {
        "portal acme-files": "ok", "portal hq": "ok", "portal locked": "failed", "portal untrusted": "failed",
    }  # fmt: skip
    assert "right password" in found["portal locked"]["remedy"]
    assert "authority" in found["portal untrusted"]["remedy"]
    assert all(finding["seconds"] is not None for finding in found.values())
    assert len(query(broken, "SELECT id FROM tools_portalhealth WHERE checked_at IS NOT NULL")) == 4
    assert broken.portal.stats()["open_sessions"] == left


def test_named_portals_alone_are_looked_at_and_a_disabled_one_is_told(broken: RunningStack) -> None:
    done = broken.manage("check_portal", "hq", "off")
    assert "ok    portal hq" in done.stdout
    assert "skip  portal off" in done.stdout
    assert "disabled" in done.stdout
    assert "locked" not in done.stdout


def test_an_unknown_name_is_misuse_and_the_names_that_exist_are_told(broken: RunningStack) -> None:
    done = broken.manage("check_portal", "hq", "moon", check=False)
    assert done.returncode == 2
    assert "moon" in done.stderr
    assert "acme-files, hq, locked, off, untrusted" in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("command", ["check_portal", "check_health"])
@pytest.mark.parametrize("seconds", ["0", "-1", "5000", "nan", "soon"])
def test_a_time_that_is_none_is_misuse(broken: RunningStack, command: str, seconds: str) -> None:
    assert broken.manage(command, "--timeout", seconds, check=False).returncode == 2


def test_a_portal_that_hangs_ends_with_the_time_for_all(broken: RunningStack) -> None:
    broken.portal.control(hold="login")
    try:
        began = time.monotonic()
        found = asked(broken, "check_portal", "hq", "--timeout", "1", code=1)
        assert time.monotonic() - began < 20
        assert "1 s" in found["portal hq"]["found"]
        assert "--timeout" in found["portal hq"]["remedy"]
    finally:
        broken.portal.control(release="login")


def test_a_good_deployment_is_good_in_every_part(stack: RunningStack) -> None:
    with Wire(stack, MODERN) as wire:
        wire.good("list_portals", stack.token("alice"))
    found = asked(stack, "check_health", code=0)
    parts = ("settings", "database", "migrations", "policy", "audit", "audit checkpoint", "portal hq", "server ready")
    assert {found[part]["state"] for part in parts} <= {"ok", "warning"}, found
    assert found["audit checkpoint"]["state"] == "warning"  # nothing is kept outside the database here
    assert found["Scalekit: signing keys"]["state"] == "ok"
    count = "SELECT count(*) FROM oauth_auditevent WHERE kind <> 'refusals'"  # those of other tests are counted later
    before = query(stack, count)
    stack.manage("check_health")
    assert query(stack, count) == before


def test_each_part_that_fails_is_told_with_its_remedy_and_the_others_go_on(broken: RunningStack) -> None:
    broken.scalekit.control(keys_mode="down")
    try:
        found = asked(broken, "check_health", code=1)
    finally:
        broken.scalekit.control(keys_mode="good")
    assert found["portal locked"]["state"] == found["Scalekit: signing keys"]["state"] == "failed"
    assert found["database"]["state"] == found["portal hq"]["state"] == "ok"
    assert all(finding["remedy"] for finding in found.values() if finding["state"] in {"failed", "warning"})
    assert "portal off" not in found


def test_without_the_database_the_rest_is_told(tmp_path: Path, stack: RunningStack) -> None:
    file = tmp_path / "empty" / "db.sqlite3"
    file.parent.mkdir()
    file.touch()
    environment = stack.environment | {"DATABASE_URL": f"sqlite:///{file}", "AUDIT_KEYS": ""}
    with out_of_reach(environment["DATABASE_URL"]):
        done = manage(environment, "check_health", "--timeout", "30", check=False)
    assert done.returncode == 1
    assert "FAIL  database" in done.stdout
    assert "Check DATABASE_URL" in done.stdout
    assert "warn  audit keys" in done.stdout
    behind = manage(environment, "check_health", "--timeout", "30", check=False)
    assert "FAIL  migrations" in behind.stdout
    assert "manage.py migrate" in behind.stdout


def test_a_server_that_does_not_run_is_skipped(stack: RunningStack) -> None:
    port = str(free_port())
    environment = stack.environment | {"PORT": port, "PUBLIC_URL": f"http://localhost:{port}"}
    done = manage(environment, "check_health", check=False)
    assert "skip  server" in done.stdout
    assert done.returncode == 1  # clients find no metadata there


def test_a_setting_that_cannot_be_used_is_a_finding(stack: RunningStack) -> None:
    done = manage(stack.environment | {"PORT": "many"}, "check_health", check=False)
    assert "FAIL  settings site.E033" in done.stdout
    assert "a whole number" in done.stdout


def container(stack: RunningStack, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    names = ("PATH", "PORT", "PUBLIC_URL", "ALLOWED_HOSTS")
    environment = {name: stack.environment[name] for name in names} | more
    command = [sys.executable, "-m", "ctera_mcp_site.container_health", *arguments]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_container_asks_its_server_without_django(stack: RunningStack) -> None:
    for arguments in ([], ["--ready"]):
        done = container(stack, *arguments)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.endswith(": 200\n")
    assert container(stack, ALLOWED_HOSTS=".example.com").returncode == 1  # a name that this server does not answer to
    code = "import sys; import ctera_mcp_site.container_health; print('django' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_container_whose_server_is_gone_is_not_healthy(stack: RunningStack) -> None:
    done = container(stack, PORT=str(free_port()), HOST="0.0.0.0")
    assert done.returncode == 1
    assert "no answer" in done.stdout


def test_a_container_whose_server_cannot_serve_is_alive_and_not_ready(tmp_path: Path) -> None:
    with start_stack(tmp_path) as stack, out_of_reach(stack.environment["DATABASE_URL"]):
        assert container(stack, "--ready").returncode == 1
        assert container(stack).returncode == 0
