"""A worker tells the server that runs it how its start and its stop went, and its log says why one failed."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from ctera_mcp_site import asgi, state
from ctera_mcp_site.redaction import ConsoleFormatter
from ctera_mcp_site.runtime import Runtime

TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ1c3JfYm9iIn0.c2lnbmF0dXJl"


class Parts:
    """Running parts that fail when a test wants them to."""

    fails_at = ""

    def __init__(self, _: Any) -> None:
        self.metrics_door = None

    def file_door(self) -> None: ...

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if self.fails_at == "start":
            raise LookupError(f"start with Bearer {TOKEN}")
        yield None
        if self.fails_at == "stop":
            raise LookupError(f"stop with Bearer {TOKEN}")


async def live(fails_at: str = "") -> tuple[list[dict[str, Any]], list[tuple[bool, bool]]]:
    """What one life of a worker sends, and whether doors and runtime were there: while it served, and afterwards."""
    sent: list[dict[str, Any]] = []
    there: list[tuple[bool, bool]] = []
    application = asgi.Application(cast("type[Runtime]", type("Failing", (Parts,), {"fails_at": fails_at})))

    def look() -> None:
        there.append((bool(application._doors), state.runtime is not None))

    async def receive() -> dict[str, Any]:
        if sent:
            look()
        return {"type": "lifespan.shutdown" if sent else "lifespan.startup"}

    async def send(message: Any) -> None:
        sent.append(message)

    await application({"type": "lifespan"}, receive, send)
    look()
    return sent, there


@pytest.fixture(autouse=True)
def sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "refuse_broken_configuration", lambda: None)


async def test_an_orderly_life_is_told() -> None:
    sent, there = await live()
    assert [each["type"] for each in sent] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert there == [(True, True), (False, False)]


@pytest.mark.parametrize(
    ("phase", "types", "told"),
    [
        ("start", ["lifespan.startup.failed"], "the server cannot start"),
        ("stop", ["lifespan.startup.complete", "lifespan.shutdown.failed"], "the server did not stop in order"),
    ],
)
async def test_a_failure_is_told_with_its_traceback_and_without_its_secrets(
    caplog: pytest.LogCaptureFixture, phase: str, types: list[str], told: str
) -> None:
    with caplog.at_level(logging.INFO, "ctera_mcp_site.asgi"):
        sent, there = await live(phase)
    assert [each["type"] for each in sent] == types
    assert sent[-1]["message"] == f"{told} (LookupError)"
    assert there[-1] == (False, False)
    (line,) = [ConsoleFormatter("%(message)s").format(record) for record in caplog.records]
    assert line.startswith(told)
    assert "Traceback" in line
    assert f"LookupError: {phase} with" in line
    assert TOKEN not in line


async def test_a_configuration_that_checks_refuse_is_told_bare(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise asgi.BrokenConfiguration("PORT: Enter a number.")

    monkeypatch.setattr(asgi, "refuse_broken_configuration", refuse)
    sent, _ = await live()
    assert sent == [{"type": "lifespan.startup.failed", "message": "PORT: Enter a number."}]
    assert [(record.getMessage(), record.exc_info) for record in caplog.records] == [
        ("the server cannot start: PORT: Enter a number.", None)
    ]
