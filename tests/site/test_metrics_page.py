"""The page is written once for all who ask at the same time, and a broken directory costs only the other workers."""

from __future__ import annotations

import asyncio
import logging
import shutil
from pathlib import Path

import pytest

from ctera_mcp_site.measured import Numbers
from ctera_mcp_site.metrics import Metrics
from ctera_mcp_site.run_directory import RunDirectory

OWN: Numbers = {"decisions": {("allowed",): [3]}}
LINE = b'ctera_mcp_decisions_total{effect="allowed"} 3.0'


async def test_without_a_directory_a_worker_tells_its_own() -> None:
    metrics = Metrics(lambda: OWN, None)
    await metrics.start()
    assert LINE in await metrics.page()
    await metrics.close()


async def test_who_asks_at_the_same_time_gets_the_same_page() -> None:
    taken = []

    def take() -> Numbers:
        taken.append(1)
        return OWN

    metrics = Metrics(take, None)
    pages = await asyncio.gather(*(metrics.page() for _ in range(50)))
    assert len(taken) == 1
    assert len(set(pages)) == 1
    assert await metrics.page() == pages[0]
    assert len(taken) == 2
    await metrics.close()


async def test_the_last_numbers_are_left_behind(tmp_path: Path) -> None:
    ended = Metrics(lambda: OWN, RunDirectory(tmp_path))
    await ended.start()
    await ended.close()
    metrics = Metrics(lambda: OWN, RunDirectory(tmp_path))
    await metrics.start()
    assert b'effect="allowed"} 6.0' in await metrics.page()
    await metrics.close()


async def test_a_directory_that_goes_away_is_told_once_and_breaks_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "run"
    metrics = Metrics(lambda: OWN, RunDirectory(place))
    await metrics.start()
    await metrics.page()
    shutil.rmtree(place)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert LINE in await metrics.page()
    assert [record.getMessage() for record in caplog.records] == [
        "workers cannot share their numbers (FileNotFoundError): /metrics is incomplete"
    ]
    await metrics.close()


async def test_a_directory_that_cannot_be_made_does_not_stop_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    metrics = Metrics(lambda: OWN, RunDirectory(tmp_path / "file" / "run"))
    await metrics.start()
    assert "cannot share their numbers" in caplog.text
    assert LINE in await metrics.page()
    await metrics.close()


async def test_a_server_that_did_not_start_can_be_closed(tmp_path: Path) -> None:
    await Metrics(lambda: OWN, RunDirectory(tmp_path)).close()
