"""What leaves of a refusal under each `EXPLAIN_TO_CALLER`, in both eras; the evidence holds all of it all the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, start_stack

PRIVATE = "HR is private"
DENY = {"name": PRIVATE, "effect": "deny", "tools": ["*"], "paths": ["/HR/**"]}
LOOK_UP = (
    "from oauth.models import AuditEvent; import json; "
    "print(json.dumps(list(AuditEvent.objects.filter(decision='{}').values('reason', 'policy', 'code'))))"
)


def private(stack: RunningStack) -> RunningStack:
    stack.manage("import_config", "-", stdin=yaml.safe_dump({"version": 1, "policies": [DENY]}))
    return stack


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    with start_stack(tmp_path_factory.mktemp("silent"), EXPLAIN_TO_CALLER="id") as running:
        yield private(running)


@pytest.fixture(scope="module")
def frank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    with start_stack(tmp_path_factory.mktemp("frank"), EXPLAIN_TO_CALLER="policy") as running:
        yield private(running)


@pytest.fixture(params=["2026-07-28", "2025-11-25"])
def era(request: pytest.FixtureRequest) -> str:
    version: str = request.param
    return version


def closed_path(wire: Wire) -> Any:
    """Bob's call of a path that the deny closes; the worker follows the import within a second."""
    bob = wire.stack.token("bob")
    for _ in range(100):
        answer = wire.call("list_dir", bob, path="/HR", tenant="acme")
        if "policy_denied" in answer.text:
            break
    return answer.json()["result"]


def evidence(stack: RunningStack, decision: str) -> dict[str, str]:
    found: list[dict[str, str]] = json.loads(stack.manage("shell", "-v", "0", "-c", LOOK_UP.format(decision)).stdout)
    assert len(found) == 1
    return found[0]


def test_with_id_a_result_tells_nothing_but_the_decision_id(silent: RunningStack, era: str) -> None:
    with Wire(silent, era) as wire:
        closed = closed_path(wire)
        lacking = wire.result("list_dir", silent.token("alice"), path="/", tenant="acme")
    for result in (closed, lacking):
        assert result["isError"] is True
        assert result["structuredContent"].keys() == {"code", "message", "decision"}
        for word in (PRIVATE, "ctera:admin", "scope", "denied_by_policy", "missing_scope", "Team Portal", "path"):
            assert word not in json.dumps(result).replace(result["structuredContent"]["decision"], "")
    assert closed["structuredContent"]["message"] == lacking["structuredContent"]["message"]
    found = evidence(silent, closed["structuredContent"]["decision"])
    assert found == {"reason": "denied_by_policy", "policy": PRIVATE, "code": "policy_denied"}


def test_with_id_the_body_of_a_403_tells_nothing_but_the_decision_id(silent: RunningStack, era: str) -> None:
    with Wire(silent, era) as wire:
        answer = wire.call("browse_team_portal", silent.token("mallory"), tenant="acme")
    assert answer.status_code == 403
    assert answer.json()["error"]["data"].keys() == {"decision"}
    assert "ctera:admin" not in answer.text
    # Clients step up by the challenge; it names what the public metadata names (RFC 9728).
    assert 'scope="ctera:admin"' in answer.headers["www-authenticate"]
    assert evidence(silent, answer.json()["error"]["data"]["decision"])["reason"] == "missing_scope"


def test_with_policy_the_closing_policy_is_named(frank: RunningStack, era: str) -> None:
    with Wire(frank, era) as wire:
        result = closed_path(wire)
    assert f"This path is closed to you by policy '{PRIVATE}'." in result["content"][0]["text"]
    assert result["structuredContent"]["policy"] == PRIVATE
    assert result["structuredContent"]["decision"] in result["content"][0]["text"]


def test_with_reason_the_remedy_is_told_and_no_name(wire: Wire) -> None:
    found = wire.bad("list_dir", wire.stack.token("alice"), path="/", tenant="acme")
    assert found.keys() == {"code", "message", "decision", "reason", "required_scopes"}
    assert "This Team Portal needs a scope" in found["message"]
    assert "Readers" not in json.dumps(found)
    assert "Administrators" not in json.dumps(found)
