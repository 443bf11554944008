"""Trouble with a portal is a tool result that says what and what next: never a 500, never tried for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.protocol.from_outside import wait_for_workers
from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, portals_of, start_stack

Fault = dict[str, Any]


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A server with profiles that cannot work, beside the two that do."""
    directory = tmp_path_factory.mktemp("trouble")
    with start_stack(directory) as stack:
        good = portals_of(stack.portal)[0] | {"default": False}
        broken = [
            {**good, "name": "wrong-password", "password": "not this one"},
            {**good, "name": "unreachable", "port": 1},
            {**good, "name": "untrusted", "ca_pem": ""},
            {**good, "name": "tls-to-plain", "port": stack.portal.http_port},
            {**good, "name": "plain-to-tls", "https": False},
            {**good, "name": "no-such-name", "host": "portal.invalid"},
            {**good, "name": "hasty", "connect_timeout": 0.5, "read_timeout": 0.5, "total_timeout": 1.0},
        ]
        file = directory / "broken.yaml"
        file.write_text(yaml.safe_dump({"version": 1, "portals": broken}))
        stack.manage("import_config", str(file))
        wait_for_workers(stack, 1)
        yield stack


@pytest.fixture(params=["2026-07-28", "2025-11-25"])
def wire(request: pytest.FixtureRequest, troubled: RunningStack) -> Iterator[Wire]:
    """Raw HTTP in both eras, to a portal without arranged trouble."""
    troubled.portal.control(clear=True)
    with Wire(troubled, request.param) as speaking:
        yield speaking


@pytest.mark.parametrize(
    ("portal", "code", "said"),
    [
        ("wrong-password", "portal_login_failed", "password"),
        ("unreachable", "portal_unavailable", "cannot be reached"),
        ("untrusted", "portal_unavailable", "certificate"),
        ("tls-to-plain", "portal_unavailable", ""),
        ("plain-to-tls", "portal_unavailable", ""),
        ("no-such-name", "portal_unavailable", "cannot be reached"),
    ],
)
def test_a_profile_that_cannot_work_is_told_with_its_name_and_without_its_address(
    wire: Wire, portal: str, code: str, said: str
) -> None:
    found = wire.bad("list_dir", wire.stack.token("bob"), path="/", portal=portal)
    assert found["code"] == code
    assert f"'{portal}'" in found["message"]
    assert said in found["message"]
    assert found["decision"].startswith("D-")
    for secret in ("localhost", "127.0.0.1", "svc-mcp", "portal.invalid", "not this one"):
        assert secret not in found["message"]


def test_a_wrong_password_is_not_tried_for_every_call(wire: Wire) -> None:
    before = failed_logins(wire.stack)
    for _ in range(4):
        wire.bad("who_am_i", wire.stack.token("bob"), portal="wrong-password")
    assert failed_logins(wire.stack) - before <= 2  # a pause of seconds follows each


def failed_logins(stack: RunningStack) -> int:
    found = stack.portal.stats()["failed_logins"]
    assert isinstance(found, int)
    return found


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "status", "status": 403}, "portal_denied"),
        ({"kind": "status", "status": 404}, "not_found"),
        ({"kind": "status", "status": 429}, "portal_unavailable"),
        ({"kind": "status", "status": 500}, "portal_unavailable"),
        ({"kind": "status", "status": 503}, "portal_unavailable"),
        ({"kind": "status", "status": 507}, "portal_unavailable"),
        ({"kind": "garbage"}, "portal_unavailable"),
        ({"kind": "html"}, "portal_unavailable"),
        ({"kind": "drop_before"}, "portal_unavailable"),
        ({"kind": "truncate"}, "portal_unavailable"),
    ],
    ids=lambda value: "-".join(str(part) for part in value.values()) if isinstance(value, dict) else "",
)
def test_trouble_in_the_middle_is_a_code_and_the_next_call_works(wire: Wire, fault: Fault, code: str) -> None:
    bob = wire.stack.token("bob")
    assert wire.good("list_dir", bob, path="/Users", tenant="acme")["entries"]
    wire.stack.portal.control(fault={"match": "list", "times": 2, **fault})
    found = wire.bad("list_dir", bob, path="/Users", tenant="acme")
    assert found["code"] == code
    assert found["message"].endswith((".", "]"))
    wire.stack.portal.control(clear=True)
    assert wire.good("list_dir", bob, path="/Users", tenant="acme")["entries"]


@pytest.mark.parametrize("kind", ["delay", "drip"])
def test_a_slow_portal_is_a_timeout_within_the_profiles_time(wire: Wire, kind: str) -> None:
    bob = wire.stack.token("bob")
    deadline = time.monotonic() + 30
    while wire.result("list_dir", bob, path="/Users", tenant="acme", portal="hasty")["isError"]:
        assert time.monotonic() < deadline  # the profile has half a second, which a busy machine may need for less
    wire.stack.portal.control(fault={"match": "list", "kind": kind, "seconds": 20})
    begun = time.monotonic()
    assert wire.bad("list_dir", bob, path="/Users", tenant="acme", portal="hasty")["code"] == "timeout"
    assert time.monotonic() - begun < 10


def test_names_that_look_like_numbers_come_back_as_they_are(wire: Wire) -> None:
    bob = wire.stack.token("bob")
    for place, arguments in (
        ("/My Files/Names", {"portal": "acme-files"}),
        ("/Users/Alice Acme/My Files/Names", {"portal": "hq", "tenant": "acme"}),
    ):
        found = {entry["name"] for entry in wire.good("list_dir", bob, path=place, **arguments)["entries"]}
        assert {"2024", "1.10", "007", "1_000", "true", " pad "} <= found
    inside = wire.good("list_dir", bob, path="/My Files/Names/2024", portal="acme-files")["entries"]
    assert {entry["path"] for entry in inside} >= {"/My Files/Names/2024/1.10", "/My Files/Names/2024/007"}
    for tenant in ("2024", "007"):
        assert wire.good("browse_team_portal", bob, tenant=tenant, portal="hq")["tenant"] == tenant


def test_the_trouble_is_in_the_evidence(troubled: RunningStack) -> None:
    with Wire(troubled, "2026-07-28") as wire:
        found = wire.bad("who_am_i", troubled.token("bob"), portal="unreachable")
    program = (
        "from oauth.models import AuditEvent; "
        f"row = AuditEvent.objects.get(decision={found['decision']!r}); print(row.outcome, row.code, row.portal)"
    )
    assert troubled.manage("shell", "-v", "0", "-c", program).stdout.split() == [
        "error",
        "portal_unavailable",
        "unreachable",
    ]


def test_no_trouble_was_unforeseen(troubled: RunningStack) -> None:
    assert "Traceback" not in troubled.log_file.read_text()
