"""Numbers of a run: what was counted never goes back, what a worker is goes with it, nothing on disk breaks it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ctera_mcp_site.measured import Numbers
from ctera_mcp_site.run_directory import RunDirectory

NOBODY: Numbers = {}


def numbers(count: float, in_flight: float = 0) -> Numbers:
    return {"decisions": {("allowed",): [count]}, "requests_in_flight": {(): [in_flight]}}


def joined(path: Path) -> RunDirectory:
    worker = RunDirectory(path)
    worker.join()
    return worker


def test_each_worker_can_tell_the_numbers_of_all(tmp_path: Path) -> None:
    one, other = joined(tmp_path), joined(tmp_path)
    one.write(numbers(3, 1))
    other.write(numbers(4, 1))
    assert one.gather(numbers(5, 2)) == numbers(9, 3)
    assert other.gather(numbers(4, 1)) == numbers(9, 3)


def test_an_ended_worker_leaves_its_counts_and_takes_its_states_along(tmp_path: Path) -> None:
    one, other = joined(tmp_path), joined(tmp_path)
    other.write(numbers(4, 9))
    other.leave()
    for _ in range(3):
        assert one.gather(numbers(3, 1)) == numbers(7, 1)
    assert len(list(tmp_path.glob("worker-*.json"))) == 1


def test_the_counts_of_ended_workers_are_kept_by_those_who_come_later(tmp_path: Path) -> None:
    for count in (1, 2, 3):
        worker = joined(tmp_path)
        worker.gather(numbers(count))
        worker.leave()
    assert joined(tmp_path).gather(numbers(10)) == numbers(16)


def test_a_killed_process_counts_as_ended(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, pathlib\n"
        "from ctera_mcp_site.run_directory import RunDirectory\n"
        "worker = RunDirectory(pathlib.Path(sys.argv[1]))\n"
        "worker.join()\n"
        "worker.write({'decisions': {('allowed',): [4]}, 'requests_in_flight': {(): [9]}})\n"
        "print('written', flush=True)\n"
        "sys.stdin.read()\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    code = "import django; django.setup()\n" + code
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=-1, stdout=-1, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        mine = joined(tmp_path)
        assert mine.gather(numbers(1, 1)) == numbers(5, 10)
        process.kill()
        process.wait()
        assert mine.gather(numbers(1, 1)) == numbers(5, 1)


def test_a_stop_between_adding_up_and_removing_counts_nothing_twice(tmp_path: Path) -> None:
    ended, mine = joined(tmp_path), joined(tmp_path)
    ended.write(numbers(4))
    ended.leave()
    (left,) = tmp_path.glob("worker-*.json")
    content = left.read_text()
    assert mine.gather(numbers(1)) == numbers(5)
    left.write_text(content)  # as if the process had ended before it was removed
    assert mine.gather(numbers(1)) == numbers(5)
    assert not left.exists()


@pytest.mark.parametrize("torn", ["", "{", "[]", '{"numbers": 3}', '{"numbers": {"decisions": [1]}}', "\x00"])
def test_a_file_of_another_form_is_passed_over(tmp_path: Path, torn: str) -> None:
    one, mine = joined(tmp_path), joined(tmp_path)
    one.write(numbers(4))
    (file,) = tmp_path.glob("worker-*.json")
    file.write_text(torn)
    assert mine.gather(numbers(1)) == numbers(1)
    (tmp_path / "ended.json").write_text(torn)
    assert mine.gather(numbers(1)) == numbers(1)


def test_the_directory_and_what_is_in_it_are_closed_to_other_accounts(tmp_path: Path) -> None:
    worker = joined(tmp_path / "run" / "mcp")
    worker.gather(numbers(1))
    for path in (tmp_path / "run" / "mcp", *(tmp_path / "run" / "mcp").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
