"""Keeps a worker's numbers where the other workers of its run find them, and writes those of all as Prometheus text."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from ctera_mcp_site.measured import MEASURES, PREFIX, Kind, together

if TYPE_CHECKING:
    from prometheus_client.core import Metric

    from ctera_mcp_site.measured import Measure, Numbers, Values
    from ctera_mcp_site.run_directory import RunDirectory

log = logging.getLogger(__name__)
WRITE_SECONDS: Final = 1.0
"""What a killed worker counted in so many seconds before its end is lost."""


class Metrics:
    """The numbers of one worker, and through the run's directory those of all; without one, of this worker alone."""

    def __init__(self, take: Callable[[], Numbers], directory: RunDirectory | None) -> None:
        self._take = take
        self._directory = directory
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")  # one, so that no older number comes later
        self._task: asyncio.Task[None] | None = None
        self._page: asyncio.Task[bytes] | None = None
        self._is_shared = True

    async def start(self) -> None:
        """Join the run and begin to write; a directory that cannot be used is told in the log."""
        if self._directory is not None and await self._blocking(self._directory.join):
            self._task = asyncio.create_task(self._keep(), name="metrics", context=contextvars.Context())

    async def close(self) -> None:
        """Leave the last numbers behind."""
        if self._page is not None:
            await asyncio.wait([self._page])
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._directory is not None:
            await self._write(self._directory)
            await self._blocking(self._directory.leave)
        self._thread.shutdown()

    async def page(self) -> bytes:
        """The page as of now; those who ask at the same time get the same one."""
        if self._page is None:
            self._page = asyncio.create_task(self._written(), name="metrics-page", context=contextvars.Context())
        return await asyncio.shield(self._page)

    async def _keep(self) -> None:
        while self._directory is not None:
            await self._write(self._directory)
            await asyncio.sleep(WRITE_SECONDS)

    async def _write(self, directory: RunDirectory) -> None:
        own = self._take()
        await self._blocking(lambda: directory.write(own))

    async def _written(self) -> bytes:
        try:
            own = self._take()
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._text, own)
        finally:
            self._page = None

    def _text(self, own: Numbers) -> bytes:
        """In the thread: gather and write; where gathering fails, this worker alone."""
        gathered = own
        if self._directory is not None:
            try:
                gathered = self._directory.gather(own)
            except OSError as fault:
                self._note(fault)
        return as_text(gathered)

    async def _blocking(self, act: Callable[[], None]) -> bool:
        """Run `act` in the thread; False when the directory cannot be used."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, act)
        except OSError as fault:
            self._note(fault)
            return False
        self._is_shared = True
        return True

    def _note(self, fault: OSError) -> None:
        if self._is_shared:
            log.warning("workers cannot share their numbers (%s): /metrics is incomplete", type(fault).__name__)
        self._is_shared = False


class Gathered(Collector):
    """Numbers as the client library writes them."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = together([numbers])

    def collect(self) -> Iterator[Metric]:
        """Every metric of the table, with or without series: a name on the page is there from the start."""
        for name, measure in MEASURES.items():
            yield family(measure, self._numbers.get(name, {}))


def family(measure: Measure, series: Mapping[tuple[str, ...], Values]) -> Metric:
    """One metric with its series."""
    name, labels = PREFIX + measure.name, measure.labels
    if measure.kind is Kind.HISTOGRAM:
        bounds = [*(str(float(bound)) for bound in measure.bounds), "+Inf"]
        histogram = HistogramMetricFamily(name, measure.text, labels=labels)
        for values, found in sorted(series.items()):
            histogram.add_metric(values, list(zip(bounds, accumulate(found[:-1]), strict=True)), found[-1])
        return histogram
    simple = (CounterMetricFamily if measure.kind is Kind.COUNTER else GaugeMetricFamily)(
        name, measure.text, labels=labels
    )
    for values, found in sorted(series.items()):
        simple.add_metric(values, found[0])
    return simple


def as_text(numbers: Numbers) -> bytes:
    """Prometheus' text form, version 0.0.4."""
    return generate_latest(Gathered(numbers))
