"""The running server's figures: those of all workers, right after a kill, and exactly those that the papers tell."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ctera_mcp_site.measured import MEASURES
from tests.protocol.from_outside import until, wait_for_workers
from tests.protocol.processes import workers
from tests.protocol.wire import MODERN, Wire
from tests.simulators.stack import RunningStack, start_stack

TOKEN = "metrics-0123456789-0123456789-0123456789"
TABLE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
ROW = re.compile(r"^\| `(ctera_mcp_\w+)` \| (\w+) \| ([^|]*) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
LIST = "ctera_portal_list_portals"
CALLED = {"method": "tools/call", "tool": LIST, "outcome": "ok", "era": "modern"}

Told = dict[str, tuple[str, tuple[str, ...]]]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Two workers that write JSON lines."""
    directory = tmp_path_factory.mktemp("metrics")
    with start_stack(directory, WORKERS="2", METRICS_TOKEN=TOKEN, LOG_FORMAT="json", LOG_LEVEL="DEBUG") as running:
        wait_for_workers(running, 2)
        yield running


@pytest.fixture
def wire(stack: RunningStack) -> Iterator[Wire]:
    with Wire(stack, MODERN) as speaking:
        yield speaking


def ask(stack: RunningStack, **headers: str) -> httpx2.Response:
    """The page by a connection of its own, so that any worker may answer."""
    return httpx2.get(f"{stack.base}/metrics", headers=headers, trust_env=False, timeout=30)


def value(stack: RunningStack, name: str, labels: dict[str, str] | None = None) -> float:
    """One number of the page, 0 when it is not there."""
    for family in text_string_to_metric_families(ask(stack).text):
        for sample in family.samples:
            if sample.name == name and sample.labels == (labels or {}):
                return float(sample.value)
    return 0


def call_often(stack: RunningStack, times: int) -> None:
    """Calls by connections of their own, which the system deals out to the workers."""
    for _ in range(times):
        with Wire(stack, MODERN) as wire:
            wire.good("list_portals", stack.token("bob"))


def told() -> Told:
    """The papers' table: name to type and labels."""
    return {name: (kind, tuple(re.findall(r"`(\w+)`", labels))) for name, kind, labels, *_ in ROW.findall(
        TABLE.read_text()
    )}  # fmt: skip


def test_the_papers_tell_every_figure_with_its_type_and_labels() -> None:
    assert told() == {each.exported: (each.kind.value, each.labels) for each in MEASURES.values()}


def test_the_page_holds_what_the_papers_tell_and_nothing_else(stack: RunningStack, wire: Wire) -> None:
    wire.good("list_dir", stack.token("bob"), path="/", tenant="acme")
    wire.bad("who_am_i", stack.token("bob"), tenant="nowhere")
    page, table = ask(stack).text, told()
    types = dict(re.findall(r"^# TYPE (\w+) (\w+)$", page, re.MULTILINE))
    assert types == {name: kind for name, (kind, _) in table.items()}
    for family in text_string_to_metric_families(page):
        name = family.name + ("_total" if family.type == "counter" else "")
        for sample in family.samples:
            assert set(sample.labels) - {"le"} == set(table[name][1]), sample


def test_labels_name_no_caller_and_no_place(stack: RunningStack, wire: Wire) -> None:
    token = stack.token("bob", sub="usr_conspicuous")
    wire.call("list_dir", token, path="/conspicuous", tenant="conspicuous")
    wire.send("conspicuous/method", {}, token=token)
    wire.send("tools/call", {"name": "conspicuous_tool", "arguments": {}}, token=token)
    wire.send("tools/list", {}, token=None, headers={"MCP-Protocol-Version": "conspicuous"})
    page = ask(stack).text
    assert "conspicuous" not in page
    assert "acme" not in page.replace("acme-files", "")  # a profile's name, given by the operator


def test_all_calls_are_counted_whichever_worker_took_them(stack: RunningStack) -> None:
    before = value(stack, "ctera_mcp_requests_total", CALLED)
    call_often(stack, 40)
    until(lambda: all(value(stack, "ctera_mcp_requests_total", CALLED) == before + 40 for _ in range(8)))
    assert value(stack, "ctera_mcp_workers") == 2


def test_a_killed_worker_leaves_its_counts_and_the_next_one_joins(stack: RunningStack, wire: Wire) -> None:
    calls = value(stack, "ctera_mcp_requests_total", CALLED) + 20
    call_often(stack, 20)
    until(lambda: value(stack, "ctera_mcp_requests_total", CALLED) == calls)  # so the other workers' were written
    starts = value(stack, "ctera_mcp_worker_starts_total")
    victim = min(workers(stack.server.pid))
    os.kill(victim, signal.SIGKILL)
    seen: list[tuple[float, float]] = []

    def joined() -> bool:
        try:
            seen.append((value(stack, "ctera_mcp_requests_total", CALLED), value(stack, "ctera_mcp_workers")))
            return value(stack, "ctera_mcp_worker_starts_total") == starts + 1 and seen[-1][1] == 2
        except httpx2.TransportError:  # dealt to the worker that is gone
            return False

    until(joined, 60)
    assert {count for count, _ in seen} == {calls}
    assert {alive for _, alive in seen} <= {1, 2}
    assert value(stack, "ctera_mcp_requests_in_flight") == 0
    call_often(stack, 10)
    until(lambda: value(stack, "ctera_mcp_requests_total", CALLED) == calls + 10)


def test_the_page_opens_by_token_or_on_this_machine_alone(stack: RunningStack) -> None:
    through_a_proxy = {"X-Forwarded-For": "198.51.100.7"}
    assert ask(stack).status_code == 200
    assert ask(stack, **through_a_proxy).status_code == 401
    assert ask(stack, **through_a_proxy, Authorization=f"Bearer {TOKEN}").status_code == 200
    assert ask(stack, Authorization=f"Bearer {TOKEN}x").status_code == 401
    assert ask(stack, Authorization=f"Bearer {stack.token('bob')}").status_code == 401
    assert ask(stack, Host="rebound.example").status_code == 401


def test_every_line_is_json_and_those_of_a_request_name_it(stack: RunningStack, wire: Wire) -> None:
    assert wire.send("tools/list", {}, token=stack.token("bob") + "x").status_code == 401
    assert wire.send("tools/list", {}, token=stack.token("bob") + "y").status_code == 401
    lines = [json.loads(line) for line in stack.log_file.read_text().splitlines()]
    refused = [line for line in lines if line["message"].startswith("refused a token")]
    assert all(re.fullmatch(r"R-[A-Z2-7]{16}", line["request"]) for line in refused)
    assert len({line["request"] for line in refused}) == len(refused) >= 2
    assert all("request" not in line for line in lines if "policy revision" in line["message"])


def test_readiness_tells_its_parts_to_whoever_may_read_the_figures(stack: RunningStack) -> None:
    proxied = {"x-forwarded-for": "192.0.2.1"}
    for headers, more in ((proxied, set()), ({**proxied, "authorization": f"Bearer {TOKEN}"}, {"database", "keys"})):
        answer = httpx2.get(f"{stack.base}/readyz", headers=headers, trust_env=False, timeout=30)
        assert answer.status_code == 200
        assert ({"database", "keys"} & answer.json().keys()) == more
