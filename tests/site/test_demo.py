"""`make demo` as a newcomer has it: what it prints can be pasted, and Ctrl-C ends all of it."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.simulators.stack import free_port

pytestmark = pytest.mark.timeout(300)
ROOT = Path(__file__).resolve().parents[2]
END = "Ctrl-C stops everything."


@dataclass(frozen=True)
class Demo:
    """A running demo and all that it printed until it was ready."""

    process: subprocess.Popen[str]
    said: str


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """One for the tests that only look."""
    with running() as found:
        yield found


@contextmanager
def running(port: int | None = None) -> Iterator[Demo]:
    """The process, in a group of its own as a terminal gives it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.simulators.demo", "--port", str(port or free_port())],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if END in line:
            break
    try:
        yield Demo(process, "".join(lines))
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)
        process.stdout.close()


def pasted(line: str) -> httpx2.Response:
    """Send what a pasted curl line sends, read as a shell reads it."""
    words = shlex.split(line)
    assert words[:4] == ["curl", "-s", "-w", "\\n"]
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    content = words[words.index("-d") + 1]
    assert {word for word in words if word.startswith("-")} == {"-s", "-w", "-H", "-d"}
    return httpx2.post(words[4], headers=headers, content=content.encode(), trust_env=False, timeout=30)


def answers(demo: Demo) -> list[dict[str, Any]]:
    lines = [line for line in demo.said.splitlines() if line.startswith("curl ")]
    return [json.loads(pasted(line).text) for line in lines]


def test_the_printed_lines_do_what_is_said_above_them(demo: Demo) -> None:
    listed, modern, older, refused = answers(demo)
    assert "ctera_portal_list_dir" in {tool["name"] for tool in listed["result"]["tools"]}
    for read in (modern, older):
        assert read["result"]["structuredContent"]["entries"]
    assert refused["result"]["isError"] is True
    assert "ctera:admin" in refused["result"]["structuredContent"]["required_scopes"]


def test_the_demo_says_what_it_is_doing_and_prints_all_that_one_needs(demo: Demo) -> None:
    assert "… Starting the simulated portal" in demo.said
    assert re.search(r"Admin +http://localhost:\d+/admin/ +user: admin +password: \S{12,}", demo.said)
    assert re.search(r"MCP +http://localhost:\d+/mcp", demo.said)
    for person in ("Alice reads", "Bob administers", "Mallory has no scope"):
        assert person in demo.said
    assert len(re.findall(r"^  ey[\w.-]+$", demo.said, re.MULTILINE)) == 3


def test_the_printed_password_opens_the_admin(demo: Demo) -> None:
    found = re.search(r"Admin +(\S+) +user: (\S+) +password: (\S+)", demo.said)
    assert found is not None
    address, name, password = found.groups()
    with httpx2.Client(follow_redirects=True, trust_env=False, timeout=60) as client:
        page = client.get(address)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        form = {"username": name, "password": password, "csrfmiddlewaretoken": token[1], "next": "/admin/"}
        signed_in = client.post(str(page.url), data=form, headers={"Referer": str(page.url)})
    assert "Log out" in signed_in.text


def test_the_demo_ends_with_ctrl_c_and_leaves_nothing_running() -> None:
    with running() as demo:
        _end(demo)


def test_a_port_that_is_taken_is_told_and_another_one_used() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with running(port) as demo:
            assert f"Port {port} is taken; using" in demo.said
            assert f"http://localhost:{port}/mcp" not in demo.said


def _end(demo: Demo) -> None:
    address = re.search(r"MCP +(\S+)/mcp", demo.said)
    assert address is not None
    os.killpg(demo.process.pid, signal.SIGINT)  # as a terminal does: to the whole group
    assert demo.process.wait(30) == 0
    assert demo.process.stdout is not None
    rest = demo.process.stdout.read()
    assert "Stopping." in rest
    assert "Traceback" not in rest
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{address[1]}/healthz", trust_env=False)
