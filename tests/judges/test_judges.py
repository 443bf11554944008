"""The official conformance suite and the scanner find nothing that is not explained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.judges import conformance, report, scanner
from tests.simulators.stack import RunningStack, start_stack

STATELESS_IN_OLD_REVISION = {
    name for name, why in conformance.EXPECTED.items() if why == conformance.NEEDS_BACK_CHANNEL
}
TASKS = {name for name, why in conformance.EXPECTED.items() if why == conformance.NEEDS_TASKS}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """The product, by itself: a judge's requests fill logs and caches."""
    with start_stack(tmp_path_factory.mktemp("judged")) as running:
        yield running


@pytest.mark.node
@pytest.mark.parametrize(
    ("revision", "unserved"), [("2025-11-25", STATELESS_IN_OLD_REVISION), ("2026-07-28", TASKS)], ids=report.REVISIONS
)
@pytest.mark.timeout(180)
def test_the_endpoint_passes_all_that_it_can(
    stack: RunningStack, tmp_path: Path, revision: str, unserved: set[str]
) -> None:
    with conformance.fixture_server(stack) as url:
        found = conformance.run(url, stack.token("bob"), revision, tmp_path)
    assert {name for name, scenario in found.items() if not scenario.is_green} == unserved
    assert report.suite_table(found, conformance.EXPECTED) in report.PAGE.read_text()


@pytest.mark.node
@pytest.mark.parametrize("revision", report.REVISIONS)
@pytest.mark.timeout(180)
def test_the_product_passes_what_any_server_must(stack: RunningStack, tmp_path: Path, revision: str) -> None:
    found = conformance.run(stack.url, stack.token("bob"), revision, tmp_path)
    assert {name for name in conformance.ANY_SERVER[revision] if not found[name].is_green} == set()
    assert report.suite_table(found, report.reasons_of_product(revision, found)) in report.PAGE.read_text()


@pytest.mark.timeout(180)
def test_the_scanner_finds_nothing_that_is_not_explained(stack: RunningStack, tmp_path: Path) -> None:
    checks = scanner.scan(stack, tmp_path)
    assert [name for name, check in checks.items() if check["status"] == "fail"] == []
    assert {name for name, check in checks.items() if check["status"] != "pass"} == scanner.EXPECTED.keys()
    assert report.scanner_table(checks) in report.PAGE.read_text()
