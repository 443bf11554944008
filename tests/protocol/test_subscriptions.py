"""Two workers push tools/list_changed to whom it concerns, and to nobody else."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.subscriptions import ToolsListChanged

from tests.protocol.from_outside import wait_for_workers
from tests.protocol.lateness import Heartbeat
from tests.protocol.listening import END, TOLD, Listening
from tests.protocol.wire import MODERN, Wire
from tests.simulators.editor import Editor
from tests.simulators.stack import ROOT, RunningStack, free_port, start_stack, wait_until_ready

SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"
LIST = "ctera_portal_list_portals"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Two workers."""
    with start_stack(tmp_path_factory.mktemp("subscriptions"), WORKERS="2") as running:
        yield running


def someone(stack: RunningStack, **claims: Any) -> tuple[str, str]:
    """A new person who may read, and a token."""
    subject = f"usr_{uuid.uuid4().hex}"
    return subject, stack.token("alice", sub=subject, **claims)


def close_to(subject: str, **more: Any) -> dict[str, Any]:
    """A deny that takes one tool from one person."""
    return {"effect": "deny", "subjects": [subject], "tools": [LIST], **more}


def test_the_acknowledgement_comes_first_over_a_stream_that_proxies_leave_alone(stack: RunningStack) -> None:
    with Listening(stack, stack.token("alice"), toolsListChanged=True, promptsListChanged=True) as stream:
        assert stream.answer.status_code == 200
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert stream.answer.headers["x-accel-buffering"] == "no"
        said = stream.hear()
    assert said["method"] == "notifications/subscriptions/acknowledged"
    assert said["params"]["notifications"] == {"toolsListChanged": True}  # there are no prompts to tell of
    assert said["params"]["_meta"][SUBSCRIPTION] == 7


def test_an_edit_tells_those_whose_list_it_changes_within_a_second_and_no_others(
    stack: RunningStack, editor: Editor, late: Heartbeat
) -> None:
    people = [someone(stack) for _ in range(6)]
    with ExitStack() as opened:
        streams = [opened.enter_context(Listening(stack, token)) for _, token in people]
        for stream in streams:
            stream.hear()
        concerned, spared = streams[:3], streams[3:]
        edit = editor.policy("Closed", **close_to(people[0][0], subjects=[subject for subject, _ in people[:3]]))
        for stream in concerned:
            said = stream.hear()
            assert time.time() - edit.at < 1 + late.latest
            assert said["method"] == TOLD
            assert said["params"]["_meta"][SUBSCRIPTION] == 7
        editor.remove("Closed")
        assert [stream.hear()["method"] for stream in concerned] == [TOLD] * 3
        editor.policy("Closed", **close_to(people[3][0], subjects=[subject for subject, _ in people[3:]]))
        assert [stream.hear()["method"] for stream in spared] == [TOLD] * 3
        assert [stream.waiting for stream in streams] == [0] * 6
        editor.remove("Closed")


def test_an_edge_of_validity_tells_at_its_moment(stack: RunningStack, editor: Editor, late: Heartbeat) -> None:
    subject, token = someone(stack)
    with Listening(stack, token) as stream:
        stream.hear()
        begins = datetime.now(UTC) + timedelta(seconds=5)
        editor.policy("Later", **close_to(subject, valid_from=begins.isoformat()))
        assert stream.hear()["method"] == TOLD
        assert 0 <= time.time() - begins.timestamp() < 1 + late.latest
        wait_for_workers(stack, 2)  # which may have had to read the edit itself yet
        with Wire(stack, MODERN) as wire:
            assert LIST not in wire.list(token)
    editor.remove("Later")


def test_a_stream_ends_with_its_result_when_the_token_expires(stack: RunningStack, late: Heartbeat) -> None:
    expires = int(time.time()) + 8
    _, token = someone(stack, exp=expires)
    with Listening(stack, token) as stream:
        assert stream.hear()["method"] == "notifications/subscriptions/acknowledged"
        last = stream.hear()
        assert 0 <= time.time() - expires < 1 + late.latest
        assert last["id"] == 7
        assert last["result"]["_meta"][SUBSCRIPTION] == 7
        assert stream.hear() is END


def test_a_stream_ends_when_its_principal_is_suspended_and_others_stay(stack: RunningStack) -> None:
    subject, token = someone(stack)
    with Listening(stack, token) as stream, Listening(stack, stack.token("alice")) as another:
        assert stream.hear()["method"] == another.hear()["method"] == "notifications/subscriptions/acknowledged"
        stack.manage("suspend", "subject", subject, "--reason", "laptop lost")
        assert "result" in stream.hear()
        assert stream.hear() is END
        wait_for_workers(stack, 2)
        with Listening(stack, token) as again:
            assert "suspended" in again.hear()["error"]["message"]
        assert another.waiting == 0


def test_one_principal_has_no_more_than_eight_streams_on_a_worker(stack: RunningStack) -> None:
    _, token = someone(stack)
    with ExitStack() as opened:
        said = [opened.enter_context(Listening(stack, token)).hear() for _ in range(17)]
        refused = [message["error"]["message"] for message in said if "error" in message]
        assert refused
        assert all("end one" in message for message in refused)
        assert sum("method" in message for message in said) <= 16
        with Listening(stack, stack.token("alice")) as another:
            assert another.hear()["method"] == "notifications/subscriptions/acknowledged"


def test_a_stream_needs_a_token_like_every_request(stack: RunningStack) -> None:
    with Wire(stack, MODERN) as wire:
        answer = wire.send("subscriptions/listen", {"notifications": {"toolsListChanged": True}}, token=None)
    assert answer.status_code == 401
    assert "resource_metadata" in answer.headers["www-authenticate"]


def test_only_the_stateless_era_has_streams_and_says_so(stack: RunningStack) -> None:
    alice = stack.token("alice")
    params: dict[str, Any] = {"capabilities": {}, "clientInfo": {"name": "wire", "version": "1"}}
    with Wire(stack, "2025-11-25") as old, Wire(stack, MODERN) as new:
        begun = old.send("initialize", {**params, "protocolVersion": "2025-11-25"}, token=alice)
        assert not begun.json()["result"]["capabilities"]["tools"].get("listChanged")
        asked = {"notifications": {"toolsListChanged": True}}
        assert '"code":-32601' in old.send("subscriptions/listen", asked, token=alice).text
        found = new.send("server/discover", {}, token=alice).json()["result"]
    assert found["capabilities"]["tools"]["listChanged"] is True


async def test_the_sdk_client_hears_of_a_change_and_sees_it_in_the_list(stack: RunningStack, editor: Editor) -> None:
    subject, token = someone(stack)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx2.AsyncClient(headers=headers, trust_env=False, timeout=30) as http,
        Client(streamable_http_client(stack.url, http_client=http), mode=MODERN) as client,
        client.listen(tools_list_changed=True) as events,
    ):
        assert LIST in {tool.name for tool in (await client.list_tools()).tools}
        editor.policy("Closed to the SDK's", **close_to(subject))
        assert isinstance(await anext(events), ToolsListChanged)
        seen = {LIST}
        deadline = time.monotonic() + 10  # the other worker may need its second
        while LIST in seen and time.monotonic() < deadline:
            seen = {tool.name for tool in (await client.list_tools(cache_mode="bypass")).tools}
        assert LIST not in seen
    editor.remove("Closed to the SDK's")


def test_at_shutdown_streams_end_with_their_result_and_the_process_soon(stack: RunningStack) -> None:
    port = free_port()
    public = {"PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}", "WORKERS": "1"}
    log_file = stack.log_file.with_name("stopping.log")
    with log_file.open("w") as log:
        command = [sys.executable, str(ROOT / "manage.py"), "serve"]
        server = subprocess.Popen(command, env=stack.environment | public, cwd=ROOT, stdout=log, stderr=log, text=True)
    try:
        wait_until_ready(public["PUBLIC_URL"], server, log_file)
        other = RunningStack(port, stack.portal, stack.scalekit, stack.environment | public, server, log_file)
        with Listening(other, stack.token("alice")) as stream:
            stream.hear()
            server.send_signal(signal.SIGTERM)
            assert "result" in stream.hear()
            assert stream.hear() is END
        server.wait(30)
    finally:
        server.kill()
        server.wait(10)
    assert "Traceback" not in log_file.read_text()
