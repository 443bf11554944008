"""Full disks: under the database, the log, the checkpoint file and the directory of figures."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from tests.drills.databases import outcome_of, postgres_full, press
from tests.drills.load import pressed
from tests.drills.scene import Outcome, Scene, figure, own_server, readiness, until
from tests.protocol.processes import workers

SMALL: Final = "16m"
FULL: Final = "/dev/full"
SOME_CALLS: Final = 30
TO_FULL: Final = f"""
import os, runpy, sys
full = os.open({FULL!r}, os.O_WRONLY)
os.dup2(full, 1)
os.dup2(full, 2)
sys.argv = ["manage.py", "serve"]
runpy.run_path("manage.py", run_name="__main__")
"""
LOG_IS_FULL: Final = ("-c", TO_FULL)


def database_full(scene: Scene) -> Outcome:
    """There is no room for an event."""
    if scene.kind == "sqlite":
        return sqlite_full(scene)
    how = "PostgreSQL answers every new event with disk_full (53100)"
    return outcome_of(how, press(scene, partial(postgres_full, scene)))


def sqlite_full(scene: Scene) -> Outcome:
    """No room for an event: a small disk of the drill's own where this machine lets us have one, else a size limit."""
    place = scene.directory / scene.name("small")
    place.mkdir()
    with small_disk(place) as is_small:
        file = place / "db.sqlite3"
        with closing(sqlite3.connect(file)) as there, closing(_lite(scene)) as here:
            here.backup(there)
        checkpoints = str(place.with_suffix(".jsonl"))
        with own_server(scene, DATABASE_URL=f"sqlite:///{file}", AUDIT_CHECKPOINT_FILE=checkpoints) as own:
            trouble: Callable[[], AbstractContextManager[None]]
            trouble = partial(filled, place) if is_small else partial(limited, own)
            how = (
                f"disk of {SMALL} filled up" if is_small else "file size limited (RLIMIT_FSIZE): no disk may be mounted"
            )
            return outcome_of(how, press(own, trouble))


def _lite(scene: Scene) -> sqlite3.Connection:
    return sqlite3.connect(scene.database_url.removeprefix("sqlite:///"))


@contextmanager
def small_disk(place: Path) -> Iterator[bool]:
    """A small file system on that directory for the time of a block; False where this process may not mount one."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place)]
    try:
        is_small = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        is_small = False
    try:
        yield is_small
    finally:
        if is_small:
            subprocess.run(["umount", "-l", str(place)], check=True)


@contextmanager
def filled(place: Path) -> Iterator[None]:
    """Not a byte is left on the disk of a directory."""
    filler = place / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while file.write(b"x" * 4096):
            pass
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def limited(own: Scene) -> Iterator[None]:
    """No file of the server's grows any more."""
    pids = {own.stack.server.pid, *workers(own.stack.server.pid)}
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE, (1024, resource.RLIM_INFINITY)) for pid in pids}
    try:
        yield
    finally:
        for pid, limits in before.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)


def log_full(scene: Scene) -> Outcome:
    """The disk of the log is full from the first line on: the server starts, and every call is answered."""
    with own_server(scene, serve=LOG_IS_FULL, WORKERS="1", LOG_LEVEL="DEBUG") as own:
        calls = _answers_all(own)
        assert own.log() == ""
    assert own.stack.server.returncode is not None
    return Outcome("log on a full disk", calls)


def checkpoints_full(scene: Scene) -> Outcome:
    """The disk of the checkpoint file is full: calls go on, the log tells, the database keeps its marks."""
    before = _streams(scene)
    with own_server(scene, AUDIT_CHECKPOINT_FILE=FULL, WORKERS="1") as own:
        calls = _answers_all(own)
        until(lambda: "could not be kept" in own.log(), what="a line about the checkpoint")
        until(lambda: _streams(scene) > before, what="a mark in the database")
        calls += _answers_all(own)
        assert readiness(own)[0] == 200
    return Outcome("AUDIT_CHECKPOINT_FILE on a full disk", calls)


def _streams(scene: Scene) -> int:
    ((count,),) = scene.query("SELECT count(*) FROM oauth_auditmark")
    return int(count)


def figures_full(scene: Scene) -> Outcome:
    """The disk of the shared figures fills up: calls go on, the log tells it once, and later the figures are whole."""
    shared = scene.directory / scene.name("figures")
    with own_server(scene, METRICS_DIR=str(shared)) as own:
        until(lambda: figure(own, "ctera_mcp_workers") == 2, what="figures of both workers")
        links = [shared / f".{file.stem}.{file.name}" for file in shared.glob("worker-*.json")]
        for link in links:
            until(partial(_linked, link), what="a moment between two writes")
        until(lambda: "workers cannot share their numbers" in own.log(), what="a line about the figures")
        calls = _answers_all(own)
        assert figure(own, "ctera_mcp_workers") >= 1
        for link in links:
            link.unlink()
        until(lambda: figure(own, "ctera_mcp_audit_events_total") >= calls, what="whole figures")
    return Outcome("METRICS_DIR on a full disk", calls)


def _linked(link: Path) -> bool:
    with suppress(FileExistsError):
        link.symlink_to(FULL)
    return link.is_symlink()


def _answers_all(own: Scene) -> int:
    """Calls of both kinds; each is answered as if nothing were wrong. Their number."""
    with pressed(own, 2) as load:
        until(lambda: len(load.answered) >= SOME_CALLS, what="answers")
    assert set(load.codes()) == {"ok"}, load.codes()
    assert not load.lost, load.lost[:3]
    ((events,),) = own.query(
        f"SELECT count(*) FROM oauth_auditevent WHERE subject = '{load.subject}' AND kind = 'call'"
    )
    assert events == len(load.answered)
    return len(load.answered)
