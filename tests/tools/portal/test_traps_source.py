"""Traps that are met by not going near them: shown on the source of the room, and on what it imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import cterasdk
import pytest

from tools.portal.sdk import new_client
from tools.profile import Profile

ROOT = Path(__file__).resolve().parents[3]
ROOM = sorted((ROOT / "tools" / "portal").glob("*.py"))
SYNCHRONOUS = {"GlobalAdmin", "ServicesPortal", "Edge", "Drive"}
ON_THE_DISK = {"download", "upload_file", "asynfs", "synfs", "commonfs"}
BROKEN = {"defaults", "AsyncMigrate", "wait_for", "impersonate", "set_session_id"}
THREADS = {"threading", "concurrent", "asgiref", "multiprocessing"}


def imported() -> set[tuple[str, str]]:
    """(module, name) of every import in the room."""
    found: set[tuple[str, str]] = set()
    for path in ROOM:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                found |= {(node.module or "", alias.name) for alias in node.names}
            elif isinstance(node, ast.Import):
                found |= {(alias.name, "") for alias in node.names}
    return found


def attributes() -> set[str]:
    """Every attribute that the room touches; `io.download` streams, `files.download` writes to the disk."""
    trees = (ast.parse(path.read_text()) for path in ROOM)
    touched = {node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return {node.attr for node in touched if not ast.unparse(node).endswith(".io.download")}


@pytest.mark.trap("0.1/synchronous-classes")
def test_only_the_asynchronous_half_of_the_sdk_is_used() -> None:
    sdk = {(module, name) for module, name in imported() if module.split(".")[0] == "cterasdk"}
    assert sdk
    assert not {name for _, name in sdk} & SYNCHRONOUS
    assert not {module for module, _ in sdk if "synchronous" in module.replace("asynchronous", "")}


@pytest.mark.trap("7.1/parameters-shared-by-threads")
@pytest.mark.trap("2/loops-and-threads")
def test_portal_traffic_stays_on_the_one_event_loop() -> None:
    assert not {module.split(".")[0] for module, _ in imported()} & THREADS
    assert not attributes() & {"run_in_executor", "to_thread", "run_coroutine_threadsafe", "new_event_loop"}


@pytest.mark.trap("7.11/the-servers-own-disk")
def test_nothing_reads_or_writes_the_servers_own_disk() -> None:
    assert not attributes() & ON_THE_DISK
    assert not {name for _, name in imported()} & ON_THE_DISK


@pytest.mark.trap("7.12/broken-calls")
def test_calls_that_are_broken_in_the_sdk_are_not_used() -> None:
    assert not (attributes() | {name for _, name in imported()}) & BROKEN


@pytest.mark.trap("7.10/loop-made-at-import")
def test_importing_the_sdk_leaves_no_loop_open() -> None:
    program = "import tools.portal.pool, asyncio, gc; gc.collect(); asyncio.run(asyncio.sleep(0))"
    command = [sys.executable, "-X", "dev", "-W", "error::ResourceWarning", "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "ResourceWarning" in done.stderr) == (0, False), done.stderr


@pytest.mark.trap("7.7/record-of-all-traffic")
async def test_the_sdks_record_of_all_traffic_is_off_and_cannot_be_switched_on() -> None:
    assert cterasdk.settings.audit.enabled is False
    profile = Profile("hq", 1, "portal.example.com", 443, True, True, "admin", "svc", "sealed")
    client = new_client(profile)
    modules = {
        callback.__module__
        for hooks in client.default._session._session._trace_configs
        for signal in (hooks.on_request_start, hooks.on_request_redirect, hooks.on_request_end)
        for callback in signal
    }
    assert modules == {"tools.portal.hooks"}
    await client.default.close()
