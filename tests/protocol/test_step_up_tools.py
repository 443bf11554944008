"""LIST_STEP_UP_TOOLS: lists also show what a further scope opens; a call of it still meets the challenge."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.protocol.wire import Wire
from tests.simulators.editor import Editor
from tests.simulators.stack import RunningStack, start_stack
from tools.catalogue import CATALOGUE


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    with start_stack(tmp_path_factory.mktemp("step-up"), LIST_STEP_UP_TOOLS="true") as running:
        yield running


def test_a_reader_is_shown_what_further_scopes_open(wire: Wire) -> None:
    assert set(wire.list(wire.stack.token("alice"))) == set(CATALOGUE)


def test_someone_without_scopes_is_shown_what_scopes_open(wire: Wire) -> None:
    assert set(wire.list(wire.stack.token("mallory"))) == set(CATALOGUE)


@pytest.mark.parametrize("tool", ["browse_team_portal", "browse_global_admin"])
def test_a_shown_tool_is_still_refused_with_the_challenge(wire: Wire, tool: str) -> None:
    answer = wire.call(tool, wire.stack.token("alice"), **({"tenant": "acme"} if tool == "browse_team_portal" else {}))
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    assert answer.json()["error"]["data"]["required_scopes"] == ["ctera:admin"]


def test_what_a_deny_closes_is_not_shown_and_appears_again_without_it(wire: Wire, editor: Editor) -> None:
    mallory = wire.stack.token("mallory", sub="usr_denied")
    before = wire.list(mallory)
    tool = "ctera_portal_browse_global_admin"
    editor.policy("Not for this one", effect="deny", subjects=["usr_denied"], tools=[tool])
    assert set(until(wire, mallory, lambda listed: tool not in listed)) == set(before) - {tool}
    assert tool in wire.list(wire.stack.token("mallory"))
    editor.remove("Not for this one")
    assert until(wire, mallory, lambda listed: tool in listed) == before


def until(wire: Wire, token: str, arrived: object) -> list[str]:
    """The list as soon as it is as wanted."""
    assert callable(arrived)
    deadline = time.monotonic() + 20
    while not arrived(listed := wire.list(token)):
        assert time.monotonic() < deadline, listed
    return listed
