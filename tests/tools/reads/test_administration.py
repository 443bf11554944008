"""Lists for administrators: plain rows, names as they are, pages that join, the right session for each."""

from __future__ import annotations

import pytest

from tests.tools.reads.looking import Looking, names

GLOBAL = {"portal": "hq"}


def globally(looking: Looking) -> Looking:
    """The same caller without a Team Portal."""
    return Looking(looking.wire, looking.token, dict(GLOBAL))


@pytest.mark.trap("7.2/names-of-rows-become-numbers")
def test_team_portals_keep_their_names(both: Looking) -> None:
    rows = both.all("list_tenants", "tenants", limit=1)
    assert names(rows) == ["acme", "globex", "2024", "007"]
    assert (rows[0]["users"], rows[0]["devices"], rows[0]["quota_bytes"]) == (2, 2, 100 * 1024**3)
    for name in ("2024", "007"):
        assert names(both.good("list_users", tenant=name)["users"]) == [{"2024": "dave", "007": "erin"}[name]]


def test_users_of_a_team_portal_and_administrators_of_the_portal(looking: Looking) -> None:
    assert names(looking.all("list_users", "users", limit=1)) == ["alice", "bob"]
    administrators = globally(looking).all("list_users", "users", limit=2)
    assert names(administrators) == ["svc-mcp", "auditor", "helpdesk", "compliance", "0042", "1.10"]
    assert "secret" not in str(administrators)


def test_cloud_folders_have_the_path_that_the_file_tools_take(looking: Looking) -> None:
    for row in looking.good("list_cloud_folders")["cloud_folders"]:
        assert looking.good("get_info", path=row["path"])["type"] == "folder"
    found = globally(looking).bad("list_cloud_folders")
    assert (found["code"], "'tenant'" in found["message"]) == ("invalid_argument", True)


@pytest.mark.trap("7.13/devices-that-can-be-commanded")
def test_devices_are_plain_rows_of_one_team_portal_or_of_all(looking: Looking) -> None:
    assert names(looking.good("list_devices")["devices"]) == ["filer-acme", "edge-acme"]
    everywhere = globally(looking).all("list_devices", "devices", limit=3)
    assert len(everywhere) == 8
    assert set(everywhere[0]) == {"name", "tenant", "type", "version", "connected"}
    assert "remoteAccessUrl" not in str(everywhere)


def test_the_log_is_searched_by_severity_words_and_pages(looking: Looking) -> None:
    rows = globally(looking).all("search_logs", "messages", severity="error", limit=5)
    assert [row["message"] for row in rows] == [f"System message {number}" for number in range(0, 120, 10)]
    found = globally(looking).all("search_logs", "messages", query="message 11", limit=3)
    assert len(found) == 11
    between = globally(looking).good("search_logs", since="2026-01-05T08:05:00", until="2026-01-05T08:07:00")
    assert [row["message"] for row in between["messages"]] == [f"System message {number}" for number in (5, 6, 7)]
    nothing = globally(looking).good("search_logs", query="no message says so")
    assert (nothing["messages"], nothing["next_cursor"]) == ([], None)


def test_the_log_of_a_team_portal_holds_only_its_own(looking: Looking) -> None:
    looking.good("list_dir", path="/Users", tenant="globex")
    rows = looking.all("search_logs", "messages", topic="access")
    assert {row["tenant"] for row in rows} <= {None, "acme"}


@pytest.mark.parametrize("report", ["tenants", "cloud_folders", "folder_groups", "storage_locations"])
def test_a_stored_report_is_read_row_by_row(looking: Looking, report: str) -> None:
    rows = globally(looking).all("storage_report", "rows", report=report, limit=1)
    assert rows == globally(looking).good("storage_report", report=report, limit=200)["rows"]
    assert rows


def test_a_report_of_a_team_portal_holds_only_its_own(looking: Looking) -> None:
    rows = looking.good("storage_report", report="cloud_folders")["rows"]
    assert {row["portal"] for row in rows} == {"acme"}


def test_no_list_sends_more_than_a_page_to_the_portal_at_once(looking: Looking) -> None:
    looking.good("list_users", limit=200)
    assert len([entry for entry in looking.asked("users") if entry["status"] == 200]) == 1
