"""What is not there, is of another kind, or is closed to the account is told as such, with what to do next."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.protocol.wire import Wire
from tests.simulators.stack import RunningStack, portals_of
from tests.tools.reads.looking import ADMINISTRATION, DOCS, GOOD, HOME, PLAN, Looking

FILES = [tool for tool in GOOD if tool not in ADMINISTRATION]
ROLES = {"read-only": "auditor", "support": "helpdesk", "odd-role": "compliance"}
"""Profiles whose account may less than everything, by the account."""


@pytest.fixture(scope="module")
def lesser(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Profiles with accounts of lesser roles."""
    good = portals_of(stack.portal)[0] | {"default": False}
    profiles = [
        {**good, "name": name, "username": account, "password": f"{account}-secret"} for name, account in ROLES.items()
    ]
    file: Path = tmp_path_factory.mktemp("lesser") / "lesser.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "portals": profiles}))
    stack.manage("import_config", str(file))
    with Wire(stack, "2026-07-28") as wire:
        names: set[str] = set()
        while not names >= ROLES.keys():
            names = {each["name"] for each in wire.good("list_portals", stack.token("bob"))["portals"]}


@pytest.fixture
def account(looking: Looking, lesser: None) -> Looking:
    """Bob at work by an account that may less."""
    return looking


def by(looking: Looking, portal: str) -> Looking:
    """The same caller on another profile."""
    return Looking(looking.wire, looking.token, {"portal": portal, "tenant": "acme"})


@pytest.mark.parametrize("tool", FILES)
@pytest.mark.parametrize("path", [f"{DOCS}/no such.txt", "/Users/Nobody", "/Nowhere/x", f"{PLAN}/below a file"])
def test_what_is_not_there_is_not_found(both: Looking, tool: str, path: str) -> None:
    found = both.bad(tool, **{**GOOD[tool], "path": path})
    assert found["code"] == "not_found"
    assert f"'{path}'" in found["message"]


@pytest.mark.parametrize("tool", FILES)
def test_a_place_of_another_user_is_not_found(alice: Looking, tool: str) -> None:
    found = alice.bad(tool, **{**GOOD[tool], "path": "/Users/Bob Acme/My Files/Private"})
    assert found["code"] == "not_found"


@pytest.mark.parametrize("path", [DOCS, HOME, "/Users", "/", ""])
def test_a_folder_is_no_file(looking: Looking, path: str) -> None:
    found = looking.bad("read_file", path=path)
    assert found["code"] == "invalid_argument"
    assert "ctera_portal_list_dir" in found["message"]


@pytest.mark.trap("3.3/file-as-folder")
@pytest.mark.parametrize("tool", ["list_dir", "walk_tree", "search_files"])
def test_a_file_is_no_folder(looking: Looking, tool: str) -> None:
    found = looking.bad(tool, **{**GOOD[tool], "path": PLAN})
    assert (found["code"], "folder" in found["message"]) == ("invalid_argument", True), found


@pytest.mark.parametrize("tool", ["get_permalink", "get_share_info", "list_versions"])
def test_above_all_cloud_folders_some_things_do_not_exist(looking: Looking, tool: str) -> None:
    assert looking.bad(tool, path="/Users")["code"] == "not_found"


@pytest.mark.parametrize("tool", ["list_users", "list_cloud_folders", "list_devices", "search_logs", "storage_report"])
def test_a_team_portal_that_is_not_there_is_not_found(looking: Looking, tool: str) -> None:
    found = looking.bad(tool, tenant="nothing")
    assert found["code"] == "not_found"
    assert "nothing" in found["message"]


@pytest.mark.parametrize("tenant", ["..", "acme/../globex", "acme%2F..%2Fglobex", "../administrators?x=", "acme\\x"])
@pytest.mark.parametrize("tool", ["list_users", "list_cloud_folders", "list_devices"])
def test_a_team_portals_name_leads_nowhere_else(looking: Looking, tool: str, tenant: str) -> None:
    assert looking.bad(tool, tenant=tenant)["code"] in {"not_found", "invalid_argument"}


def test_a_report_that_was_never_made_is_not_found(looking: Looking) -> None:
    looking.good("storage_report")
    looking.portal.control(fault={"match": "report", "kind": "status", "status": 404})
    found = looking.bad("storage_report")
    assert found["code"] == "not_found"
    assert "administrator" in found["message"]


@pytest.mark.parametrize("tool", GOOD)
def test_an_account_that_may_only_read_can_look_at_everything(account: Looking, tool: str) -> None:
    by(account, "read-only").good(tool, **GOOD[tool])


def test_what_may_only_be_read_is_told_so(account: Looking) -> None:
    assert account.good("get_info", path=PLAN)["permission"] == "ReadWrite"
    assert by(account, "read-only").good("get_info", path=PLAN)["permission"] == "ReadOnly"


@pytest.mark.trap("3.5/role-without-access")
@pytest.mark.parametrize("tool", FILES)
def test_an_account_without_access_to_files_is_told_so(account: Looking, tool: str) -> None:
    found = by(account, "support").bad(tool, **GOOD[tool])
    assert found["code"] in {"portal_denied", "not_found"}, found


@pytest.mark.trap("3.5/unknown-role")
@pytest.mark.parametrize("tool", GOOD)
def test_a_role_that_the_sdk_does_not_know_is_no_failure_of_ours(account: Looking, tool: str) -> None:
    result = account.wire.result(tool, account.token, **by(account, "odd-role").arguments(tool, GOOD[tool]))
    if result["isError"]:
        assert result["structuredContent"]["code"] in {"portal_denied", "not_found"}, result


def test_a_user_sees_the_permissions_of_that_account(alice: Looking) -> None:
    shared = {
        path: alice.good("get_info", path=f"/Shared With Me/Bob Acme/{path}")["permission"]
        for path in ("Team Notes", "Handbook")
    }
    assert shared == {"Team Notes": "ReadWrite", "Handbook": "ReadOnly"}
    assert alice.bad("read_file", path="/Shared With Me/Bob Acme/HR/salaries.txt")["code"] == "not_found"
