"""A question in plain words becomes a call, or is refused with the part to change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from oauth.asking import (
    Asked,
    BadQuestion,
    as_call,
    as_principal,
    claims_in,
    moment,
    no_such_tool,
    scopes_in,
    tool_named,
)
from oauth.asking import with_roles as roles
from oauth.policy import PolicySnapshot
from tests.oauth.worlds import CATALOGUE, HQ, TEAM, tool
from tools.spec import DerivedPath, PathArgument, PathRole, Toolset

READ = CATALOGUE["ctera_portal_read_file"]
COPY = replace(CATALOGUE["copy"], read_only=False)
MANY = replace(
    tool("many", Toolset.WRITE), paths=(PathArgument("paths", PathRole.SUBTREE, many=True),), read_only=False
)
RENAME = replace(tool("rename", Toolset.WRITE, PathRole.SUBTREE), read_only=False)
WORLD = PolicySnapshot.build(
    revision=1,
    rules=[],
    scopes={},
    profiles={"hq": HQ, "team": TEAM, "off": replace(HQ, name="off", enabled=False)},
    catalogue=CATALOGUE,
)


def refused(**asked: Any) -> tuple[str, str]:
    with pytest.raises(BadQuestion) as found:
        as_call(Asked(READ.name, 0.0, **asked), READ, WORLD)
    return found.value.part, found.value.message


def test_what_is_left_out_stays_open() -> None:
    call, notes = as_call(Asked(READ.name, 5.0), READ, WORLD)
    assert (call.portal, call.tenant, call.paths, call.at, notes) == (None, None, (), 5.0, [])
    assert as_principal(Asked(READ.name, 5.0)).subject == ""


def test_a_tool_is_found_with_and_without_its_prefix() -> None:
    assert tool_named("read_file", CATALOGUE) is READ
    assert tool_named("ctera_portal_read_file", CATALOGUE) is READ
    assert tool_named("read", CATALOGUE) is None


def test_an_unknown_tool_is_answered_with_near_names() -> None:
    assert "Did you mean ctera_portal_read_file?" in no_such_tool("read_fille", CATALOGUE)
    assert "Did you mean" not in no_such_tool("zzzzzz", CATALOGUE)


def test_a_claim_is_given_once_or_refused() -> None:
    assert claims_in(["team=acme", "account=a=b"]) == (("account", "a=b"), ("team", "acme"))
    for entries, words in ((["account=a", " account =b"], "account is given twice"), (["=a"], "Write each claim as")):
        with pytest.raises(BadQuestion, match=words) as found:
            claims_in(entries)
        assert found.value.part == "claims"


@pytest.mark.parametrize("text", ["ctera:read user:read", "ctera:read,user:read", " ctera:read\nuser:read "])
def test_scopes_are_read_however_they_are_separated(text: str) -> None:
    assert scopes_in(text) == {"ctera:read", "user:read"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:01", 60.0),
        ("1970-01-01T01:01:00+01:00", 60.0),
        ("1970-01-02", 86400.0),
        ("1970-01-01T00:01Z", 60),
    ],
)
def test_a_time_is_utc_unless_it_says_otherwise(text: str, seconds: float) -> None:
    assert moment(text) == seconds


@pytest.mark.parametrize("text", ["tomorrow", "", "24.11.2026"])
def test_another_form_of_time_is_refused(text: str) -> None:
    with pytest.raises(BadQuestion, match="Write the time as"):
        moment(text)


def test_a_portal_that_cannot_be_called_is_refused_with_the_remedy() -> None:
    assert refused(portal="nowhere") == ("portal", "There is no portal nowhere; there are: hq, off, team.")
    assert "is disabled" in refused(portal="off")[1]


def test_another_team_portal_on_a_users_profile_is_refused() -> None:
    assert refused(portal="team", tenant="globex")[0] == "tenant"
    assert as_call(Asked(READ.name, 0.0, portal="team", tenant="acme"), READ, WORLD)[0].tenant == "acme"


@pytest.mark.parametrize("path", ["/a/../b", "/a//b", "/a\\b", "/a\u202eb"])
def test_a_path_without_a_canonical_form_is_refused_as_the_door_does(path: str) -> None:
    part, message = refused(paths=(path,))
    assert part == "paths"
    assert "before any policy is asked" in message


def test_paths_are_brought_into_canonical_form() -> None:
    call, _ = as_call(Asked(READ.name, 0.0, paths=("HR/x/",)), READ, WORLD)
    assert call.paths == ((PathRole.SOURCE, "/HR/x"),)


def test_what_the_tool_does_not_take_is_left_out_and_said() -> None:
    spec = CATALOGUE["list_portals"]
    call, notes = as_call(Asked(spec.name, 0.0, portal="hq", tenant="-", paths=("/x",)), spec, WORLD)
    assert (call.portal, call.tenant, call.paths) == (None, None, ())
    assert len(notes) == 2


def test_paths_take_the_roles_of_the_arguments_in_their_order() -> None:
    assert roles(COPY, ("/a", "/b")) == ((PathRole.SUBTREE, "/a"), (PathRole.PARENT, "/b"))
    assert roles(MANY, ("/a", "/b", "/c")) == tuple((PathRole.SUBTREE, path) for path in ("/a", "/b", "/c"))
    assert roles(RENAME, ("/a", "/b")) == ((PathRole.SUBTREE, "/a"), (PathRole.TARGET, "/b"))
    puts = replace(RENAME, derived=(DerivedPath(PathRole.ARRIVAL, "path0", "name", beside=True),))
    assert roles(puts, ("/a", "/b")) == ((PathRole.SUBTREE, "/a"), (PathRole.ARRIVAL, "/b"))


def test_half_of_the_paths_are_not_taken_for_all() -> None:
    with pytest.raises(BadQuestion, match="path0, path1"):
        roles(COPY, ("/a",))


def test_a_reading_tool_takes_no_more_paths_than_it_has_arguments() -> None:
    with pytest.raises(BadQuestion, match="one path for each"):
        roles(READ, ("/a", "/b"))
