"""The supervisor of the workers: who dies is missed at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.supervisors.multiprocess import SIGNALS

from ctera_mcp_site.supervisor import Supervisor

LONGER_THAN_THE_TEST_MAY_TAKE = 3600


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Serves nothing; the workers need something to load."""


class DiesWhenAsked:
    """The supervisor's end of a worker's pipe; the worker is killed after the question and before its answer."""

    def __init__(self, pipe: Any, pid: int) -> None:
        self.pipe, self.pid = pipe, pid
        os.kill(pid, signal.SIGSTOP)  # so that it cannot answer

    def send(self, question: bytes) -> None:
        self.pipe.send(question)
        os.kill(self.pid, signal.SIGKILL)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.pipe, name)


@pytest.fixture
def supervisor() -> Iterator[Supervisor]:
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    config = Config(
        f"{__name__}:application", port=0, workers=2, timeout_worker_healthcheck=LONGER_THAN_THE_TEST_MAY_TAKE
    )
    with config.bind_socket() as listening:
        supervisor = Supervisor(config, [listening])
        supervisor.init_processes()
        yield supervisor
        for process in supervisor.processes:
            process.kill()
            process.join()
    for number, handler in handlers.items():
        signal.signal(number, handler)


def test_a_worker_that_dies_between_question_and_answer_is_replaced_at_once(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor.keep_subprocess_alive()  # all are there
    first, second = [process.pid for process in supervisor.processes]
    victim = supervisor.processes[0]
    assert first is not None
    monkeypatch.setattr(victim, "parent_conn", DiesWhenAsked(victim.parent_conn, first))
    supervisor.keep_subprocess_alive()
    replaced, kept = supervisor.processes
    assert victim.exitcode == -signal.SIGKILL
    assert kept.pid == second
    assert replaced.pid not in {first, second}
    assert replaced.is_ready(60) is not None  # the new one answers


def test_workers_that_live_are_left_alone(supervisor: Supervisor) -> None:
    pids = [process.pid for process in supervisor.processes]
    for _ in range(3):
        supervisor.keep_subprocess_alive()
    assert [process.pid for process in supervisor.processes] == pids
