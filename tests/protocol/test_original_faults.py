"""What the system that this one implements anew got wrong: each fault is named here, with the test that keeps it out.

A fault is shown here, or by a test elsewhere that `SHOWN_ELSEWHERE` points to (and that must exist).
"""

from __future__ import annotations

import ast
import asyncio
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import httpx2
import pytest

from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack

ROOT = Path(__file__).resolve().parents[2]
SHOWN_ELSEWHERE = {
    "only one issuer form is accepted": "tests/oauth/test_tokens.py::test_both_forms_of_the_issuer_are_one_issuer",
    "keys are fetched once and never again": "tests/oauth/test_keys.py::test_a_new_key_is_found_after_the_cooldown",
    "automatic session refresh fails": (
        "tests/tools/portal/test_traps_expiry.py::test_every_form_of_expiry_is_one_new_login_and_one_retry"
    ),
    "TLS verification is a process-wide switch": (
        "tests/tools/portal/test_pool.py::test_verification_can_be_switched_off_for_one_profile_alone"
    ),
    "settings validation that never runs": (
        "tests/site/test_environment.py::test_the_start_stops_and_names_every_problem_at_once"
    ),
    "a folder named 2024 comes back as a number": (
        "tests/protocol/test_portal_trouble.py::test_names_that_look_like_numbers_come_back_as_they_are"
    ),
    "authorization-server metadata is served from the MCP host": (
        "tests/protocol/test_discovery.py::test_there_is_no_authorization_server_metadata_on_this_host"
    ),
}


@pytest.mark.parametrize("fault", SHOWN_ELSEWHERE)
def test_the_test_that_keeps_a_fault_out_exists(fault: str) -> None:
    file, name = SHOWN_ELSEWHERE[fault].split("::")
    tree = ast.parse((ROOT / file).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_reading_needs_no_administration(wire: Wire) -> None:
    """Every tools/call needed both ctera:read and ctera:admin."""
    reader = wire.stack.token("alice", scopes=["ctera:read"], scope="ctera:read")
    assert wire.good("list_dir", reader, path="/")["path"] == "/"
    caller = wire.stack.token("alice", scopes=["user:read"], scope="user:read")
    assert wire.good("who_am_i", caller)["account"] == "svc-mcp"


def test_a_missing_scope_is_403_and_names_the_scope(wire: Wire) -> None:
    """A missing scope was 401 without scope=."""
    answer = wire.call("browse_team_portal", wire.stack.token("alice"), tenant="acme")
    assert answer.status_code == 403
    assert re.search(r'scope="[^"]*ctera:admin[^"]*"', answer.headers["www-authenticate"])


def test_browsing_leaves_no_hidden_state_between_callers(wire: Wire) -> None:
    """`browse` changed hidden state that the next call, of anybody, worked in."""
    bob = wire.stack.token("bob")
    before = wire.good("who_am_i", bob)["tenant"]
    wire.good("browse_team_portal", bob, tenant="globex")
    assert wire.good("who_am_i", bob)["tenant"] == before == "-"
    assert {entry["name"] for entry in wire.good("list_dir", bob, path="/Users", tenant="acme")["entries"]} == {
        "Alice Acme",
        "Bob Acme",
    }


async def test_many_clients_share_portal_logins(stack: RunningStack) -> None:
    """Each MCP session logged in to the portal anew, and none was ever released."""
    token = stack.token("bob")

    async def client() -> None:
        def ask() -> None:
            with Wire(stack, "2025-11-25") as wire:
                hello = {
                    "protocolVersion": "2025-11-25",
                    "capabilities": {},
                    "clientInfo": {"name": "x", "version": "1"},
                }
                assert wire.send("initialize", hello, token=token).status_code == 200
                wire.good("list_dir", token, path="/Users", tenant="acme")

        await asyncio.to_thread(ask)

    await client()
    before = stack.portal.stats()["logins"]
    await asyncio.gather(*(client() for _ in range(12)))
    assert stack.portal.stats()["logins"] == before


@pytest.mark.parametrize("origin", ["http://localhost:6274", "https://evil.example"])
def test_no_origin_gets_credentials_and_none_gets_a_star(wire: Wire, origin: str) -> None:
    """CORS was `*` together with credentials."""
    answer = wire.send("tools/list", {}, token=wire.stack.token("alice"), headers={"Origin": origin})
    assert "access-control-allow-credentials" not in answer.headers
    assert answer.headers.get("access-control-allow-origin") in {None, origin}
    assert ("evil" in origin) == (answer.status_code == 403)


def test_the_metadata_follows_the_settings(stack: RunningStack) -> None:
    """The metadata was JSON pasted into a variable, free to contradict everything else."""
    document = httpx2.get(f"{stack.base}/.well-known/oauth-protected-resource/mcp", trust_env=False).json()
    assert document["resource"] == stack.environment["PUBLIC_URL"] + "/mcp"
    assert "METADATA_JSON_RESPONSE" not in (ROOT / "ctera_mcp_site/settings.py").read_text()


def test_the_listening_path_is_the_documented_and_the_advertised_one(wire: Wire) -> None:
    """It listened on a path that was neither."""
    document = httpx2.get(f"{wire.stack.base}/.well-known/oauth-protected-resource/mcp", trust_env=False).json()
    token = wire.stack.token("alice")
    assert document["resource"] == wire.stack.url
    for path in ("/mcp", "/"):
        assert wire.send("tools/list", {}, token=token, path=path).status_code == 200


@pytest.mark.parametrize("package", ["mcp", "cterasdk"])
def test_the_server_runs_on_the_pinned_packages(package: str) -> None:
    """It ran neither on today's `mcp` nor on today's `cterasdk`."""
    assert re.search(
        rf"^{package}=={re.escape(version(package))}\b", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    )


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_every_room_has_tests_that_the_runner_finds() -> None:
    """It had none: here each room of the source has a folder of them, and the runner finds them."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "tests/oauth", "tests/tools", "tests/site"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0
