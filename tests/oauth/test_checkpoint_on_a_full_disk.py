"""On a disk that fills up, the file of checkpoints holds whole lines only, so that it goes on to be verifiable."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from oauth.checkpoint_file import read

ROOT = Path(__file__).resolve().parents[2]
APPEND = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from oauth.chain import Mark
from oauth.checkpoint_file import append
limit = int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
append(Path(sys.argv[1]), Mark("checkpoint", sys.argv[3], 1, "0" * 64, datetime.now(UTC), "00000000", "1" * 64))
"""


def append(file: Path, stream: str, limit: int = 0) -> bool:
    """Append in a process of its own that may write so many bytes of a file; whether it said that all is well."""
    command = [sys.executable, "-c", APPEND, str(file), str(limit), stream]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "OSError" in done.stderr, done.stderr
    return done.returncode == 0


@pytest.mark.parametrize("room", [0, 1, 40])
def test_a_line_for_which_there_is_no_room_leaves_no_part_behind(tmp_path: Path, room: int) -> None:
    file = tmp_path / "checkpoints.jsonl"
    assert append(file, "w-1")
    size = file.stat().st_size
    assert not append(file, "w-2", size + room)
    assert file.stat().st_size == size
    assert append(file, "w-3")
    found = read(file.read_text().splitlines())
    assert (found.bad_lines, set(found.marks)) == ([], {"w-1", "w-3"})


def test_the_limit_of_this_test_is_none_of_the_machine() -> None:
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
