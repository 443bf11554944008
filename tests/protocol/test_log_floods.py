"""Strangers who knock thousands of times write some lines, not thousands."""

from __future__ import annotations

import httpx2

from oauth.refusal_log import LINES
from tests.protocol.wire import MODERN, Wire
from tests.simulators.stack import RunningStack

KNOCKS = 150


def test_bad_tokens_write_some_lines_for_each_reason(stack: RunningStack) -> None:
    before = stack.log_file.read_text()
    tokens = {"expired": stack.token("alice", iat=1, exp=5), "malformed": "a.b.c"}
    with Wire(stack, MODERN) as wire:
        for token in tokens.values():
            for _ in range(KNOCKS):
                assert wire.send("tools/list", {}, token=token).status_code == 401
    written = stack.log_file.read_text().removeprefix(before).splitlines()
    assert 0 < len(written) <= 2 * 3 * (LINES + 1)  # two reasons, in three minutes at most


def test_what_is_not_there_or_forbidden_to_strangers_writes_nothing(stack: RunningStack) -> None:
    before = len(stack.log_file.read_text())
    with httpx2.Client(base_url=stack.base, trust_env=False) as stranger:
        for number in range(KNOCKS):
            assert stranger.get(f"/no/such/page/{number}").status_code == 404
            assert stranger.post("/admin/login/", data={"username": "x"}).status_code == 403  # no CSRF token
            assert stranger.post("/mcp", content=b"{}").status_code == 401
            assert stranger.get("/", headers={"Host": f"evil{number}.example"}).status_code == 400
    assert stack.log_file.read_text()[before:].count("\n") <= 5  # what else went on meanwhile
