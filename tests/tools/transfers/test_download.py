"""A download link gives one file, once, to whoever has it, while its caller may read the file."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.tools.transfers.links import BROWSER, ask, fetch
from tests.tools.writes.files import DOCS, PLAN, Files


def test_the_link_gives_the_whole_file_to_be_saved_under_its_name(files: Files) -> None:
    link = files.good("download_file", path=PLAN)
    answer = fetch(link["url"])
    assert answer.status_code == 200
    assert len(answer.content) == link["size"] == int(answer.headers["content-length"])
    assert answer.headers["content-disposition"].startswith('attachment; filename="plan.txt"')
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_name_of_any_script_arrives(files: Files) -> None:
    files.good("upload_from_content", filepath="/My Files/Empty/Ü 日本 x.txt", content="hello")
    answer = fetch(files.good("download_file", path="/My Files/Empty/Ü 日本 x.txt")["url"])
    assert answer.text == "hello"
    assert "filename*=UTF-8''%C3%9C%20%E6%97%A5%E6%9C%AC%20x.txt" in answer.headers["content-disposition"]


def test_an_empty_file_is_a_file(files: Files) -> None:
    files.good("upload_from_content", filepath="/My Files/Empty/nothing", content="")
    answer = fetch(files.good("download_file", path="/My Files/Empty/nothing")["url"])
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_download_link_works_once_whoever_comes_together(files: Files) -> None:
    url = files.good("download_file", path=PLAN)["url"]
    with ThreadPoolExecutor(8) as callers:
        statuses = sorted(answer.status_code for answer in callers.map(fetch, [url] * 8))
    assert statuses == [200, *[410] * 7]
    assert fetch(url).json()["error"] == "link_over"


def test_looking_at_it_uses_nothing_up(files: Files) -> None:
    url = files.good("download_file", path=PLAN)["url"]
    for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
        assert ask(method, url).status_code == 405
    page = ask("GET", url, headers=BROWSER)
    assert page.status_code == 200
    assert '<form method="post">' in page.text
    assert "script-src 'nonce-" in page.headers["content-security-policy"]
    assert fetch(url).status_code == 200


def test_a_used_link_shows_a_browser_a_page_that_says_so(files: Files) -> None:
    url = files.good("download_file", path=PLAN)["url"]
    fetch(url)
    page = ask("GET", url, headers=BROWSER)
    assert page.status_code == 410
    assert "has been used" in page.text


def test_what_was_not_made_here_is_no_link(files: Files) -> None:
    base, _, text = files.good("download_file", path=PLAN)["url"].rpartition("/")
    for other in (text[:-1], f"{text}A", "A" * 55, "", "é" * 55, f"{text}/"):
        answer = fetch(f"{base}/{other}")
        assert answer.status_code == 404
    for at in (0, 20, 30, 53):
        other = "A" if text[at] != "A" else "Q"
        assert fetch(f"{base}/{text[:at]}{other}{text[at + 1 :]}").status_code == 404


@pytest.mark.parametrize(
    ("path", "code"), [(DOCS, "invalid_argument"), ("/My Files/none.txt", "not_found"), ("/", "invalid_argument")]
)
def test_no_link_is_made_for_what_is_no_file(files: Files, path: str, code: str) -> None:
    assert files.bad("download_file", path=path)["code"] == code


def test_a_file_that_was_changed_meanwhile_is_not_the_one_that_was_asked_for(files: Files) -> None:
    url = files.good("download_file", path=PLAN)["url"]
    files.good("upload_from_content", filepath=PLAN, content="quite another", overwrite=True)
    answer = fetch(url)
    assert answer.status_code == 409
    assert answer.json()["error"] == "conflict"


def test_a_link_that_moved_nothing_can_be_tried_again(files: Files) -> None:
    url = files.good("download_file", path=PLAN)["url"]
    files.portal.control(fault={"match": "*", "kind": "status", "status": 503, "times": 9})
    assert fetch(url).status_code == 502
    files.portal.control(clear=True)
    assert fetch(url).status_code == 200


def test_an_ended_portal_session_is_renewed_before_the_first_byte(files: Files) -> None:
    url = files.good("download_file", path=PLAN)["url"]
    files.portal.control(expire="alice")
    assert fetch(url).status_code == 200


def test_both_the_making_and_the_use_are_in_the_evidence(files: Files) -> None:
    url = files.good("download_file", path=PLAN)["url"]
    assert fetch(url).status_code == 200
    deadline = time.monotonic() + 20
    while (found := files.events("download_file"))[0]["kind"] != "call":  # kept after the last byte has left
        assert time.monotonic() < deadline
    assert [(event["kind"], event["outcome"]) for event in found] == [
        ("call", "ok"), ("intent", "intent"), ("call", "ok"), ("intent", "intent")
    ]  # fmt: skip
    assert all(event["paths"] == [PLAN] for event in found)
    assert len({event["decision"] for event in found}) == 2
