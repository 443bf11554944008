"""Which rows of administrative answers are shown: by Team Portal, by path, and what nobody can tell apart by place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth.policy import Call, PolicySnapshot, permits
from oauth.principal import Principal
from oauth.rows import shows_all, shows_row
from tests.oauth.worlds import AT, BEYOND, PATHS, TENANTS, rules, snapshot
from tools.spec import PathRole

READ_FILE = "ctera_portal_read_file"
ALLOW: dict[str, Any] = {"name": "allow", "effect": "allow", "scopes": ["a"], "tools": ["*"]}
DENY: dict[str, Any] = {"name": "deny", "effect": "deny", "tools": ["*"]}
ANN = Principal("iss", "ann", "client", "org", frozenset({"a"}), 9999)
ASKED = Call("who_am_i", "hq", "acme", (), AT)
"""A call of a tool without paths, as administrative tools are."""


def world(*rows: dict[str, Any]) -> PolicySnapshot:
    """The snapshot of an allow of everything with changes, or of what is given whole."""
    return snapshot([{**(DENY if row.get("effect") == "deny" else ALLOW), **row} for row in rows])


ROWS: dict[str, tuple[dict[str, Any], str, str | None, bool]] = {
    # what a deny closes (nothing: no deny), the row's Team Portal and path, and whether it is shown
    "nothing closed": ({}, "acme", "/HR", True),
    "another Team Portal": ({"tenants": ["globex"]}, "acme", None, True),
    "this Team Portal": ({"tenants": ["acme"]}, "acme", None, False),
    "this Team Portal in other letters": ({"tenants": ["ACME"]}, "acme", None, False),
    "this folder": ({"paths": ["/HR/**"]}, "acme", "/HR", False),
    "this folder in other letters": ({"paths": ["/HR/**"]}, "acme", "/hr.", False),
    "in this folder": ({"paths": ["/HR/**"]}, "acme", "/HR/x", False),
    "beside this folder": ({"paths": ["/HR/**"]}, "acme", "/Docs", True),
    "a folder, of a row without one": ({"paths": ["/HR/**"]}, "acme", None, True),
    "reading of this folder": ({"tools": [READ_FILE], "paths": ["/HR/**"]}, "acme", "/HR", False),
    "reading of another": ({"tools": [READ_FILE], "paths": ["/HR/**"]}, "acme", "/Docs", True),
    "reading, of a row without a path": ({"tools": [READ_FILE]}, "acme", None, True),
    "making of this folder": ({"tools": ["make"], "paths": ["/HR/**"]}, "acme", "/HR", True),
    "this folder elsewhere": ({"tenants": ["globex"], "paths": ["/HR/**"]}, "acme", "/HR", True),
    "of somebody else": ({"subjects": ["bob"]}, "acme", "/HR", True),
    "before its time": ({"valid_from": AT + 1}, "acme", "/HR", True),
}  # fmt: skip


@pytest.mark.parametrize(("closed", "tenant", "path", "shown"), ROWS.values(), ids=ROWS.keys())
def test_a_row_is_shown_where_nothing_closes_it(
    closed: dict[str, Any], tenant: str, path: str | None, shown: bool
) -> None:
    denies = [{**closed, "effect": "deny"}] if closed else []
    assert shows_row(world({}, *denies), ANN, ASKED, tenant, path) is shown


def test_a_row_is_not_shown_without_an_allow_of_its_team_portal_or_path() -> None:
    assert not shows_row(world(), ANN, ASKED, "acme", None)
    only = world({"tenants": ["globex"], "paths": ["/Docs/**"]})
    assert not shows_row(only, ANN, ASKED, "acme", "/Docs")
    assert not shows_row(only, ANN, ASKED, "globex", "/HR")
    assert shows_row(only, ANN, ASKED, "globex", "/Docs/x")


ALL: dict[str, tuple[dict[str, Any], dict[str, Any], bool, bool]] = {
    # what the allow and the deny say, and whether everything is shown in acme, and everywhere
    "nothing closed": ({}, {}, True, True),
    "a folder closed": ({}, {"paths": ["/HR/**"]}, False, False),
    "a folder closed to reading": ({}, {"tools": [READ_FILE], "paths": ["/HR/**"]}, False, False),
    "a folder closed to making": ({}, {"tools": ["make"], "paths": ["/HR/**"]}, True, True),
    "another Team Portal closed": ({}, {"tenants": ["globex"]}, True, False),
    "a folder of another closed": ({}, {"tenants": ["globex"], "paths": ["/HR/**"]}, True, False),
    "closed to somebody else": ({}, {"subjects": ["bob"], "paths": ["/HR/**"]}, True, True),
    "closed on another portal": ({}, {"portals": ["team"], "paths": ["/HR/**"]}, True, True),
    "one folder open": ({"paths": ["/Docs/**"]}, {}, False, False),
    "one Team Portal open": ({"tenants": ["acme"]}, {}, True, False),
    "another open": ({"tenants": ["globex"]}, {}, False, False),
    "a scope that is missing": ({"scopes": ["c"]}, {}, False, False),
}  # fmt: skip


@pytest.mark.parametrize(("opened", "closed", "here", "everywhere"), ALL.values(), ids=ALL.keys())
def test_everything_is_shown_where_nothing_is_closed(
    opened: dict[str, Any], closed: dict[str, Any], here: bool, everywhere: bool
) -> None:
    found = world(opened, *([{**closed, "effect": "deny"}] if closed else []))
    assert shows_all(found, ANN, ASKED, "acme") is here
    assert shows_all(found, ANN, replace(ASKED, tenant="-"), None) is (everywhere and here)


@given(st.lists(rules("allow"), max_size=3), st.lists(rules("deny"), max_size=3), st.sampled_from(TENANTS))
def test_where_everything_is_shown_no_place_is_closed(
    allows: list[dict[str, Any]], denies: list[dict[str, Any]], tenant: str
) -> None:
    found = snapshot(allows + denies)
    if not shows_all(found, ANN, ASKED, tenant):
        return
    for path in (*PATHS, *BEYOND):
        place = ((PathRole.SOURCE, path),)
        assert permits(found, ANN, replace(ASKED, tenant=tenant, paths=place))
        assert shows_row(found, ANN, ASKED, tenant, path)


@given(st.lists(rules("allow"), max_size=3), st.lists(rules("deny"), max_size=3))
def test_where_everything_everywhere_is_shown_it_is_shown_in_each_team_portal(
    allows: list[dict[str, Any]], denies: list[dict[str, Any]]
) -> None:
    found = snapshot(allows + denies)
    if shows_all(found, ANN, replace(ASKED, tenant="-"), None):
        assert all(shows_all(found, ANN, ASKED, tenant) for tenant in TENANTS)
