"""A link is decided again when it is used: policy, suspensions and the token's end hold for it as for any call."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import datetime

import pytest

from tests.protocol.evidence import query
from tests.protocol.from_outside import wait_for_workers
from tests.simulators.editor import Editor
from tests.tools.transfers.links import BROWSER, ask, fetch, send
from tests.tools.writes.files import PLAN, Files

DOWNLOAD = "ctera_portal_download_file"
NEW = "/My Files/Empty/new.txt"


def everywhere(files: Files) -> None:
    """Wait until both workers decide by what was just changed."""
    wait_for_workers(files.wire.stack, 2)


def closed(files: Files, path: str) -> bool:
    """Whether the caller is refused a link to it."""
    return bool(files.wire.result("download_file", files.token, path=path, **files.place)["isError"])


def test_a_deny_that_came_after_the_link_stops_its_use(files: Files, editor: Editor) -> None:
    late = replace(files, token=files.wire.stack.token("bob", sub="usr_late"))  # whose one refusal is stored
    url = late.good("download_file", path=PLAN)["url"]
    editor.policy("Docs are closed", effect="deny", tools=["*"], paths=["/My Files/Docs/**"])
    try:
        everywhere(files)
        assert closed(files, PLAN)
        answer = fetch(url)
        assert answer.status_code == 403
        assert answer.json()["error"] == "policy_denied"
        assert "salary" not in answer.text
        event = files.events("download_file", most=1)[0]
        assert (event["outcome"], event["decision"]) == ("denied", answer.json()["decision"])
        recorded = query(
            files.wire.stack, f"SELECT details FROM oauth_auditevent WHERE decision = '{event['decision']}'"
        )
        assert ["Docs are closed", "deny", ""] in json.loads(recorded[-1][0])["trace"]
    finally:
        editor.remove("Docs are closed")
    everywhere(files)
    assert not closed(files, PLAN)
    assert fetch(url).status_code == 200


def test_a_deny_of_reading_closes_downloads_too(files: Files, editor: Editor) -> None:
    editor.policy("Not read", effect="deny", tools=["ctera_portal_read_file"], paths=["/My Files/Docs/**"])
    try:
        everywhere(files)
        assert closed(files, PLAN)
    finally:
        editor.remove("Not read")
    everywhere(files)
    assert not closed(files, PLAN)


@pytest.mark.parametrize("level", [("writes",), ("subject", "usr_bob"), ("portal", "acme-files"), ("tool", DOWNLOAD)])
def test_a_suspension_stops_a_link_and_resuming_frees_it(files: Files, level: tuple[str, ...]) -> None:
    url = files.good("download_file", path=PLAN)["url"]
    files.wire.stack.manage("suspend", *level, "--reason", "laptop lost")
    try:
        everywhere(files)
        assert closed(files, PLAN)
        answer = fetch(url)
        assert answer.status_code == 403
        assert answer.json()["error"] == "suspended"
        assert "laptop" not in answer.text
    finally:
        files.wire.stack.manage("resume", "--all")
    everywhere(files)
    assert fetch(url).status_code == 200
    assert not closed(files, PLAN)


def test_a_link_ends_with_the_token_it_was_made_with(files: Files) -> None:
    short = files.wire.stack.token("bob", exp=int(time.time()) + 30)
    link = files.wire.good("download_file", short, path=PLAN, **files.place)
    assert datetime.fromisoformat(link["expires"]).timestamp() <= time.time() + 30
    shorter = files.wire.stack.token("bob", exp=int(time.time()) + 5)
    refused = files.wire.bad("download_file", shorter, path=PLAN, **files.place)
    assert "about to expire" in refused["message"]


def test_nothing_of_a_link_is_kept_that_would_open_it(files: Files) -> None:
    secret = files.good("upload_file", destination=NEW)["url"].rpartition("/")[2]
    rows = query(files.wire.stack, "SELECT * FROM oauth_filelink") + query(
        files.wire.stack, "SELECT * FROM oauth_auditevent"
    )
    assert secret not in str(rows)
    assert files.token not in str(rows)


def test_a_link_appears_in_no_log(files: Files) -> None:
    url = files.good("download_file", path=PLAN)["url"]
    ask("GET", url, headers=BROWSER)
    fetch(url)
    fetch(url)
    files.portal.control(fault={"match": "*", "kind": "garbage", "times": 9})
    for link in (url, f"{url}x"):
        send(link, b"x")
    files.portal.control(clear=True)
    assert url.rpartition("/")[2][:40] not in files.wire.stack.log_file.read_text()


def test_another_host_is_not_served(files: Files) -> None:
    url = files.good("download_file", path=PLAN)["url"]
    assert ask("POST", url, headers={"host": "evil.example"}).status_code == 421
    assert fetch(url).status_code == 200


def test_who_may_only_read_gets_no_links(files: Files) -> None:
    assert files.wire.call("download_file", files.wire.stack.token("alice"), path=PLAN).status_code == 403
