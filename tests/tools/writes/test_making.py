"""Folders are made and files are written where and as the caller said, and nowhere else."""

from __future__ import annotations

import base64

import pytest

from tests.tools.writes.files import DOCS, PLAN, Files


def test_a_folder_is_made(both: Files) -> None:
    made = both.good("create_directory", path=f"{DOCS}/2025")
    assert made == {"portal": "acme-files", "tenant": "acme", "path": f"{DOCS}/2025"}
    assert "2025" in both.names(DOCS)
    assert both.written() == ["mkdir"]


def test_an_administrator_makes_one_in_a_team_portal(files: Files) -> None:
    path = "/Users/Alice Acme/My Files/Docs/007"
    assert files.good("create_directory", path=path, portal="hq", tenant="acme")["tenant"] == "acme"
    assert "007" in files.names(DOCS)


@pytest.mark.parametrize("name", ["1.10", "true", "日本語", "a#b", "%41", "a+b;c", " x", "Café"])
def test_names_arrive_as_they_are_written(files: Files, name: str) -> None:
    files.good("create_directory", path=f"/My Files/Empty/{name}")
    files.good("upload_from_content", filepath=f"/My Files/Empty/{name}/{name}", content=name)
    assert files.names("/My Files/Empty") == {name}
    assert files.names(f"/My Files/Empty/{name}") == {name}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (DOCS, "conflict"),
        (PLAN, "conflict"),
        ("/My Files/None/New", "not_found"),
        ("/My Files/.versions", "invalid_argument"),
        ("/Shared With Me/Bob Acme/Handbook/New", "portal_denied"),
        ("/New", "portal_denied"),
    ],
)
def test_a_folder_that_cannot_be_made_says_why(files: Files, path: str, code: str) -> None:
    assert files.bad("create_directory", path=path)["code"] == code


def test_missing_parents_are_made_too_and_told(both: Files) -> None:
    made = both.good("makedirs", path=f"{DOCS}/2025/01/03")
    assert made["created"] == [f"{DOCS}/2025", f"{DOCS}/2025/01", f"{DOCS}/2025/01/03"]
    assert both.good("makedirs", path=f"{DOCS}/2025/01/03")["created"] == []
    assert both.good("makedirs", path=f"{DOCS}/2025/02")["created"] == [f"{DOCS}/2025/02"]
    assert both.names(f"{DOCS}/2025") == {"01", "02"}


def test_a_file_on_the_way_is_a_conflict_and_nothing_is_made(files: Files) -> None:
    assert files.bad("makedirs", path=f"{PLAN}/a/b")["code"] == "conflict"
    assert files.bad("makedirs", path=PLAN)["code"] == "conflict"
    assert files.written() == []


def test_too_many_levels_at_once_are_refused_before_any_is_made(files: Files) -> None:
    assert files.bad("makedirs", path=DOCS + "/x" * 41)["code"] == "invalid_argument"
    assert files.written() == []


def test_text_and_bytes_are_stored(both: Files) -> None:
    stored = both.good("upload_from_content", filepath=f"{DOCS}/hello.txt", content="Grüße\n")
    assert (stored["size"], stored["replaced"], stored["dry_run"]) == (8, False, False)
    raw = bytes(range(256))
    text = base64.b64encode(raw).decode()
    assert both.good("upload_from_content", filepath=f"{DOCS}/raw.bin", content=text, encoding="base64")["size"] == 256
    sizes = {entry["name"]: entry["size"] for entry in both.good("list_dir", path=DOCS)["entries"]}
    assert (sizes["hello.txt"], sizes["raw.bin"]) == (8, 256)
    assert both.good("upload_from_content", filepath=f"{DOCS}/none.txt", content="")["size"] == 0


@pytest.mark.trap("7.6/upload-replaces-silently")
def test_a_file_is_replaced_only_when_told(files: Files) -> None:
    refused = files.bad("upload_from_content", filepath=PLAN, content="new")
    assert (refused["code"], "overwrite=true" in refused["message"]) == ("conflict", True)
    assert files.written() == []
    stored = files.good("upload_from_content", filepath=PLAN, content="new", overwrite=True)
    assert (stored["replaced"], stored["replaced_size"], stored["size"]) == (True, 27, 3)


@pytest.mark.trap("7.4/upload-over-a-folder")
@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_is_never_replaced_by_a_file(files: Files, overwrite: bool) -> None:
    refused = files.bad("upload_from_content", filepath=f"{DOCS}/Drafts", content="x", overwrite=overwrite)
    assert refused["code"] == "conflict"
    assert files.written() == []


@pytest.mark.parametrize(
    ("filepath", "code"),
    [
        ("/My Files/None/x.txt", "not_found"),
        (f"{PLAN}/x.txt", "invalid_argument"),
        ("/x.txt", "not_found"),
        ("/Shared With Me/Bob Acme/Handbook/x.txt", "portal_denied"),
    ],
)
def test_a_file_that_cannot_be_stored_says_why(files: Files, filepath: str, code: str) -> None:
    assert files.bad("upload_from_content", filepath=filepath, content="x")["code"] == code


def test_content_over_the_bound_is_refused_with_the_bound(files: Files) -> None:
    assert files.good("upload_from_content", filepath=f"{DOCS}/most.txt", content="x" * 4096)["size"] == 4096
    found = files.bad("upload_from_content", filepath=f"{DOCS}/more.txt", content="x" * 4097)
    assert (found["code"], "4096" in found["message"]) == ("too_large", True)
    assert files.written() == ["upload"]


@pytest.mark.parametrize("content", ["not base64!", "YQ=", "YQ==YQ=="])
def test_what_is_no_base64_is_refused(files: Files, content: str) -> None:
    found = files.bad("upload_from_content", filepath=f"{DOCS}/x", content=content, encoding="base64")
    assert (found["code"], "base64" in found["message"]) == ("invalid_argument", True)


def test_a_full_portal_is_told_as_a_quota(files: Files) -> None:
    files.portal.control(full={"acme": True})
    found = files.bad("upload_from_content", filepath=f"{DOCS}/x.txt", content="x")
    assert (found["code"], "quota" in found["message"]) == ("portal_denied", True)
