"""Where drills happen: the whole product with two workers, and ways to its portal and database that can be cut."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from tests.drills.ways import Way, way_to
from tests.protocol.databases import new_database
from tests.protocol.evidence import query
from tests.protocol.wire import MODERN, Wire
from tests.simulators.stack import SERVE, RunningStack, free_port, start_server, start_stack

Say = Callable[[str], None]
WORKERS: Final = 2
ROOT: Final = "/Users/Alice Acme/My Files"
PLACE: Final = {"portal": "hq", "tenant": "acme"}
POLICY: Final = {"name": "Drills", "effect": "allow", "scopes": ["ctera:read"], "toolsets": ["read", "write"]}
QUICK: Final = {"connect_timeout": 2, "read_timeout": 3, "total_timeout": 4}
"""Timeouts (seconds) of the profile, so that a drill of slowness is short."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a drill did: its calls, and how many of them may fail and failed without being told why."""

    did: str
    calls: int
    allowed: int = 0
    failed: int = 0


@dataclass(slots=True)
class Scene:
    """The running product, the ways that lead from it, and how long and how randomly a drill may press it."""

    stack: RunningStack
    kind: str
    portal_way: Way
    database_way: Way | None
    database_url: str
    directory: Path
    seconds: float
    random: Random
    say: Say
    _numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    @property
    def aside(self) -> RunningStack:
        """The stack as tests look at it: by a way to the database that no drill cuts."""
        return replace(self.stack, environment=self.stack.environment | {"DATABASE_URL": self.database_url})

    def name(self, word: str) -> str:
        """A word that no other drill of this scene was given."""
        return f"{word}-{next(self._numbers)}"

    def token(self, subject: str, **claims: Any) -> str:
        """An access token of somebody whom only this drill knows."""
        return self.stack.token("alice", sub=f"usr_{subject}", **claims)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the database."""
        return query(self.aside, sql)

    def log(self) -> str:
        """What the server wrote."""
        return self.stack.log_file.read_text(errors="replace")


@contextmanager
def open_scene(kind: str, directory: Path, *, say: Say = print, seconds: float = 0, seed: int = 1) -> Iterator[Scene]:
    """Start everything on a fresh database of that kind; `seconds` 0 means the short form of every drill."""
    with ExitStack() as opened:
        url = opened.enter_context(new_database(kind, directory))
        database_way, server_url = None, url
        if kind == "postgres":
            parts = urlsplit(url)
            database_way = opened.enter_context(way_to(parts.port or 5432, parts.hostname or "127.0.0.1"))
            where = parts.netloc.rpartition("@")[0]
            netloc = f"{where + '@' if where else ''}127.0.0.1:{database_way.port}"
            server_url = parts._replace(netloc=netloc).geturl()
        stack = opened.enter_context(
            start_stack(
                directory,
                say=say,
                DATABASE_URL=server_url,
                AUDIT_CHECKPOINT_FILE=str(directory / "checkpoints.jsonl"),
                WORKERS=str(WORKERS),
            )
        )
        portal_way = opened.enter_context(way_to(stack.portal.https_port))
        scene = Scene(stack, kind, portal_way, database_way, url, directory, seconds, Random(seed), say)
        profile = {"name": "hq", "port": portal_way.port, **QUICK}
        document = json.dumps({"version": 1, "policies": [POLICY], "portals": [profile]})
        stack.manage("import_config", "-", stdin=document)
        await_policy(scene)
        yield scene


@contextmanager
def own_server(scene: Scene, *, serve: tuple[str, ...] = SERVE, ready: str = "/readyz", **more: str) -> Iterator[Scene]:
    """A server of the drill's own on the scene's database and portal, which it may stop or hurt."""
    port, directory = free_port(), scene.directory / scene.name("server")
    directory.mkdir()
    environment = scene.stack.environment | {"PORT": str(port), "PUBLIC_URL": f"http://localhost:{port}"} | more
    with start_server(environment, directory, serve, ready) as (server, log_file):
        stack = replace(scene.stack, port=port, environment=environment, server=server, log_file=log_file)
        yield replace(
            scene, stack=stack, directory=directory, database_url=more.get("DATABASE_URL", scene.database_url)
        )


def until(arrived: Callable[[], object], seconds: float = 60, *, what: str = "what was waited for") -> float:
    """Poll a condition; the seconds that it took."""
    began = time.monotonic()
    while not arrived():
        assert time.monotonic() - began < seconds, f"{what} did not come within {seconds:g} s"
        time.sleep(0.05)  # between two looks
    return time.monotonic() - began


def await_policy(scene: Scene) -> None:
    """Return when every worker decides by the drill's policy: they take turns at the socket."""
    token, good = scene.token("first"), 0
    with ExitStack() as opened:
        deadline = time.monotonic() + 60
        while good < 4 * WORKERS:
            assert time.monotonic() < deadline, "the server does not follow its policy"
            wire = opened.enter_context(Wire(scene.stack, MODERN))
            answer = wire.call("list_dir", token, path=ROOT, **PLACE)
            good = good + 1 if '"isError":false' in answer.text else 0


def answers(scene: Scene, token: str, tool: str = "list_dir", **arguments: Any) -> dict[str, Any]:
    """The structured content of one call on a connection of its own, whether it succeeded or not."""
    arguments = arguments or ({"path": ROOT, **PLACE} if tool == "list_dir" else {})
    with Wire(scene.stack, MODERN) as wire:
        content: dict[str, Any] = wire.result(tool, token, **arguments)["structuredContent"]
    return content


def code_of(content: dict[str, Any]) -> str:
    """The error's code of an answer; `ok` where it succeeded."""
    return str(content["code"]) if "code" in content and "message" in content else "ok"


def readiness(scene: Scene) -> tuple[int, dict[str, Any]]:
    """Status of `/readyz`, and its parts, which this machine may see."""
    answer = httpx2.get(f"http://127.0.0.1:{scene.stack.port}/readyz", trust_env=False, timeout=30)
    return answer.status_code, answer.json()


def figure(scene: Scene, name: str, **labels: str) -> float:
    """The sum of one figure of `/metrics` over the series that have these labels."""
    page = httpx2.get(f"{scene.stack.base}/metrics", trust_env=False, timeout=30).text
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return sum(each.value for each in samples if each.name == name and labels.items() <= each.labels.items())
