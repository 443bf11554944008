"""How long an edit takes to reach the last of four workers: `python -m bench.propagation`, and a table of `make bench`.

Another process commits an edit that opens or closes a tool; each worker is asked over a connection of its own until it
lists accordingly.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Final

import httpx2

from tests.protocol.processes import holder, local_port, workers
from tests.protocol.wire import MODERN, Wire
from tests.simulators.editor import Editor, start_editor
from tests.simulators.stack import RunningStack, start_stack

WORKERS: Final = 4
EDITS: Final = 40
MOST_SECONDS: Final = 1.0
TOOL: Final = "ctera_portal_list_portals"
POLICY: Final = "Moved by the bench"
SCOPE: Final = "bench:read"


class Asker:
    """Asks one worker, over one connection, whether the tool is listed."""

    def __init__(self, stack: RunningStack, http: httpx2.Client, token: str) -> None:
        self._url = stack.url
        self._http = http
        wire = Wire(stack, MODERN)
        self._headers = wire.headers("tools/list", None, token)
        self._message = wire.message("tools/list", {})

    def ask(self) -> httpx2.Response:
        """One answer of the worker that holds the connection."""
        return self._http.post(self._url, json=self._message, headers=self._headers)

    def lists(self) -> bool:
        """Whether the worker lists the tool now."""
        return bool(self.ask().json()["result"]["tools"])


@contextmanager
def askers(stack: RunningStack, token: str) -> Iterator[list[Asker]]:
    """One asker for each worker; connections are opened until every worker holds one."""
    pids = workers(stack.server.pid)
    found: dict[int, Asker] = {}
    with ExitStack() as opened:
        while len(found) < len(pids):
            http = opened.enter_context(httpx2.Client(trust_env=False, timeout=30))
            asker = Asker(stack, http, token)
            pid = holder(local_port(asker.ask()), pids)
            if pid is not None:
                found.setdefault(pid, asker)
        yield list(found.values())


def lag(asked: list[Asker], editor: Editor, *, opens: bool) -> float:
    """Seconds from the commit of an edit until the last worker lists accordingly."""
    at = editor.policy(POLICY, scopes=[SCOPE], tools=[TOOL], enabled=opens).at
    waiting = asked
    while waiting:
        waiting = [asker for asker in waiting if asker.lists() is not opens]
    return time.time() - at


def measure(directory: Path) -> list[float]:
    """The lags of all edits, in seconds."""
    with start_stack(directory, WORKERS=str(WORKERS)) as stack, start_editor(stack.environment) as editor:
        editor.scope(SCOPE)
        editor.policy(POLICY, scopes=[SCOPE], tools=[TOOL], enabled=False)
        token = stack.token("mallory", scopes=[SCOPE], scope=SCOPE)
        with askers(stack, token) as asked:
            return [lag(asked, editor, opens=number % 2 == 0) for number in range(EDITS)]


def table(lags: list[float]) -> str:
    """Markdown: the figures against the goal."""
    worst = max(lags)
    met = "met" if worst <= MOST_SECONDS else "**missed**"
    return (
        f"| {EDITS} edits, {WORKERS} workers, SQLite | wanted | median s | longest s | |\n|---|---|---|---|---|\n"
        f"| commit until the last worker decides by it | ≤ {MOST_SECONDS:g} s "
        f"| {median(lags):.2f} | {worst:.2f} | {met} |\n"
    )


def run() -> str:
    """Measure and tell it as a table."""
    with tempfile.TemporaryDirectory() as directory:
        return table(measure(Path(directory)))


if __name__ == "__main__":
    print(run())
