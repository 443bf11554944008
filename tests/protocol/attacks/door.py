"""Knocks at the running server with raw bytes, and watches that nothing moves behind the door."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, cast

from tests.protocol.attacks.forge import unb64
from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack

ERAS = ("2026-07-28", "2025-11-25")
TOOL = "ctera_portal_who_am_i"
"""Logs in at the portal and leaves an event: what runs here shows."""

ASKED_SCOPES = 'scope="ctera:admin ctera:read user:read"'
Lines = Iterable[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; status 0 means that the connection ended without any."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for found, value in self.headers if found == name]

    @property
    def text(self) -> str:
        """All of it, to look for what must not be there."""
        lines = "\n".join(f"{name}: {value}" for name, value in self.headers)
        return f"{lines}\n\n{self.body.decode('utf-8', 'replace')}"

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


def parsed(raw: bytes) -> Answer:
    """An answer from the bytes of a connection that was then closed."""
    head, _, body = raw.partition(b"\r\n\r\n")
    if not head:
        return Answer(0, [], b"")
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = [line.partition(":") for line in lines]
    return Answer(int(first.split(" ")[1]), [(name.lower(), value.strip()) for name, _, value in fields], body)


def exchange(port: int, request: bytes) -> Answer:
    """Send bytes, read until the server closes."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        try:
            connection.sendall(request)
            received = b""
            while chunk := connection.recv(65_536):
                received += chunk
        except (ConnectionResetError, BrokenPipeError):
            return Answer(0, [], b"")
    return parsed(received)


@dataclass(frozen=True, slots=True)
class Traces:
    """What a call that ran would have left."""

    events: int
    portal: int
    fetches: int
    log: int


def confidential(token: str) -> list[str]:
    """What of a token must be nowhere: itself, its segments, and the values that name people and sessions."""
    parts = [part for part in (token, *token.split(".")) if len(part) >= 12]
    try:
        claims = json.loads(unb64(token.split(".")[1]))
        named = [claims[name] for name in ("jti", "sid", "sub") if isinstance(claims.get(name), str)]
    except (ValueError, IndexError, AttributeError, RecursionError):
        named = []
    return [*parts, *(value for value in named if len(value) >= 8)]


class Door:
    """One running server; every request asks for the same call in either era."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self._eras = {era: Wire(stack, era) for era in ERAS}

    @property
    def metadata(self) -> str:
        """The parameter that every challenge carries."""
        return f'resource_metadata="{self.stack.base}/.well-known/oauth-protected-resource/mcp"'

    def knock(
        self,
        *authorization: bytes | str,
        era: str = ERAS[0],
        method: str = "POST",
        target: str = "/mcp",
        more: Lines = (),
        content: bytes | None = None,
    ) -> Answer:
        """Send one request with these Authorization values; `more` headers replace those of the same name."""
        wire = self._eras[era]
        own = wire.headers("tools/call", TOOL, None)
        body = json.dumps(wire.message("tools/call", {"name": TOOL, "arguments": {}})).encode()
        body = body if content is None else content
        lines = [(name.lower().encode(), value.encode()) for name, value in own.items()]
        lines += [(b"host", f"localhost:{self.stack.port}".encode()), (b"connection", b"close")]
        lines += [(b"content-length", str(len(body)).encode())]
        replaced = {name for name, _ in more}
        lines = [(name, value) for name, value in lines if name not in replaced] + list(more)
        lines += [(b"authorization", one if isinstance(one, bytes) else one.encode()) for one in authorization]
        head = b"".join(b"%b: %b\r\n" % line for line in lines)
        return exchange(self.stack.port, f"{method} {target} HTTP/1.1\r\n".encode() + head + b"\r\n" + body)

    def traces(self) -> Traces:
        """What happened so far."""
        path = self.stack.environment["DATABASE_URL"].removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            events: int = database.execute("SELECT count(*) FROM oauth_auditevent").fetchone()[0]
        calls = cast("dict[str, int]", self.stack.portal.stats()["calls"])
        fetches = self.stack.scalekit.key_fetches()
        return Traces(events, sum(calls.values()), fetches, self.stack.log_file.stat().st_size)

    @contextmanager
    def nothing_happens(self, *hidden: str, fetches: int = 0) -> Iterator[None]:
        """Nothing ran, nobody was asked (for keys: at most `fetches` times), nothing hidden was logged, no fault."""
        before = self.traces()
        yield
        after = self.traces()
        assert after.events == before.events, "an event was recorded"
        assert after.portal == before.portal, "the portal was asked"
        assert after.fetches - before.fetches <= fetches, "keys were fetched"
        logged = self.stack.log_file.read_bytes()[before.log :].decode("utf-8", "replace")
        assert "Traceback" not in logged, logged
        for text in hidden:
            assert text not in logged, f"logged: {text[:40]}"

    def refuses(self, token: bytes | str, *, fetches: int = 0) -> None:
        """The standard answer, in both eras, word for word the same whatever is wrong with the token."""
        shown = token.decode("latin-1") if isinstance(token, bytes) else token
        presented = b"Bearer " + (token if isinstance(token, bytes) else token.encode())
        hidden = confidential(shown)
        with self.nothing_happens(*hidden, fetches=fetches):
            for era in ERAS:
                answer = self.knock(presented, era=era)
                self.is_invalid(answer)
                assert not any(text in answer.text for text in hidden)

    def is_invalid(self, answer: Answer) -> None:
        """401, `invalid_token`, and not a word about why."""
        said = 'error="invalid_token", error_description="The access token is not valid here"'
        self._is(answer, 401, f"{said}, {ASKED_SCOPES}, ")
        assert answer.values("cache-control") == ["no-store"]

    def is_unasked(self, answer: Answer) -> None:
        """401 without an error: nothing was presented."""
        self._is(answer, 401, f"{ASKED_SCOPES}, ")

    def is_malformed(self, answer: Answer) -> None:
        """400 `invalid_request`."""
        said = 'error_description="Send exactly one access token in one Authorization header"'
        self._is(answer, 400, f'error="invalid_request", {said}, ')

    def _is(self, answer: Answer, status: int, parameters: str) -> None:
        assert (answer.status, answer.body) == (status, b"")
        assert answer.values("www-authenticate") == [f"Bearer {parameters}{self.metadata}"]

    def opens(self, token: str, *, scheme: str = "Bearer") -> None:
        """200 and the call's result, in both eras."""
        for era in ERAS:
            answer = self.knock(f"{scheme} {token}", era=era)
            assert answer.status == 200, answer
            assert answer.json()["result"]["isError"] is False, answer
            assert "no-store" in answer.values("cache-control")[0]
