"""Where the workers of one run leave their numbers for each other, so that any of them can tell those of all.

<worker>.alive   locked by its worker for as long as the process lives; the system lets go of it, whatever happens
<worker>.json    the numbers of a worker, replaced as a whole
ended.json       what ended workers counted, and whose files are in it: counters of a run never go back
lock             held by whoever joins or gathers
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ctera_mcp_site.measured import together

if TYPE_CHECKING:
    from ctera_mcp_site.measured import Numbers

ENDED: Final = "ended.json"
PRIVATE: Final = 0o600


class RunDirectory:
    """One worker's part in the directory of its run. Its methods block, and raise `OSError`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._worker = f"worker-{os.getpid()}-{secrets.token_hex(6)}"
        self._alive: int | None = None

    def join(self) -> None:
        """Be counted among the living until the process ends."""
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked():
            alive = os.open(self._path / f"{self._worker}.alive", os.O_RDWR | os.O_CREAT, PRIVATE)
            fcntl.flock(alive, fcntl.LOCK_EX)
            self._alive = alive

    def leave(self) -> None:
        """Be counted among the ended; what was written stays."""
        if self._alive is not None:
            os.close(self._alive)
            self._alive = None

    def write(self, numbers: Numbers) -> None:
        """Put this worker's numbers where the others look."""
        self._replace(f"{self._worker}.json", {"numbers": _plain(numbers)})

    def gather(self, own: Numbers) -> Numbers:
        """The numbers of all workers of the run, living and ended; `own` are those of this one as of now.

        They are written first: whoever gathers next must not find less than what was told here.
        """
        self.write(own)
        with self._locked():
            ended = self._ended()
            others = [file for file in sorted(self._path.glob("worker-*.json")) if file.stem != self._worker]
            return together([ended, own, *(_numbers(_read(file)) for file in others)])  # all of them are alive

    def _ended(self) -> Numbers:
        """Move what ended workers counted into one file. A file that is in it already is not added once more."""
        known = _read(self._path / ENDED)
        holds = [name for name in known.get("holds", []) if (self._path / f"{name}.json").exists()]
        dead = [file for file in sorted(self._path.glob("worker-*.json")) if not self._lives(file.stem)]
        new = [file for file in dead if file.stem not in holds]
        ended = together([_numbers(known), *(_numbers(_read(file)) for file in new)], outlasting_only=True)
        if new:
            names = holds + [file.stem for file in new]
            self._replace(ENDED, {"numbers": _plain(ended), "holds": names})
        for file in dead:
            file.unlink(missing_ok=True)
            for left in (file.with_suffix(".alive"), *self._path.glob(f".{file.stem}.*")):
                left.unlink(missing_ok=True)
        return ended

    def _lives(self, worker: str) -> bool:
        if worker == self._worker:
            return True
        try:
            alive = os.open(self._path / f"{worker}.alive", os.O_RDWR)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(alive)
        return False

    def _replace(self, name: str, content: dict[str, Any]) -> None:
        fresh = self._path / f".{self._worker}.{name}"
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file)
        fresh.replace(self._path / name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        lock = os.open(self._path / "lock", os.O_RDWR | os.O_CREAT, PRIVATE)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def _plain(numbers: Numbers) -> dict[str, Any]:
    return {name: [[labels, values] for labels, values in series.items()] for name, series in numbers.items()}


def _read(path: Path) -> dict[str, Any]:
    with suppress(FileNotFoundError, ValueError):
        content = json.loads(path.read_text())
        if isinstance(content, dict):
            return content
    return {}


def _numbers(content: dict[str, Any]) -> Numbers:
    """Nothing, where a file is not of this form: figures are no reason to fail."""
    with suppress(AttributeError, KeyError, TypeError, ValueError):
        return {
            name: {tuple(map(str, labels)): [float(value) for value in values] for labels, values in series}
            for name, series in content["numbers"].items()
        }
    return {}
