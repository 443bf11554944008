"""An abandoned TLS connection is no alarm; whatever else a loop has to say is told in full."""

from __future__ import annotations

import asyncio
import logging

import pytest

from ctera_mcp_site.loose_ends import TLS_FAULT, quietly

CLOSED = RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed")


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ({"message": TLS_FAULT, "exception": CLOSED}, False),
        ({"message": TLS_FAULT, "exception": RuntimeError("something else")}, True),
        ({"message": TLS_FAULT, "exception": OSError("the handler is closed")}, True),
        ({"message": "Task exception was never retrieved", "exception": CLOSED}, True),
        ({"message": TLS_FAULT}, True),
    ],
)
async def test_only_the_farewell_of_a_closed_connection_is_passed_over(
    caplog: pytest.LogCaptureFixture, context: dict[str, object], told: bool
) -> None:
    with caplog.at_level(logging.ERROR):
        quietly(asyncio.get_running_loop(), context)
    assert bool(caplog.records) is told
