"""Trouble with the portal while looking: a code and a next step, one further try at most, and the next call works."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
import yaml

from tests.protocol.wire import Wire
from tests.simulators.portal.sessions import EXPIRED_FORMS
from tests.simulators.stack import RunningStack, portals_of
from tests.tools.reads.looking import GOOD, REQUEST, Looking
from tools.portal.sdk import PARALLEL

MORE_THAN_CONNECTIONS = PARALLEL + 2


@pytest.fixture(scope="module")
def hasty(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A profile that waits only a second for the portal."""
    times = {"connect_timeout": 0.5, "read_timeout": 0.5, "total_timeout": 1.0}
    profile = {**portals_of(stack.portal)[0], "name": "hasty", "default": False, **times}
    file = tmp_path_factory.mktemp("hasty") / "hasty.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "portals": [profile]}))
    stack.manage("import_config", str(file))
    with Wire(stack, "2026-07-28") as wire:
        deadline = time.monotonic() + 30
        while wire.result("who_am_i", stack.token("bob"), portal="hasty")["isError"]:
            assert time.monotonic() < deadline
    return "hasty"


def warmed(looking: Looking, tool: str, **more: Any) -> Looking:
    """With the sessions open that the tool needs, so that trouble meets the reading and not the login."""
    looking.good(tool, **GOOD[tool], **more)
    return looking


@pytest.mark.trap("3.7/unnamed-status")
@pytest.mark.trap("3.7/named-status")
@pytest.mark.parametrize("tool", GOOD)
@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        ({"kind": "status", "status": 400}, {"portal_unavailable", "invalid_argument"}),
        ({"kind": "status", "status": 403}, {"portal_denied"}),
        ({"kind": "status", "status": 404}, {"not_found"}),
        ({"kind": "status", "status": 429}, {"portal_unavailable"}),
        ({"kind": "status", "status": 503}, {"portal_unavailable"}),
        ({"kind": "garbage"}, {"portal_unavailable"}),
        ({"kind": "reply", "body": "<val>Ok</val>"}, {"portal_unavailable"}),
        ({"kind": "reply", "body": "<obj></obj>"}, {"portal_unavailable"}),
        ({"kind": "drop_after"}, {"portal_unavailable"}),
        ({"kind": "truncate"}, {"portal_unavailable"}),
        ({"kind": "redirect", "body": "https://elsewhere.invalid/"}, {"portal_unavailable"}),
    ],
    ids=lambda value: "-".join(str(part) for part in value.values()) if isinstance(value, dict) else "",
)
def test_trouble_is_a_code_and_the_next_call_works(
    looking: Looking, tool: str, fault: dict[str, Any], codes: set[str]
) -> None:
    warmed(looking, tool)
    before = len(looking.asked(REQUEST[tool]))
    looking.portal.control(fault={"match": REQUEST[tool], "times": 9, **fault})
    found = looking.bad(tool, **GOOD[tool])
    assert found["code"] in codes, found
    for secret in ("localhost", "127.0.0.1", "svc-mcp", "webdav", "elsewhere", "Injected"):
        assert secret not in found["message"]
    assert len(looking.asked(REQUEST[tool])) - before <= 4  # aiohttp repeats a GET on its own, once
    looking.portal.control(clear=True)
    looking.good(tool, **GOOD[tool])


@pytest.mark.trap("1.4/slow-portal")
@pytest.mark.trap("1.4/no-total-timeout")
@pytest.mark.parametrize(
    ("tool", "kind"), [(tool, "delay") for tool in GOOD] + [(tool, "drip") for tool in ("get_info", "list_devices")]
)
def test_a_slow_portal_is_a_timeout_within_the_profiles_time(
    looking: Looking, hasty: str, tool: str, kind: str
) -> None:
    deadline = time.monotonic() + 30
    arguments = looking.arguments(tool, {**GOOD[tool], "portal": hasty})
    while looking.wire.result(tool, looking.token, **arguments)["isError"]:
        assert time.monotonic() < deadline  # until its session is open: a second is short for a login
    looking.portal.control(fault={"match": REQUEST[tool], "kind": kind, "seconds": 30, "times": 2})
    begun = time.monotonic()
    assert looking.bad(tool, **GOOD[tool], portal=hasty)["code"] == "timeout"
    assert time.monotonic() - begun < 15


@pytest.mark.trap("1.3/forms-of-expiry")
@pytest.mark.parametrize(
    ("tool", "form"),
    [(tool, "redirect") for tool in GOOD]
    + [(tool, form) for tool in ("read_file", "list_users", "storage_report") for form in EXPIRED_FORMS],
)
def test_a_session_that_expired_is_opened_anew_without_a_word(looking: Looking, tool: str, form: str) -> None:
    warmed(looking, tool)
    looking.portal.control(expire_form=form, expire="all")
    before = looking.portal.stats()["logins"]
    looking.good(tool, **GOOD[tool])
    logins = looking.portal.stats()["logins"]
    assert isinstance(before, int)
    assert isinstance(logins, int)
    assert 1 <= logins - before <= 2  # some tools ask in the Team Portal and in global administration


def events(stack: RunningStack, tool: str) -> int:
    """How many calls of the tool are in the evidence."""
    program = (
        "from oauth.models import AuditEvent; "
        f"print(AuditEvent.objects.filter(tool='ctera_portal_{tool}', kind='call', outcome='ok').count())"
    )
    return int(stack.manage("shell", "-v", "0", "-c", program).stdout)


def leave(looking: Looking, tool: str, *, streaming: bool) -> None:
    """Call the tool, whose request the portal holds, and go before the answer."""
    name = f"ctera_portal_{tool}"
    arguments = looking.arguments(tool, GOOD[tool])
    message = looking.wire.message("tools/call", {"name": name, "arguments": arguments})
    if streaming:
        message["params"]["_meta"]["progressToken"] = 1
    headers = looking.wire.headers("tools/call", name, looking.token)
    with httpx2.Client(timeout=0.5, trust_env=False) as leaving, pytest.raises(httpx2.TimeoutException):
        leaving.post(looking.wire.stack.url, json=message, headers=headers)


@pytest.mark.parametrize("tool", ["read_file", "walk_tree", "search_logs"])
def test_what_a_caller_asked_who_left_is_in_the_evidence(looking: Looking, tool: str) -> None:
    """Without a stream the call runs to its end."""
    before = events(warmed(looking, tool).wire.stack, tool)
    looking.portal.control(hold=REQUEST[tool])
    leave(looking, tool, streaming=False)
    looking.portal.wait_held(REQUEST[tool])
    looking.portal.control(release=REQUEST[tool])
    deadline = time.monotonic() + 20
    while events(looking.wire.stack, tool) <= before:
        assert time.monotonic() < deadline


@pytest.mark.trap("7.5/unread-answers-hold-connections")
@pytest.mark.parametrize("tool", ["read_file", "list_users"])
def test_callers_who_leave_their_streams_leave_no_session_or_connection_taken(looking: Looking, tool: str) -> None:
    warmed(looking, tool)
    looking.portal.control(hold=REQUEST[tool])
    with ThreadPoolExecutor(MORE_THAN_CONNECTIONS) as callers:
        for left in [callers.submit(leave, looking, tool, streaming=True) for _ in range(MORE_THAN_CONNECTIONS)]:
            left.result()
    looking.portal.control(release=REQUEST[tool])
    begun = time.monotonic()
    looking.good(tool, **GOOD[tool])
    assert time.monotonic() - begun < 20  # a taken connection would be waited for as long as a call may last


def test_no_trouble_was_unforeseen(stack: RunningStack) -> None:
    assert "Traceback" not in stack.log_file.read_text()
