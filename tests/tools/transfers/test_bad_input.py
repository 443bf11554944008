"""The tools that make links refuse what cannot be meant, and tell the portal's troubles; no link is made then."""

from __future__ import annotations

import pytest

from tests.protocol.evidence import query
from tests.protocol.wire import JSON
from tests.tools.writes.files import DOCS, PLAN, Files
from tests.tools.writes.test_bad_input import NO_PATHS

NEW = f"{DOCS}/new.bin"
GOOD: dict[str, JSON] = {"download_file": {"path": PLAN}, "upload_file": {"destination": NEW}}
NAMES = {"download_file": "path", "upload_file": "destination"}


def made(files: Files) -> int:
    """How many links there are."""
    count: int = query(files.wire.stack, "SELECT COUNT(*) FROM oauth_filelink")[0][0]
    return count


@pytest.mark.parametrize("tool", GOOD)
@pytest.mark.parametrize("wrong", [None, 7, True, ["/a"], {"a": 1}])
def test_an_argument_of_another_type_is_named(files: Files, tool: str, wrong: object) -> None:
    before = made(files)
    found = files.bad(tool, **{NAMES[tool]: wrong})
    assert found["code"] == "invalid_argument"
    assert NAMES[tool] in found["message"]
    assert (files.portal.log(), made(files)) == ([], before)


@pytest.mark.parametrize("tool", GOOD)
def test_a_missing_and_a_further_argument_are_named(files: Files, tool: str) -> None:
    assert NAMES[tool] in files.bad(tool)["message"]
    found = files.bad(tool, **GOOD[tool], sizes=3)
    assert (found["code"], "sizes" in found["message"]) == ("invalid_argument", True)


@pytest.mark.parametrize("tool", GOOD)
@pytest.mark.parametrize("path", NO_PATHS)
def test_what_is_no_path_is_refused_before_the_portal_is_asked(files: Files, tool: str, path: str) -> None:
    assert files.bad(tool, **{NAMES[tool]: path})["code"] == "invalid_argument"
    assert files.portal.log() == []


@pytest.mark.parametrize("size", [-1, 1.5, "3", True])
def test_a_size_is_a_number_of_bytes(files: Files, size: object) -> None:
    assert "size" in files.bad("upload_file", destination=NEW, size=size)["message"]


@pytest.mark.parametrize("tool", GOOD)
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "status", "status": 403}, "portal_denied"),
        ({"kind": "status", "status": 429}, "portal_unavailable"),
        ({"kind": "status", "status": 503}, "portal_unavailable"),
        ({"kind": "garbage"}, "portal_unavailable"),
        ({"kind": "html"}, "portal_unavailable"),
        ({"kind": "drop_after"}, "portal_unavailable"),
    ],
)
def test_trouble_at_the_portal_makes_no_link(files: Files, tool: str, fault: JSON, code: str) -> None:
    before = made(files)
    files.portal.control(fault={"match": "stat", "times": 9, **fault})
    assert files.bad(tool, **GOOD[tool])["code"] == code
    assert made(files) == before


@pytest.mark.parametrize("tool", GOOD)
def test_a_session_that_expired_is_opened_anew(files: Files, tool: str) -> None:
    files.good(tool, **GOOD[tool])
    files.portal.control(expire="all")
    assert files.good(tool, **GOOD[tool])["url"]
