"""Reports of workers: one row each, judged by the database's clock and by how long their revision was not confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from oauth import overview_workers, worker_reports
from oauth.diagnosis import State
from oauth.keys import KeyStatus
from oauth.models import WorkerReport
from oauth.worker_reports import Identity, Told

pytestmark = pytest.mark.django_db
GOOD = KeyStatus(12.0, 2, 3, 1, "")
NEVER = KeyStatus(None, 0, 0, 0, "")
BARE = KeyStatus(None, 0, 2, 2, "HTTP status 503")
ONE = Identity("1-aa", "mcp-1", 1, "0.1.0", datetime.now(UTC))


def told(who: Identity = ONE, revision: int = 7, revision_age: float = 0.1, keys: KeyStatus = GOOD) -> None:
    worker_reports.tell(who, revision, revision_age, keys)


def silent(seconds: float, name: str = ONE.name) -> None:
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    WorkerReport.objects.filter(pk=name).update(seen=moment)


def only(present: int = 7) -> Told:
    [found] = worker_reports.told(present)
    return found


def test_a_worker_has_one_row_however_often_it_reports_by_one_statement() -> None:
    told()
    with CaptureQueriesContext(connection) as queries:
        told(revision=8)
    assert len(queries) == 1
    found = only(8)
    assert found.report.revision == 8
    assert found.age < 5
    assert overview_workers.badge(found).word == "current"


def test_workers_of_two_machines_with_the_same_process_id_are_two() -> None:
    told()
    told(replace(ONE, name="1-bb", host="mcp-2"))
    assert [each.report.host for each in worker_reports.told(7)] == ["mcp-1", "mcp-2"]


def test_who_leaves_takes_only_the_own_report_away() -> None:
    told()
    told(replace(ONE, name="2-bb"))
    worker_reports.leave(ONE)
    assert only().report.name == "2-bb"


def test_a_worker_that_was_not_heard_of_is_gone_and_forgotten_after_a_while() -> None:
    told()
    silent(30)
    assert overview_workers.badge(only()).word == "gone"
    worker_reports.forget_the_dead()
    assert only().is_gone
    silent(3600)
    worker_reports.forget_the_dead()
    assert worker_reports.told(7) == []


@pytest.mark.parametrize(
    ("revision", "revision_age", "word"),
    [(7, 0.1, "current"), (6, 0.1, "following"), (6, 60.0, "behind"), (7, 60.0, "current")],
)
def test_a_worker_is_behind_only_when_it_had_time_to_follow(revision: int, revision_age: float, word: str) -> None:
    told(revision=revision, revision_age=revision_age)
    assert overview_workers.badge(only()).word == word


def texts(present: int = 7) -> dict[str, State]:
    return {each.text: each.state for each in overview_workers.wrong(worker_reports.told(present))}


def test_without_any_report_nobody_serves() -> None:
    assert list(texts().values()) == [State.FAILED]
    told()
    assert texts() == {}
    silent(30)
    assert set(texts().values()) == {State.FAILED, State.WARNING}


def test_a_worker_that_decides_by_an_old_revision_is_wrong_with_both_numbers() -> None:
    told(revision=5, revision_age=60)
    assert texts() == {"Worker 1 on mcp-1 decides by revision 5, not by 7: restart it.": State.FAILED}


def test_keys_that_are_missing_fail_and_keys_that_could_not_be_fetched_again_warn() -> None:
    told(keys=NEVER)
    assert texts() == {}
    assert overview_workers.scalekit(worker_reports.told(7)).badge.word == "not needed yet"
    told(keys=replace(GOOD, last_error="HTTP status 503"))
    assert set(texts().values()) == {State.WARNING}
    assert overview_workers.scalekit(worker_reports.told(7)).badge.word == "fetch failed"
    told(keys=BARE)
    [(text, state)] = texts().items()
    assert state is State.FAILED
    assert "answered 503: HTTP status 503" in text
    found = overview_workers.scalekit(worker_reports.told(7))
    assert (found.badge.word, found.failures, found.last_error) == ("no keys", 2, "HTTP status 503")


def test_the_age_of_keys_grows_while_nothing_is_reported() -> None:
    told()
    silent(10)
    assert "22 seconds ago" in overview_workers.scalekit(worker_reports.told(7)).keys
