"""The main job: who sees which tools, and what a call answers."""

from __future__ import annotations

import json

from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack
from tools.catalogue import CATALOGUE
from tools.spec import Toolset

READING = [name for name, spec in CATALOGUE.items() if spec.toolset is Toolset.READ]


def test_a_reader_sees_the_reading_tools_and_no_administration(wire: Wire) -> None:
    assert wire.list(wire.stack.token("alice")) == READING


def test_an_administrator_sees_every_tool(wire: Wire) -> None:
    assert {"ctera_portal_browse_team_portal", "ctera_portal_browse_global_admin"} < set(
        wire.list(wire.stack.token("bob"))
    )


def test_someone_without_scopes_sees_nothing(wire: Wire) -> None:
    assert wire.list(wire.stack.token("mallory")) == []


def test_the_older_address_serves_the_same(wire: Wire) -> None:
    answer = wire.send("tools/list", {}, token=wire.stack.token("alice"), path="/")
    assert len(answer.json()["result"]["tools"]) == len(READING)


def test_listed_tools_carry_schemas_and_annotations(wire: Wire) -> None:
    answer = wire.send("tools/list", {}, token=wire.stack.token("alice"))
    listed = {tool["name"]: tool for tool in answer.json()["result"]["tools"]}
    tool = listed["ctera_portal_list_dir"]
    assert tool["annotations"]["readOnlyHint"] is True
    assert tool["inputSchema"]["properties"]["path"]["type"] == "string"
    assert tool["outputSchema"]["type"] == "object"
    assert tool["title"]


def test_lists_are_private_and_short_lived_in_the_stateless_era(stack: RunningStack) -> None:
    with Wire(stack, "2026-07-28") as wire:
        result = wire.send("tools/list", {}, token=stack.token("alice")).json()["result"]
    assert result["cacheScope"] == "private"
    assert 0 < result["ttlMs"] <= 60_000


def test_who_am_i_names_the_account_that_does_the_work(wire: Wire) -> None:
    found = wire.good("who_am_i", wire.stack.token("alice"))
    assert found["account"] == "svc-mcp"
    assert found["portal"] == "hq"
    assert found["tenant"] == "-"


def test_list_portals_shows_names_and_no_addresses(wire: Wire) -> None:
    found = wire.good("list_portals", wire.stack.token("alice"))
    assert {portal["name"]: portal["type"] for portal in found["portals"]} == {"hq": "admin", "acme-files": "user"}
    assert "localhost" not in json.dumps(found)


def test_list_dir_reads_a_folder_of_a_team_portal(wire: Wire) -> None:
    found = wire.good("list_dir", wire.stack.token("bob"), path="/", tenant="acme")
    assert found["portal"] == "hq"
    assert found["tenant"] == "acme"
    assert found["entries"]


def test_the_text_of_a_result_is_its_structured_content(wire: Wire) -> None:
    result = wire.result("list_portals", wire.stack.token("alice"))
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]


def test_browsing_verifies_the_team_portal_and_returns_the_place(wire: Wire) -> None:
    found = wire.good("browse_team_portal", wire.stack.token("bob"), tenant="2024")
    assert found == {"portal": "hq", "tenant": "2024"}


def test_browsing_changes_nothing_for_the_next_call(wire: Wire) -> None:
    bob = wire.stack.token("bob")
    wire.good("browse_team_portal", bob, tenant="globex")
    assert wire.good("who_am_i", bob)["tenant"] == "-"


def test_browsing_to_global_administration_answers_the_dash(wire: Wire) -> None:
    assert wire.good("browse_global_admin", wire.stack.token("bob")) == {"portal": "hq", "tenant": "-"}


def test_a_user_profile_works_in_its_own_team_portal(wire: Wire) -> None:
    found = wire.good("list_dir", wire.stack.token("bob"), path="/My Files", portal="acme-files")
    assert found["tenant"] == "acme"
