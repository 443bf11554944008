"""Over the wire, on both databases: chains of several workers hold, also when workers are killed; floods stay small."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.protocol.databases import BOTH_AT_LENGTH, new_database
from tests.protocol.evidence import query
from tests.protocol.processes import workers
from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(params=BOTH_AT_LENGTH, scope="module")
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Two workers, with a file of checkpoints."""
    directory: Path = tmp_path_factory.mktemp("audit")
    with new_database(request.param, directory) as url:
        file = str(directory / "checkpoints.jsonl")
        with start_stack(directory, DATABASE_URL=url, WORKERS="2", AUDIT_CHECKPOINT_FILE=file) as running:
            yield running


def verified(stack: RunningStack) -> tuple[int, dict[str, object]]:
    """Exit code and findings; the file of checkpoints is there some seconds after the first call."""
    deadline = time.monotonic() + 60
    while (done := stack.manage("verify_audit", "--json", check=False)).returncode == 2:
        assert time.monotonic() < deadline, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_chains_hold_under_load_while_workers_are_killed(stack: RunningStack) -> None:
    token = stack.token("alice")
    answered = []

    def calls(_: int) -> None:
        left, deadline = 25, time.monotonic() + 90
        while left:
            assert time.monotonic() < deadline
            with Wire(stack, "2026-07-28") as wire:
                try:
                    answered.append(wire.good("list_portals", token))
                    left -= 1
                except httpx2.TransportError:
                    time.sleep(0.02)  # its worker was killed under it, and the next one is starting

    with ThreadPoolExecutor(6) as callers:
        waiting = [callers.submit(calls, number) for number in range(6)]
        for enough in (40, 80):
            deadline = time.monotonic() + 60
            while len(answered) < enough or len(workers(stack.server.pid)) < 2:
                assert time.monotonic() < deadline
                time.sleep(0.01)  # between two looks
            os.kill(max(workers(stack.server.pid)), signal.SIGKILL)
        for each in waiting:
            each.result()
    ((count,),) = query(stack, "SELECT count(*) FROM oauth_auditevent WHERE outcome = 'ok' AND kind = 'call'")
    code, found = verified(stack)
    assert (code, found["unchained"]) == (0, 0), found
    assert count >= len(answered) > 80
    ((streams,),) = query(stack, "SELECT count(DISTINCT stream) FROM oauth_auditevent WHERE kind = 'call'")
    assert streams >= 2  # of a killed one, and of who came after


def test_a_flood_of_refusals_leaves_few_rows(stack: RunningStack) -> None:
    token = stack.token("mallory")
    with Wire(stack, "2026-07-28") as wire:
        answers = [wire.call("list_dir", token, path="/HR").status_code for _ in range(400)]
    assert set(answers) == {403}
    rows = query(
        stack, "SELECT paths, portal FROM oauth_auditevent WHERE subject = 'usr_mallory' AND outcome = 'denied'"
    )
    assert 60 <= len(rows) <= 2 * 2 * 61  # two workers; the minute may have turned once
    assert all("/HR" in str(paths) for paths, _ in rows if paths not in ("[]", []))


def test_a_refusal_is_recorded_with_what_each_policy_said(stack: RunningStack) -> None:
    with Wire(stack, "2026-07-28") as wire:
        assert wire.call("create_directory", stack.token("alice"), path="/x").status_code == 403
    rows = query(
        stack, "SELECT details FROM oauth_auditevent WHERE tool LIKE '%create_directory' AND outcome = 'denied'"
    )
    details = rows[-1][0] if isinstance(rows[-1][0], dict) else json.loads(rows[-1][0])
    assert {(effect, failed_on) for _, effect, failed_on in details["trace"]} == {("allow", "scopes")}


def test_what_somebody_changes_by_sql_is_named(stack: RunningStack) -> None:
    with Wire(stack, "2026-07-28") as wire:
        for _ in range(5):
            wire.good("list_portals", stack.token("bob"))
    assert verified(stack)[0] == 0
    ((number,),) = query(stack, "SELECT max(id) FROM oauth_auditevent WHERE subject = 'usr_bob'")
    script = (
        "from oauth.models import AuditEvent as E; from django.db.models import QuerySet as Q; "
        f"Q(E).filter(pk={number}).update(subject='x')"
    )
    stack.manage("shell", "-c", script)
    done = stack.manage("verify_audit", check=False)
    assert done.returncode == 1
    assert f"(event {number})" in done.stdout
    script = script.replace("subject='x'", "subject='usr_bob'")
    stack.manage("shell", "-c", script)
    assert verified(stack)[0] == 0


def test_exporting_and_pruning_work_beside_a_running_server(stack: RunningStack) -> None:
    with Wire(stack, "2026-07-28") as wire:
        for _ in range(20):
            wire.good("list_portals", stack.token("alice"))
    lines = stack.manage("export_audit", "--tool", "list_portals").stdout.splitlines()
    assert len(lines) >= 20
    assert {json.loads(line)["tool"] for line in lines} == {"ctera_portal_list_portals"}
    script = (
        "from oauth.models import AuditEvent as E; from datetime import datetime, timezone; import oauth.pruning as p;"
        "print(p.prune(datetime.now(timezone.utc)).events)"
    )
    assert int(stack.manage("shell", "-v", "0", "-c", script).stdout) >= 20
    with Wire(stack, "2026-07-28") as wire:
        wire.good("list_portals", stack.token("alice"))
    assert verified(stack)[0] == 0
