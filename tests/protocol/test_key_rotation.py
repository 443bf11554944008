"""Keys are rotated under two workers at work: no call fails, nobody logs in anew, and a key gone too early is loud."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.fernet import Fernet

from tests.protocol.databases import BOTH_AT_LENGTH, two_workers
from tests.protocol.evidence import query
from tests.protocol.from_outside import metrics_page, until
from tests.protocol.wire import MODERN, Wire
from tests.simulators.stack import ROOT, RunningStack, free_port, manage, portals_of, start_server

pytestmark = pytest.mark.timeout(300)  # many commands, each a process of its own
OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
CALLERS = 8
SPARE = "spare"


@pytest.fixture(scope="module", params=BOTH_AT_LENGTH)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Two workers that know both keys; what is stored was sealed by the old one."""
    keys = f"{OLD},{NEW}"
    with two_workers(request.param, tmp_path_factory.mktemp("rotation"), CREDENTIAL_KEYS=keys) as running:
        yield running


def rotate(stack: RunningStack, first: str = NEW, second: str = OLD) -> dict[str, Any]:
    """The rotation's own answer; it alone knows the new key as the first."""
    done = manage(stack.environment | {"CREDENTIAL_KEYS": f"{first},{second}"}, "rotate_credentials", "--json")
    assert OLD not in done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def sealed(stack: RunningStack, name: str) -> str:
    return str(query(stack, f"SELECT sealed_password FROM tools_portalprofile WHERE name = '{name}'")[0][0])


@dataclass
class Load:
    """Callers who ask without rest, by a new connection each time, which any worker may take; one failure ends it."""

    stack: RunningStack
    calls: list[int] = field(default_factory=lambda: [0] * CALLERS)
    failures: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self, number: int) -> None:
        token = self.stack.token("bob", sub=f"usr_{number}")
        while not self.over.is_set():
            try:
                with Wire(self.stack, MODERN) as wire:
                    wire.good("list_dir", token, portal="hq", tenant="acme", path="/Users")
            except Exception as failure:  # noqa: BLE001 - whatever it is, the test tells
                self.failures.append(repr(failure))
                return
            self.calls[number] += 1

    def each_called(self, times: int) -> None:
        """Return when every caller was answered so many times more."""
        before = list(self.calls)
        until(lambda: bool(self.failures) or all(n - m >= times for n, m in zip(self.calls, before, strict=True)))
        assert self.failures == []


@contextmanager
def load(stack: RunningStack) -> Iterator[Load]:
    pressed = Load(stack)
    threads = [threading.Thread(target=pressed.run, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield pressed
    finally:
        pressed.over.set()
        for thread in threads:
            thread.join()


def revisions(stack: RunningStack) -> tuple[int, set[str]]:
    """The revision of the database, and the streams (of workers) whose newest event was decided by it."""
    [(now,)] = query(stack, "SELECT number FROM tools_revision")
    return now, {row[0] for row in query(stack, f"SELECT DISTINCT stream FROM oauth_auditevent WHERE revision = {now}")}


def test_under_load_no_call_fails_and_nobody_logs_in_anew(stack: RunningStack) -> None:
    rotate(stack, OLD, NEW)
    before = {name: sealed(stack, name) for name in ("hq", "acme-files")}
    with load(stack) as pressed:
        until(lambda: len(revisions(stack)[1]) == 2)  # both workers are at work
        pressed.each_called(3)
        logins = stack.portal.stats()["logins"]
        found = rotate(stack)
        until(lambda: len(revisions(stack)[1]) == 2)  # both have read the new seals
        pressed.each_called(5)
        assert stack.portal.stats()["logins"] == logins
        assert {row["state"] for row in found["profiles"]} == {"re-sealed"}
        for name, text in before.items():
            assert Fernet(NEW).decrypt(sealed(stack, name)) == Fernet(OLD).decrypt(text)
        stack.portal.control(expire="all", expire_form="html200")  # so that every worker opens a new seal
        pressed.each_called(5)
        assert stack.portal.stats()["logins"] > logins  # type: ignore[operator]  # figures are objects in the stub
    assert "secret re-sealed" in str(query(stack, "SELECT history_change_reason FROM tools_historicalportalprofile"))
    assert {row["state"] for row in rotate(stack)["profiles"]} == {"already current"}
    log = stack.log_file.read_text()
    for secret in (OLD, NEW, "svc-secret", *before.values()):
        assert secret not in log


def test_a_password_that_another_process_sets_meanwhile_wins(stack: RunningStack, tmp_path: Path) -> None:
    profile = portals_of(stack.portal)[0] | {"name": SPARE, "default": False}
    command = [sys.executable, str(ROOT / "manage.py"), "import_config"]
    for number in range(2):
        file = tmp_path / f"{number}.yaml"
        file.write_text(yaml.safe_dump({"version": 1, "portals": [profile | {"password": f"set-{number}"}]}))
        setting = subprocess.Popen([*command, str(file)], env=stack.environment, stdout=subprocess.DEVNULL, cwd=ROOT)
        manage(stack.environment | {"CREDENTIAL_KEYS": f"{NEW},{OLD}"}, "rotate_credentials", check=False)
        assert setting.wait(60) == 0
        assert Fernet(NEW).decrypt(resealed(stack)).decode() == f"set-{number}"


def resealed(stack: RunningStack) -> str:
    """The seal of the spare profile after one more rotation, which finds what the other process left."""
    assert rotate(stack)["ok"] is True
    return sealed(stack, SPARE)


def test_a_key_removed_too_early_stops_its_profiles_alone_and_the_rotation_mends_it(
    stack: RunningStack, tmp_path: Path
) -> None:
    rotate(stack, OLD, NEW)
    file = tmp_path / "one.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "portals": portals_of(stack.portal)[:1]}))
    manage(stack.environment | {"CREDENTIAL_KEYS": NEW}, "import_config", str(file))
    port = free_port()
    more = {"PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}", "CREDENTIAL_KEYS": NEW, "WORKERS": "1"}
    with start_server(stack.environment | more, tmp_path) as (process, log_file):
        server = replace(
            stack, port=port, environment=stack.environment | more, server=process, log_file=log_file
        )  # fmt: skip
        token = stack.scalekit.mint("bob", aud=stack.scalekit.resource_id)
        with Wire(server, MODERN) as wire:
            wire.good("who_am_i", token, portal="hq")
            content = wire.bad("who_am_i", token, portal="acme-files")
            assert content["code"] == "portal_login_failed"
            assert "ask an operator" in content["message"]
            assert "key" not in content["message"].lower()
            log = log_file.read_text()
            assert "this worker refuses portal profile acme-files: no key in CREDENTIAL_KEYS opens its password" in log
            assert "set the password again in the profile" in log
            [(others,)] = query(stack, "SELECT count(*) FROM tools_portalprofile WHERE enabled AND name <> 'hq'")
            assert f"ctera_mcp_portal_passwords_unreadable {others:.1f}" in metrics_page(server)
            told = server.manage("check").stderr
            assert "tools.W001" in told
            assert "acme-files" in told
            assert query(stack, "SELECT enabled FROM tools_portalprofile WHERE name = 'acme-files'")[0][0], "for others"
            rotate(stack)
            until(lambda: wire.result("who_am_i", token, portal="acme-files")["isError"] is False)
            assert "ctera_mcp_portal_passwords_unreadable 0.0" in metrics_page(server)
    assert "Traceback" not in log_file.read_text()
