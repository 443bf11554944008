"""The commands that look at a deployment tell each part's state, one remedy a failure, and end as scripts expect."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.simulators.stack import ROOT, RunningStack, free_port, manage

Check = dict[str, Any]


def told(stack: RunningStack, *arguments: str, code: int, **changed: str) -> dict[str, Check]:
    """The checks of a command by name, from its JSON."""
    done = manage({**stack.environment, **changed}, *arguments, "--json", check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "secret" not in done.stdout.replace("SECRET_KEY", "")
    found = json.loads(done.stdout)
    assert (found["state"] == "failed") is (code == 1)
    assert all(check["remedy"] for check in found["checks"] if check["state"] in {"failed", "warning"})
    return {check["check"]: check for check in found["checks"]}


@pytest.fixture
def quiet(stack: RunningStack) -> Any:
    """The stack, its portal without trouble afterwards."""
    yield stack
    stack.portal.control(clear=True)


def test_a_healthy_deployment_is_told_part_by_part_with_times(stack: RunningStack) -> None:
    found = told(stack, "check_health", code=0)
    for part in ("database", "policy", "audit", "server alive", "server ready", "portal hq", "portal acme-files"):
        assert found[part]["state"] == "ok", found[part]
        assert found[part]["seconds"] >= 0
    assert (
        found["settings"]["state"] == found["migrations"]["state"] == found["Scalekit: signing keys"]["state"] == "ok"
    )
    assert found["checkpoints"]["state"] == "warning"


def test_the_table_shows_what_the_json_holds(stack: RunningStack) -> None:
    lines = stack.manage("check_health").stdout.splitlines()
    assert any(line.startswith("ok    portal hq") and line.endswith(" s)") for line in lines)
    assert any("→ Set AUDIT_CHECKPOINT_FILE" in line for line in lines)


def test_looking_leaves_nothing_behind(stack: RunningStack) -> None:
    count = "from oauth.models import AuditEvent as E; print(E.objects.count())"
    before, sessions = stack.manage("shell", "-v", "0", "-c", count).stdout, stack.portal.stats()["open_sessions"]
    told(stack, "check_health", code=0)
    assert stack.manage("shell", "-v", "0", "-c", count).stdout == before
    assert stack.portal.stats()["open_sessions"] == sessions


def test_a_portal_in_trouble_fails_and_the_others_are_told_all_the_same(quiet: RunningStack) -> None:
    quiet.portal.control(fault={"match": "login", "kind": "status", "status": 403, "times": 9, "account": "svc-mcp"})
    found = told(quiet, "check_health", code=1)
    assert found["portal hq"]["state"] == "failed"
    assert "Enter the account's password again" in found["portal hq"]["remedy"]
    assert found["portal acme-files"]["state"] == "ok"


def test_a_database_that_is_gone_fails_and_what_needs_it_is_skipped(stack: RunningStack) -> None:
    gone = "postgres://nobody@127.0.0.1:1/none"
    found = told(stack, "check_health", code=1, DATABASE_URL=gone)
    assert found["database"]["state"] == "failed"
    assert "DATABASE_URL" in found["database"]["remedy"]
    assert {found[part]["state"] for part in ("policy", "audit", "migrations", "portals")} == {"skipped"}
    assert found["server alive"]["state"] == "ok"


def test_a_server_that_does_not_run_fails_unless_it_need_not(stack: RunningStack) -> None:
    port = str(free_port())
    assert told(stack, "check_health", code=1, PORT=port)["server alive"]["state"] == "failed"
    assert "server alive" not in told(stack, "check_health", "--no-server", code=0, PORT=port)


def test_scalekit_out_of_reach_fails_with_its_own_remedies(stack: RunningStack) -> None:
    away = f"http://127.0.0.1:{free_port()}"
    found = told(stack, "check_health", code=1, SCALEKIT_ENVIRONMENT_URL=away)
    assert found["Scalekit: signing keys"]["state"] == "failed"
    assert found["audit"]["state"] == "ok"


def test_broken_settings_are_told_instead_of_ending_the_look(stack: RunningStack) -> None:
    found = told(stack, "check_health", code=1, POLICY_MAX_STALENESS="soon")
    assert "POLICY_MAX_STALENESS" in found["settings"]["found"]


def test_a_checkpoint_file_that_cannot_be_written_fails(stack: RunningStack) -> None:
    found = told(stack, "check_health", code=1, AUDIT_CHECKPOINT_FILE="/nowhere/at/all")
    assert "AUDIT_CHECKPOINT_FILE" in found["checkpoints"]["remedy"]


def test_portals_are_checked_by_name_also_disabled_ones(quiet: RunningStack) -> None:
    switch = "from tools.models import PortalProfile as P; P.objects.filter(name='acme-files').update(enabled={})"
    quiet.manage("shell", "-c", switch.format("False"))
    try:
        assert told(quiet, "check_portal", code=0).keys() == {"portal hq"}
        found = told(quiet, "check_portal", "acme-files", code=0)
        assert "disabled" in found["portal acme-files"]["found"]
    finally:
        quiet.manage("shell", "-c", switch.format("True"))


def test_an_unknown_portal_is_a_misuse_that_names_those_there_are(stack: RunningStack) -> None:
    done = stack.manage("check_portal", "nope", check=False)
    assert done.returncode == 2
    assert "acme-files, hq" in done.stderr


@pytest.mark.parametrize("limit", ["soon", "0", "-1", "1e9", "nan"])
def test_a_time_limit_that_is_none_is_a_misuse(stack: RunningStack, limit: str) -> None:
    assert stack.manage("check_portal", f"--timeout={limit}", check=False).returncode == 2


def test_a_slow_portal_is_given_up_in_time(quiet: RunningStack) -> None:
    quiet.portal.control(hold="login")
    try:
        found = told(quiet, "check_portal", "hq", "--timeout", "0.5", code=1)
        assert "0.5 s" in found["portal hq"]["found"]
        assert found["portal hq"]["seconds"] < 5
    finally:
        quiet.portal.control(release="login")


def in_container(stack: RunningStack, *arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ctera_mcp_site.container_health", *arguments]
    environment = {**stack.environment, **changed}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("wish", [(), ("--ready",)])
def test_the_check_of_a_container_tells_a_living_server_from_a_dead_one(stack: RunningStack, wish: tuple[str]) -> None:
    assert in_container(stack, *wish).returncode == 0
    dead = in_container(stack, *wish, PORT=str(free_port()))
    assert (dead.returncode, "ConnectionRefusedError" in dead.stdout) == (1, True)


def test_the_check_of_a_container_refuses_what_it_does_not_know(stack: RunningStack) -> None:
    assert in_container(stack, "--fast").returncode == 2
    assert in_container(stack, PORT="http").returncode == 1
