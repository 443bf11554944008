"""An upload link takes one file, once, of the size and to the place it was made for."""

from __future__ import annotations

import http.client
import secrets
from urllib.parse import urlsplit

import pytest

from tests.tools.transfers.links import BROWSER, ask, fetch, send
from tests.tools.writes.files import DOCS, PLAN, Files

NEW = "/My Files/Empty/Ü 日本 x.bin"


def test_the_file_is_stored_as_it_was_sent(files: Files) -> None:
    content = secrets.token_bytes(300_000)
    link = files.good("upload_file", destination=NEW, size=len(content))
    answer = send(link["url"], content)
    assert answer.status_code == 201
    assert answer.json()["path"] == NEW
    assert fetch(files.good("download_file", path=NEW)["url"]).content == content


def test_an_empty_file_can_be_sent(files: Files) -> None:
    assert send(files.good("upload_file", destination=NEW)["url"], b"").status_code == 201
    assert files.good("download_file", path=NEW)["size"] == 0


def test_an_upload_link_takes_one_file_and_is_gone(files: Files) -> None:
    url = files.good("upload_file", destination=NEW)["url"]
    assert send(url, b"one").status_code == 201
    assert send(url, b"two").status_code == 410
    assert fetch(files.good("download_file", path=NEW)["url"]).content == b"one"


def test_what_cannot_be_taken_leaves_the_link_and_the_portal_as_they_were(files: Files) -> None:
    url = files.good("upload_file", destination=NEW, size=3)["url"]
    assert send(url, b"four").status_code == 400
    assert ask("PUT", url, content=iter([b"abc"])).status_code == 411
    assert ask("PUT", url, content=b"abc", headers={"content-encoding": "gzip"}).status_code == 415
    assert fetch(url).status_code == 405
    assert ask("GET", url, headers=BROWSER).status_code == 200
    assert files.written() == []
    assert send(url, b"abc").status_code == 201


def test_more_than_the_bound_is_not_taken(files: Files) -> None:
    assert files.bad("upload_file", destination=NEW, size=1_048_577)["code"] == "too_large"
    url = files.good("upload_file", destination=NEW)["url"]
    assert send(url, b"x" * 1_048_577).status_code == 413
    assert send(url, b"x" * 1_048_576).status_code == 201


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (PLAN, "conflict"), (DOCS, "conflict"), ("/My Files/None/x", "not_found"), ("/", "invalid_argument"),
        (f"{DOCS}/a?b", "invalid_argument"), ("/x.txt", "not_found"),
    ],
)  # fmt: skip
def test_no_link_is_made_to_where_nothing_can_be_stored(files: Files, path: str, code: str) -> None:
    assert files.bad("upload_file", destination=path)["code"] == code


def test_a_file_is_replaced_only_when_the_link_says_so(files: Files) -> None:
    url = files.good("upload_file", destination=NEW)["url"]
    files.good("upload_from_content", filepath=NEW, content="somebody was faster")
    assert send(url, b"late").status_code == 409
    link = files.good("upload_file", destination=NEW, overwrite=True)
    assert link["replaces"] is True
    assert send(link["url"], b"replaced").status_code == 201
    assert fetch(files.good("download_file", path=NEW)["url"]).content == b"replaced"


def test_a_full_portal_says_so(files: Files) -> None:
    url = files.good("upload_file", destination=NEW)["url"]
    files.portal.control(full={"acme": True})
    answer = send(url, b"x" * 100)
    assert answer.status_code == 403
    assert "quota" in answer.json()["message"]


def test_a_sender_who_leaves_in_the_middle_stores_nothing_and_is_recorded(files: Files) -> None:
    url = urlsplit(files.good("upload_file", destination=NEW)["url"])
    connection = http.client.HTTPConnection(url.netloc, timeout=10)
    connection.putrequest("PUT", url.path)
    connection.putheader("Content-Length", "500000")
    connection.endheaders(b"x" * 100_000)
    connection.close()
    for _ in range(200):
        found = files.events("upload_file", most=1)[0]
        if found["kind"] == "call" and found["outcome"] != "ok":
            break
    assert found["outcome"] in {"unknown", "cancelled"}
    assert files.names("/My Files/Empty") == set()


def test_an_upload_without_an_answer_is_told_as_unknown(files: Files) -> None:
    url = files.good("upload_file", destination=NEW)["url"]
    files.portal.control(fault={"match": "upload", "kind": "drop_after", "times": 1})
    answer = send(url, b"x" * 100)
    assert answer.status_code == 502
    assert answer.json()["error"] == "outcome_unknown"
    assert files.events("upload_file", most=1)[0]["outcome"] == "unknown"
