"""Every tool, driven by the SDK's own client as a caller with a portal account: all of the work is that account's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.protocol.callers import Callers, start_callers
from tests.tools.reads.looking import ADMINISTRATION, GOOD, HOME
from tests.tools.writes.files import DOCS, PLAN
from tests.tools.writes.test_bad_input import GOOD as CHANGES
from tools.catalogue import CATALOGUE

LINKS: dict[str, dict[str, Any]] = {"download_file": {"path": PLAN}, "upload_file": {"destination": f"{DOCS}/new.bin"}}
LOOKS: dict[str, dict[str, Any]] = {
    tool: {name: value.replace(HOME, "/My Files") for name, value in arguments.items()}
    for tool, arguments in GOOD.items()
    if tool not in ADMINISTRATION
}
CALLS = {"who_am_i": {}, **LOOKS, **CHANGES, **LINKS}
BROWSING = ("browse_team_portal", "browse_global_admin")
MODES = ["2026-07-28", "legacy"]
CORP = {"portal": "corp"}
SETTING_OUT = {"login", "currentSession", "currentPortal", "version", "rolesSettings", "ticket", "logout"}


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    with start_callers(tmp_path_factory.mktemp("callers")) as found:
        yield found


def carol(callers: Callers) -> str:
    """A token of somebody who may do everything, and whose portal account is Alice's."""
    return callers.token("bob", sub="usr_carol", account="alice")


async def called(callers: Callers, mode: str, tool: str, arguments: dict[str, Any]) -> Any:
    """What the client makes of the answer; it has checked the answer against the listed schema."""
    bearer = {"Authorization": f"Bearer {carol(callers)}"}
    async with (
        httpx2.AsyncClient(headers=bearer, trust_env=False, timeout=30) as http,
        Client(streamable_http_client(callers.stack.url, http_client=http), mode=mode) as client,
    ):
        await client.list_tools()
        return await client.call_tool(f"ctera_portal_{tool}", arguments)


def test_every_tool_that_works_at_a_place_is_called_here() -> None:
    known = {f"ctera_portal_{tool}" for tool in (*CALLS, *ADMINISTRATION, *BROWSING, "list_portals")}
    assert known == CATALOGUE.keys()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("tool", [tool for tool in CALLS if tool != "get_operation"])
async def test_a_tool_works_with_the_callers_account_alone(callers: Callers, mode: str, tool: str) -> None:
    callers.stack.portal.reset()
    found = await called(callers, mode, tool, {**CORP, **CALLS[tool]})
    assert not found.is_error, found.content
    origin = found.structured_content.get("origin", found.structured_content)
    assert (origin["portal"], origin["tenant"]) == ("corp", "acme")
    by_profile = {str(each["name"]) for each in callers.entries(account="svc-mcp")}
    assert by_profile <= SETTING_OUT
    done = [each for each in callers.stack.portal.log() if each["name"] not in {*SETTING_OUT, "sso"}]
    workers = {each["account"] for each in done if each["status"] != 302}  # 302: to the page for signing in
    assert workers == ({"alice"} if tool != "who_am_i" else set())  # that one asks for the session alone
    assert found.structured_content.get("account", "alice") == "alice"


@pytest.mark.parametrize("mode", MODES)
async def test_an_operation_that_outlives_its_call_goes_on_as_the_caller(callers: Callers, mode: str) -> None:
    callers.stack.portal.reset()
    callers.stack.portal.control(hold="task:delete")
    begun = await called(callers, mode, "delete_items", {**CORP, "paths": [PLAN]})
    callers.stack.portal.control(release="task:delete")
    assert begun.structured_content["state"] == "running"
    ended = await called(callers, mode, "get_operation", {"handle": begun.structured_content["handle"]})
    assert ended.structured_content["state"] == "completed"
    assert {each["account"] for each in callers.entries(name="task")} == {"alice"}


def test_links_move_files_as_the_caller(callers: Callers) -> None:
    callers.stack.portal.reset()
    token = carol(callers)
    up = callers.wire.good("upload_file", token, destination=f"{DOCS}/new.bin", **CORP)
    stored = httpx2.put(up["url"], content=b"as Alice", trust_env=False, timeout=30)
    assert stored.status_code == 201, stored.text
    down = callers.wire.good("download_file", token, path=f"{DOCS}/new.bin", **CORP)
    assert httpx2.post(down["url"], trust_env=False, timeout=30).content == b"as Alice"
    moved = [each["account"] for each in callers.stack.portal.log() if each["name"] in {"upload", "download"}]
    assert moved == ["alice", "alice"]


@pytest.mark.parametrize("tool", [*ADMINISTRATION, "browse_global_admin"])
def test_what_an_administrator_does_is_not_done_as_a_caller(callers: Callers, tool: str) -> None:
    found = callers.wire.bad(tool, carol(callers), **CORP)
    assert found["code"] == "invalid_argument"
