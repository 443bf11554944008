"""The database is locked, away, silent or full: calls are refused as designed, and service resumes by itself."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Final

import psycopg

from tests.drills.judging import UNRECORDED, judge
from tests.drills.load import WRITE, Load, pressed
from tests.drills.scene import Outcome, Scene, answers, code_of, figure, readiness, until
from tests.protocol.databases import out_of_reach

REFUSED: Final = frozenset({UNRECORDED, "http-503"})
MEANWHILE: Final = REFUSED | {"ok", "not_found", "conflict", "outcome_unknown"}
"""How a call may end around the moment at which the database goes or comes back."""
LONGEST_CALL: Final = 40.0
"""Seconds: a commit is waited for ten, and a change has two of them; the machine may be busy."""
RESUMES: Final = 45.0
Trouble = Callable[[], AbstractContextManager[None]]


def press(scene: Scene, trouble: Trouble, look: Callable[[], None] = lambda: None) -> Load:
    """Calls, trouble, `look` while calls are refused, and calls again without anybody's doing; returns the load."""
    failures = figure(scene, "ctera_mcp_audit_commit_failures_total")
    with pressed(scene) as load:
        until(lambda: load.codes()["ok"] >= 10, what="load")
        with trouble():
            _await_refusals(load)
            look()
            if scene.seconds:
                _await_more(load, scene.seconds)
        good = load.codes()["ok"]
        seconds = until(lambda: load.codes()["ok"] >= good + 10, RESUMES, what="service after the database came back")
        scene.say(f"calls were answered again {seconds:.1f} s after the database came back")
    assert set(load.codes()) <= MEANWHILE, load.codes()
    assert not load.lost, load.lost[:3]
    assert load.slowest < LONGEST_CALL, f"a call took {load.slowest:.1f} s"
    assert figure(scene, "ctera_mcp_audit_commit_failures_total") > failures or scene.kind == "sqlite"
    judge(scene, load)
    until(lambda: readiness(scene)[0] == 200, what="readiness")
    return load


def _await_refusals(load: Load) -> None:
    """Both kinds of calls are refused, and nothing else happens any more."""
    until(lambda: {call.code for call in load.answered[-4:]} <= REFUSED, what="refusals")
    until(lambda: any(call.tool == WRITE and call.code in REFUSED for call in load.answered), what="a refused change")


def _await_more(load: Load, seconds: float) -> None:
    """The trouble lasts; nothing but refusals comes."""
    known, began = len(load.answered), time.monotonic()
    until(lambda: time.monotonic() - began > seconds, seconds + 60)
    others = [call for call in load.answered[known:] if call.code not in REFUSED]
    assert not others, f"{len(others)} calls were not refused: {others[:3]}"


def outcome_of(did: str, load: Load) -> Outcome:
    """What is told of a drill in which calls were refused."""
    refused = sum(load.codes()[code] for code in REFUSED | {"outcome_unknown"})
    return Outcome(f"{did}; {refused} calls refused", len(load.answered))


def database_locked(scene: Scene) -> Outcome:
    """Another process holds the lock that every event needs."""
    return outcome_of("events locked by another process", press(scene, lambda: locked(scene)))


@contextmanager
def locked(scene: Scene) -> Iterator[None]:
    """Nobody else can write events while the block runs; reading works."""
    if scene.kind == "sqlite":
        with closing(sqlite3.connect(scene.database_url.removeprefix("sqlite:///"), isolation_level=None)) as lite:
            lite.execute("PRAGMA busy_timeout=20000")
            lite.execute("BEGIN IMMEDIATE")
            yield
            lite.execute("ROLLBACK")
        return
    with psycopg.connect(scene.database_url) as connection:
        connection.execute("LOCK TABLE oauth_auditevent IN SHARE MODE")
        yield
        connection.rollback()


def database_gone(scene: Scene) -> Outcome:
    """SQLite's file is moved away, or nobody answers at PostgreSQL's address any more."""

    def look() -> None:
        until(lambda: readiness(scene)[0] == 503, what="a readiness that says so")
        assert readiness(scene)[1]["database"] is False
        assert "the policy revision cannot be read" in scene.log()
        assert code_of(answers(scene, scene.token("looker"), "list_portals")) == UNRECORDED

    return outcome_of("database out of reach", press(scene, lambda: gone(scene), look))


@contextmanager
def gone(scene: Scene) -> Iterator[None]:
    """No connection to the database lives or can be opened."""
    if scene.database_way is None:
        with out_of_reach(scene.database_url):
            yield
        return
    scene.database_way.close()
    try:
        yield
    finally:
        scene.database_way.open()


def database_silent(scene: Scene) -> Outcome:
    """PostgreSQL's machine takes what is sent and answers nothing: no call waits for ever, no worker hangs for good."""
    return outcome_of("database silent, connections open", press(scene, lambda: silent(scene)))


@contextmanager
def silent(scene: Scene) -> Iterator[None]:
    """Every connection stays open and carries nothing."""
    way = scene.database_way
    assert way is not None, "only PostgreSQL is on the other end of a connection"
    way.hold()
    try:
        yield
    finally:
        way.let_flow()


DISK_FULL: Final = """
CREATE FUNCTION drill_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER drill_full BEFORE INSERT ON oauth_auditevent FOR EACH ROW EXECUTE FUNCTION drill_full();
"""


@contextmanager
def postgres_full(scene: Scene) -> Iterator[None]:
    """PostgreSQL answers as it does on a full disk; a truly full one would stop the cluster for everybody else."""
    with psycopg.connect(scene.database_url, autocommit=True) as connection:
        connection.execute(DISK_FULL)
        try:
            yield
        finally:
            connection.execute("DROP TRIGGER drill_full ON oauth_auditevent; DROP FUNCTION drill_full()")
