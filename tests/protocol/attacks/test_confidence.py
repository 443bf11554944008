"""A token stays between the caller and this server, and what it opened belongs to its holder alone."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.protocol.attacks.door import ERAS, Door, confidential
from tests.protocol.attacks.forge import Forge
from tests.protocol.from_outside import wait_for_workers
from tests.protocol.wire import Wire


@contextmanager
def listening_portal() -> Iterator[tuple[int, list[bytes]]]:
    """Something at a port that takes down whatever is sent to it, and never answers well."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                connection.settimeout(20)
                heard.append(connection.recv(65_536))
                connection.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                connection.close()

        listener = threading.Thread(target=listen, daemon=True)
        listener.start()
        yield server.getsockname()[1], heard
        server.shutdown(socket.SHUT_RDWR)
    listener.join(10)


@pytest.mark.requirement("4.34 MCP SEC: the client's token is never sent on")
def test_a_portal_never_hears_of_the_token(door: Door, forge: Forge) -> None:
    token = forge.token("bob")
    with listening_portal() as (port, heard), Wire(door.stack, ERAS[0]) as wire:
        profile = {"name": "ear", "host": "127.0.0.1", "port": port, "https": False, "scope": "user", "tenant": "acme"}
        portals = [{**profile, "username": "u", "password": "p-of-ear"}]
        door.stack.manage("import_config", "-", stdin=json.dumps({"version": 1, "portals": portals}))
        wait_for_workers(door.stack, 1)
        wire.bad("who_am_i", token, portal="ear")
    assert b"p-of-ear" in b"".join(heard), "it was not even asked"
    for secret in confidential(token):
        assert not any(secret.encode() in request for request in heard)


@pytest.mark.requirement("4.35 OAuth2.1-7.1: no token in a log, a database or an answer")
def test_a_token_is_in_no_log_no_row_and_no_answer(door: Door, forge: Forge) -> None:
    token = forge.token()
    parts = [token, *token.split(".")]
    for era in ERAS:
        with Wire(door.stack, era) as wire:
            progress = {"_meta": {"progressToken": "p"}}
            answers = [
                wire.call("who_am_i", token),
                wire.call("list_dir", token, path="/nowhere"),
                wire.call("no_such_tool", token),
                wire.send("tools/call", {"name": "ctera_portal_who_am_i", "arguments": {}, **progress}, token=token),
                wire.send("no/such", {}, token=token),
                wire.send("tools/list", {}, token=token, content=b"not json"),
                wire.send("tools/list", {}, token=token + "x"),
            ]
        for part in parts:
            assert not any(part in answer.text + str(answer.headers) for answer in answers)
    path = door.stack.environment["DATABASE_URL"].removeprefix("sqlite:///")
    files = [door.stack.log_file, *(Path(path + suffix) for suffix in ("", "-wal"))]
    places = [file.read_bytes() for file in files if file.exists()]
    assert len(places) >= 2
    for part in parts:
        assert not any(part.encode() in place for place in places)


@pytest.mark.requirement("4.36 RFC6750-5.3: what a token opened is kept by no cache")
@pytest.mark.parametrize("era", ERAS)
def test_no_answer_may_be_stored(door: Door, forge: Forge, era: str) -> None:
    token = forge.token()
    with Wire(door.stack, era) as wire:
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
        streamed = {"name": "ctera_portal_list_portals", "arguments": {}, "_meta": {"progressToken": "p"}}
        for answer in (
            wire.send("tools/list", {}, token=token),
            wire.call("list_portals", token),
            wire.call("browse_team_portal", token, tenant="acme"),
            wire.send("initialize", hello, token=token),
            wire.send("tools/call", streamed, token=token),
            wire.send("ping", {}, token=token),
            wire.send("tools/list", {}, token=token, content=b"[]"),
            wire.send("tools/list", {}, token=None),
        ):
            assert "no-store" in answer.headers["cache-control"], answer.headers
            assert len(answer.headers.get_list("cache-control")) == 1


@pytest.mark.requirement("4.38 MCP best practices: what the server hands out is bound to issuer and subject")
def test_a_cursor_is_of_use_to_nobody_else(door: Door, forge: Forge) -> None:
    place = {"path": "/Users", "tenant": "acme", "limit": 1}
    with Wire(door.stack, ERAS[0]) as wire:
        cursor = wire.good("list_dir", forge.token("bob"), **place)["next_cursor"]
        assert cursor
        refused = wire.bad("list_dir", forge.token("bob", sub="usr_other"), **place, cursor=cursor)
        assert refused["code"] == "invalid_argument"
        assert "'cursor'" in refused["message"]
        assert wire.good("list_dir", forge.token("bob"), **place, cursor=cursor)["entries"]


def test_a_change_of_policy_acts_on_a_remembered_token_at_once(door: Door, forge: Forge) -> None:
    token = forge.token()
    exported = json.loads(door.stack.manage("export_config", "--json").stdout)
    stopped = [{**policy, "enabled": False} for policy in exported["policies"]]
    with Wire(door.stack, ERAS[0]) as wire:
        assert wire.list(token)
        assert wire.good("who_am_i", token)
        try:
            door.stack.manage("import_config", "-", stdin=json.dumps({"version": 1, "policies": stopped}))
            wait_for_workers(door.stack, 1)
            assert wire.list(token) == []
            assert wire.call("who_am_i", token).status_code == 403
        finally:
            back = {"version": 1, "policies": exported["policies"]}
            door.stack.manage("import_config", "-", stdin=json.dumps(back))
        wait_for_workers(door.stack, 1)
        assert wire.list(token)
        assert wire.good("who_am_i", token)
