"""A cell of the table of effective access never promises more than `decide` gives, at no path and at no time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth.effective import Cell, CellState, Limits, Place, table
from oauth.policy import Allowed, Call, decide
from oauth.principal import Principal
from oauth.suspensions import Level, Stop
from tests.oauth.worlds import AT, CATALOGUE, PATHS, SCOPES, calls, policies, principals, snapshot

ANN = Principal("iss", "ann", "client", "org", frozenset(), 9999)
HERE = Place("hq", "-", None, AT)
READ = "ctera_portal_read_file"
ALLOW: dict[str, Any] = {"name": "all", "effect": "allow", "scopes": ["a"], "tools": ["*"]}
DENY: dict[str, Any] = {"name": "no", "effect": "deny", "tools": ["*"]}
COLUMNS = [frozenset({scope}) for scope in SCOPES] + [frozenset(SCOPES), frozenset[str]()]
EDGES = (500.0, 900.0, 1500.0, 2000.0, 9000.0)
places = st.sampled_from([Place("hq", "-", None, AT), Place("hq", "acme", None, AT), Place("team", "acme", None, AT)])


def cell(rows: list[dict[str, Any]], tool: str = READ, place: Place = HERE, scopes: str = "a") -> Cell:
    found = table(snapshot(rows), ANN, place, [frozenset(scopes)])
    return next(cells[0] for spec, cells in found if spec.name == tool)


@settings(max_examples=150, deadline=None)
@given(policies, principals, places)
def test_each_cell_agrees_with_every_call_of_a_small_world(
    rows: list[dict[str, Any]], who: Principal, at: Place
) -> None:
    world = snapshot(rows)
    for spec, cells in table(world, who, at, COLUMNS):
        for scopes, found in zip(COLUMNS, cells, strict=True):
            caller = replace(who, scopes=scopes)
            tried = [
                decide(world, caller, call)
                for call in calls(spec)
                if not spec.needs_place or (call.portal, call.tenant) == (at.portal, at.tenant)
            ]
            if found.state is CellState.ALLOW:
                assert all(tried)
            if found.state in {CellState.DENY, CellState.NONE}:
                assert not any(tried)
            opened = decide(world, caller, open_call(spec.name, at))
            assert bool(opened) is (found.state in {CellState.ALLOW, CellState.LIMITS})


def open_call(tool: str, at: Place) -> Call:
    if not CATALOGUE[tool].needs_place:
        return Call(tool, None, None, (), at.at)
    return Call(tool, at.portal, at.tenant, (), at.at)


@settings(max_examples=150, deadline=None)
@given(policies, st.sampled_from(PATHS), places)
def test_with_a_path_each_cell_is_the_decision_on_it(rows: list[dict[str, Any]], path: str, at: Place) -> None:
    world = snapshot(rows)
    for spec, cells in table(world, ANN, replace(at, path=path), COLUMNS):
        named = tuple((argument.role, path) for argument in spec.paths)
        for scopes, found in zip(COLUMNS, cells, strict=True):
            asked = replace(open_call(spec.name, at), paths=named)
            allowed = bool(decide(world, replace(ANN, scopes=scopes), asked))
            assert allowed is (found.state in {CellState.ALLOW, CellState.LIMITS})


@settings(max_examples=150, deadline=None)
@given(policies)
def test_what_is_allowed_without_limits_stays_so_and_has_no_rate(rows: list[dict[str, Any]]) -> None:
    world = snapshot(rows)
    for spec, cells in table(world, ANN, HERE, COLUMNS):
        for scopes, found in zip(COLUMNS, cells, strict=True):
            if found.state is CellState.ALLOW:
                for later in (edge for edge in EDGES if edge > AT):
                    moved = open_call(spec.name, replace(HERE, at=later))
                    decision = decide(world, replace(ANN, scopes=scopes), moved)
                    assert isinstance(decision, Allowed)
                    assert decision.calls_per_minute is None


def test_all_of_it_open_is_an_allow_linked_to_its_policy() -> None:
    assert cell([ALLOW]) == Cell(CellState.ALLOW, "all")


def test_no_policy_is_none_even_beside_a_deny() -> None:
    assert cell([DENY | {"paths": ["/**"], "portals": ["hq"]}]) == Cell(CellState.NONE)
    assert cell([ALLOW], scopes="c") == Cell(CellState.NONE)


def test_a_deny_of_all_of_it_is_a_deny_linked_to_its_policy() -> None:
    assert cell([ALLOW, DENY | {"portals": ["hq"]}]) == Cell(CellState.DENY, "no")


@pytest.mark.parametrize(
    ("rows", "limits"),
    [
        ([ALLOW | {"paths": ["/Docs/**"]}], Limits(only=("all",))),
        ([ALLOW, DENY | {"paths": ["/HR/**"]}], Limits(closed_by=("no",))),
        ([ALLOW | {"calls_per_minute": 30}], Limits(rates=(30,))),
        ([ALLOW | {"valid_until": 1500.0}], Limits(until=1500.0)),
        ([ALLOW, DENY | {"portals": ["hq"], "valid_from": 1500.0}], Limits(closing=("no",))),
        ([ALLOW, ALLOW | {"name": "docs", "paths": ["/Docs/**"], "calls_per_minute": 5}], Limits()),
        (
            [ALLOW | {"calls_per_minute": 9}, ALLOW | {"name": "b", "paths": ["/b"], "calls_per_minute": 5}],
            Limits(rates=(5, 9)),
        ),
        ([ALLOW, ALLOW | {"name": "b", "valid_until": 1500.0}], Limits()),
        ([ALLOW | {"valid_until": 1200.0}, ALLOW | {"name": "b", "valid_until": 1500.0}], Limits(until=1500.0)),
        ([ALLOW, DENY | {"paths": ["/HR/**"], "valid_until": 900.0}], Limits()),
    ],
    ids=[
        "paths",
        "a deny",
        "a rate",
        "an end",
        "a deny to come",
        "a rate on a part",
        "two rates",
        "one lasts",
        "two end",
        "past",
    ],
)
def test_each_kind_of_limit_is_told(rows: list[dict[str, Any]], limits: Limits) -> None:
    found = cell(rows)
    assert found.limits == limits
    assert found.state is (CellState.LIMITS if limits else CellState.ALLOW)


@pytest.mark.parametrize(
    ("opened", "closed", "tool", "meets"),
    [
        ("/Docs/**", "/HR/**", READ, False),
        ("/Docs/**", "/docs. /x", READ, True),
        ("/Docs", "/Docs/x", READ, False),
        ("/Docs", "/Docs/x", "delete", True),
        ("/Docs/x", "/Docs/**", READ, True),
        ("/Docs/x", "/Docs", READ, False),
        ("/*/x", "/HR/**", READ, True),
        ("/Docs", "/*/x", READ, False),
        ("/Docs/x", "/D*", READ, False),
        ("/Docs/x", "/D*/**", READ, True),
        ("/Docs/Previous Versions/x", "/Docs/x", READ, True),
    ],
)
def test_a_deny_beside_what_is_open_is_not_told(opened: str, closed: str, tool: str, meets: bool) -> None:
    found = cell([ALLOW | {"paths": [opened, "/zz"]}, DENY | {"paths": [closed]}], tool)
    assert found.limits.closed_by == (("no",) if meets else ())
    assert found.limits.only == ("all",)


def test_a_suspended_cell_names_the_suspension_whatever_the_policies_say() -> None:
    stopped = Cell(CellState.DENY, "suspension 7", is_suspended=True)
    for rows in ([ALLOW], [ALLOW, DENY], [ALLOW | {"calls_per_minute": 30}]):
        world = snapshot(rows).suspended_by([Stop(7, Level.PORTAL, "hq")])
        found = {spec.name: cells[0] for spec, cells in table(world, ANN, HERE, [frozenset("a")])}
        assert found[READ] == stopped
        assert found["list_portals"].is_suspended is False
    assert cell([ALLOW]).policy == "all"


def test_a_tool_without_a_place_is_the_same_everywhere() -> None:
    rows = [ALLOW | {"portals": ["team"]}]
    assert cell(rows, "list_portals").state is CellState.ALLOW
    assert cell(rows, "who_am_i").state is CellState.NONE


def test_a_path_narrows_the_question_and_so_the_limits() -> None:
    rows = [ALLOW, DENY | {"paths": ["/HR/**"]}]
    assert cell(rows, place=replace(HERE, path="/Docs")) == Cell(CellState.ALLOW, "all")
    assert cell(rows, place=replace(HERE, path="/HR/x")) == Cell(CellState.DENY, "no")
    assert cell(rows, "delete", replace(HERE, path="/")) == Cell(CellState.DENY, "no")


def test_without_an_allow_a_deny_of_the_very_path_is_still_none() -> None:
    assert cell([DENY | {"paths": ["/HR/**"]}], place=replace(HERE, path="/HR/x")) == Cell(CellState.NONE)


def test_a_deny_of_a_scope_limits_tokens_that_hold_it_and_no_others() -> None:
    rows = [ALLOW, DENY | {"scopes": ["b"], "paths": ["/HR/**"]}]  # a implies b
    assert cell(rows, scopes="a") == Cell(CellState.ALLOW, "all")
    assert cell(rows, scopes="ab").limits.closed_by == ("no",)
