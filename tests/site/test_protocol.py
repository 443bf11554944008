"""An answer's head and body leave together; a stream still meets its flow control."""

from __future__ import annotations

import asyncio
from typing import Any

from ctera_mcp_site.protocol import MOST_GATHERED, OneWrite


class Recorder:
    def __init__(self) -> None:
        self.done: list[Any] = []

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def close(self) -> None:
        self.done.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.done


async def gathered() -> tuple[Recorder, OneWrite]:
    recorder = Recorder()
    return recorder, OneWrite(recorder, asyncio.get_running_loop())


async def test_what_is_written_in_one_turn_leaves_in_one_write() -> None:
    recorder, transport = await gathered()
    transport.write(b"head")
    transport.write(b"body")
    assert recorder.done == []
    await asyncio.sleep(0)
    assert recorder.done == [b"headbody"]


async def test_what_was_written_before_closing_is_still_sent() -> None:
    recorder, transport = await gathered()
    transport.write(b"last words")
    transport.close()
    await asyncio.sleep(0)
    assert recorder.done == [b"last words", "closed"]
    assert transport.is_closing()


async def test_a_stream_does_not_pile_up_here() -> None:
    recorder, transport = await gathered()
    transport.write(b"x" * MOST_GATHERED)
    assert recorder.done == []
    transport.write(b"y")
    assert recorder.done == [b"x" * MOST_GATHERED + b"y"]
