"""An operator's stop comes before every policy, for exactly what it names and exactly as long as it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth.access import AccessBook
from oauth.explanation import explain
from oauth.policy import Call, Denied, DenyReason, PolicySnapshot, Rule, decide, visible
from oauth.portals import open_portals, resolve_portal
from oauth.principal import Principal
from oauth.suspensions import FOREVER, WITHOUT_VALUE, Level, Stop, faults
from tools.errors import NotFound
from tools.profile import Profile
from tools.spec import PathArgument, PathRole, Toolset, ToolSpec

AT = 1000.0
ANN = Principal("iss", "ann", "cli", "org", frozenset({"a"}), 9999, "ses", "tkn")
HQ = Profile("hq", 1, "h", 443, True, True, "admin", "u", "s", default=True)
TEAM = replace(HQ, name="team", scope="user", tenant="acme", default=False)


async def _nothing(call: Any) -> dict[str, Any]:
    return {}


def tool(name: str, toolset: Toolset, **more: Any) -> ToolSpec:
    schema: dict[str, Any] = {"type": "object", "properties": {}}
    return ToolSpec(name, toolset, name, name, schema, schema, _nothing, **more)


PATH = (PathArgument("path", PathRole.SOURCE),)
CATALOGUE = {
    "read": tool("read", Toolset.READ, paths=PATH),
    "change": tool("change", Toolset.WRITE, paths=PATH, read_only=False),
    "portals": tool("portals", Toolset.READ, needs_place=False),
}
RULE: dict[str, Any] = {"name": "all", "effect": "allow", "scopes": ["a"], "tools": ["*"]}
VALUES = {
    Level.EVERYTHING: "",
    Level.WRITES: "",
    Level.PORTAL: "hq",
    Level.TOOL: "read",
    Level.CLIENT: "cli",
    Level.SUBJECT: "ann",
    Level.ORGANIZATION: "org",
    Level.SESSION: "ses",
    Level.TOKEN: "tkn",
}
READ_HQ = Call("read", "hq", "-", ((PathRole.SOURCE, "/x"),), AT)
CHANGE_TEAM = Call("change", "team", "acme", ((PathRole.SOURCE, "/x"),), AT)
PORTALS = Call("portals", None, None, (), AT)
STOPPED = {
    Level.EVERYTHING: {READ_HQ, CHANGE_TEAM, PORTALS},
    Level.WRITES: {CHANGE_TEAM},
    Level.PORTAL: {READ_HQ},
    Level.TOOL: {READ_HQ},
}


def world(*stops: Stop, rules: tuple[dict[str, Any], ...] = (RULE,)) -> PolicySnapshot:
    built = PolicySnapshot.build(
        revision=1,
        rules=[Rule.build(**rule) for rule in rules],
        scopes={"a": frozenset(), "b": frozenset()},
        profiles={"hq": HQ, "team": TEAM},
        catalogue=CATALOGUE,
    )
    return built.suspended_by(stops)


def stop(level: Level, value: str | None = None, until: float = FOREVER, number: int = 1) -> Stop:
    return Stop(number, level, VALUES[level] if value is None else value, until, "laptop lost")


def reason(decision: Any) -> DenyReason | None:
    return decision.reason if isinstance(decision, Denied) else None


@pytest.mark.parametrize("level", list(Level))
def test_each_level_stops_what_it_names_and_nothing_else(level: Level) -> None:
    suspended = world(stop(level))
    for call in (READ_HQ, CHANGE_TEAM, PORTALS):
        expected = call in STOPPED.get(level, {READ_HQ, CHANGE_TEAM, PORTALS})
        assert (reason(decide(suspended, ANN, call)) is DenyReason.SUSPENDED) == expected, call
        assert bool(decide(suspended, ANN, call)) != expected


@pytest.mark.parametrize("level", [level for level in Level if level not in WITHOUT_VALUE])
def test_another_value_of_the_level_goes_on(level: Level) -> None:
    for other in (f"{VALUES[level]}x", VALUES[level].upper(), "*"):
        assert decide(world(stop(level, other)), ANN, READ_HQ)


def test_claims_that_a_token_lacks_meet_no_suspension() -> None:
    bare = Principal("iss", "ann", "", "", frozenset({"a"}), 9999)
    stops = [stop(level) for level in (Level.CLIENT, Level.ORGANIZATION, Level.SESSION, Level.TOKEN)]
    assert decide(world(*stops), bare, READ_HQ)


def test_a_suspension_ends_at_its_time_and_not_before() -> None:
    suspended = world(stop(Level.SUBJECT, until=AT + 5))
    for at, stopped in ((AT, True), (AT + 4.999, True), (AT + 5, False), (AT + 6, False)):
        assert bool(decide(suspended, ANN, replace(READ_HQ, at=at))) != stopped
    assert suspended.next_edge(AT) == AT + 5
    assert suspended.next_edge(AT + 5) == FOREVER


def test_of_several_the_one_that_ends_last_counts_and_is_told() -> None:
    short, long = stop(Level.SUBJECT, until=AT + 5), stop(Level.SUBJECT, until=AT + 9, number=2)
    longest = stop(Level.PORTAL, until=AT + 20, number=3)
    for order in ((short, long, longest), (longest, long, short)):
        refused = decide(world(*order), ANN, READ_HQ)
        assert isinstance(refused, Denied)
        assert refused.stop == longest
        assert reason(decide(world(*order), ANN, replace(CHANGE_TEAM, at=AT + 7))) is DenyReason.SUSPENDED
        assert decide(world(*order), ANN, replace(CHANGE_TEAM, at=AT + 9))


def test_what_is_remembered_of_a_caller_is_forgotten_when_a_suspension_ends() -> None:
    book = AccessBook(world(stop(Level.SUBJECT, until=AT + 5)))
    assert book.visible(ANN, AT) == frozenset()
    assert book.visible(ANN, AT + 5) == frozenset(CATALOGUE)


def test_a_suspension_comes_before_policies_and_asks_for_no_scope() -> None:
    deny = {**RULE, "name": "no", "effect": "deny", "scopes": [], "subjects": ["ann"]}
    stranger = replace(ANN, scopes=frozenset())
    for who, rules in ((ANN, (RULE, deny)), (stranger, (RULE,)), (ANN, ())):
        refused = decide(world(stop(Level.SUBJECT), rules=rules), who, READ_HQ)
        assert isinstance(refused, Denied)
        assert (refused.reason, refused.required_scopes, refused.policy) == (DenyReason.SUSPENDED, (), None)
        assert refused.decided_by == "suspension 1"
        assert refused.trace[0].policy == "suspension 1"


def test_an_explanation_names_the_suspension_first_and_then_the_policies() -> None:
    found = explain(world(stop(Level.SUBJECT)), ANN, READ_HQ)
    decision, trace = found.decision, found.trace
    assert reason(decision) is DenyReason.SUSPENDED
    assert [entry.policy for entry in trace] == ["suspension 1", "all"]


def test_the_operators_reason_appears_in_no_repr() -> None:
    refused = decide(world(stop(Level.SUBJECT)), ANN, READ_HQ)
    assert "laptop" not in repr(refused)


@pytest.mark.parametrize("level", [Level.EVERYTHING, Level.CLIENT, Level.SUBJECT, Level.ORGANIZATION, Level.TOKEN])
def test_a_suspended_caller_sees_no_tool(level: Level) -> None:
    assert visible(world(stop(level)), ANN, AT) == frozenset()


def test_without_writes_the_reading_tools_stay_visible() -> None:
    assert visible(world(stop(Level.WRITES)), ANN, AT) == {"read", "portals"}


def test_a_suspended_portal_is_no_place_for_an_open_call() -> None:
    some = Call("read", None, None, (), AT)
    assert decide(world(stop(Level.PORTAL)), ANN, some)
    assert open_portals(world(stop(Level.PORTAL)), ANN, AT) == ("team",)
    both = world(stop(Level.PORTAL, until=AT + 9), stop(Level.PORTAL, "team", AT + 5, 2))
    refused = decide(both, ANN, some)
    assert isinstance(refused, Denied)
    assert refused.stop is not None
    assert refused.stop.value == "team"  # the first to come back
    assert visible(both, ANN, AT) == {"portals"}


def test_suspending_every_portal_says_nothing_to_whom_policy_lets_nowhere() -> None:
    both = world(stop(Level.PORTAL), stop(Level.PORTAL, "team"), rules=({**RULE, "scopes": ["b"]},))
    assert reason(decide(both, ANN, Call("read", None, None, (), AT))) is DenyReason.NO_POLICY


def test_a_suspended_portal_is_found_by_its_users_alone_and_never_replaced_by_another() -> None:
    suspended = world(stop(Level.PORTAL))
    assert resolve_portal(suspended, ANN, "read", "hq", AT).name == "hq"
    assert resolve_portal(suspended, ANN, "read", None, AT).name == "hq"  # its default, though team is open
    elsewhere = world(stop(Level.PORTAL), rules=({**RULE, "portals": ["team"]},))
    with pytest.raises(NotFound):
        resolve_portal(elsewhere, ANN, "read", "hq", AT)


stops = st.lists(
    st.builds(
        lambda number, level, hit, until: stop(
            level, None if hit or level in WITHOUT_VALUE else "other", until, number
        ),
        st.integers(1, 99),
        st.sampled_from(list(Level)),
        st.booleans(),
        st.sampled_from([AT - 1, AT + 1, FOREVER]),
    ),
    max_size=4,
)
some_call = st.one_of(
    st.sampled_from([READ_HQ, CHANGE_TEAM, PORTALS]),
    st.builds(
        lambda name, portal, tenant: Call(name, portal, tenant, (), AT),
        st.sampled_from(sorted(CATALOGUE)),
        st.sampled_from([None, "hq", "team", "gone"]),
        st.sampled_from([None, "-", "acme"]),
    ),
)
who = st.builds(
    lambda scopes, subject: replace(ANN, scopes=scopes, subject=subject),
    st.sampled_from([frozenset[str](), frozenset({"a"}), frozenset({"a", "b"})]),
    st.sampled_from(["ann", "bob"]),
)
some_rules = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.uuids().map(str),
            "effect": st.sampled_from(["allow", "deny"]),
            "scopes": st.sampled_from([["a"], ["b"], ["a", "b"]]),
            "tools": st.sampled_from([["*"], ["read"], ["change", "portals"]]),
            "portals": st.sampled_from([["*"], ["hq"], ["team"]]),
        }
    ),
    max_size=4,
).map(tuple)


@given(some_rules, stops, stops, who, some_call)
def test_a_further_suspension_never_lets_more_through(
    rules: tuple[dict[str, Any], ...], before: list[Stop], more: list[Stop], caller: Principal, call: Call
) -> None:
    if decide(world(*before, *more, rules=rules), caller, call):
        assert decide(world(*before, rules=rules), caller, call)
    assert visible(world(*before, *more, rules=rules), caller, AT) <= visible(world(*before, rules=rules), caller, AT)


@given(some_rules, stops, who, some_call)
def test_suspensions_that_are_over_or_mean_others_change_no_decision(
    rules: tuple[dict[str, Any], ...], some: list[Stop], caller: Principal, call: Call
) -> None:
    idle = [one for one in some if one.until < AT or one.value == "other"]
    assert decide(world(*idle, rules=rules), caller, call) == decide(world(rules=rules), caller, call)


@given(some_rules, stops, who)
def test_what_is_visible_is_what_the_decision_lets_through_somewhere(
    rules: tuple[dict[str, Any], ...], some: list[Stop], caller: Principal
) -> None:
    suspended = world(*some, rules=rules)
    for call in (READ_HQ, replace(READ_HQ, portal="team", tenant="acme"), CHANGE_TEAM, PORTALS):
        if decide(suspended, caller, call):
            assert call.tool in visible(suspended, caller, AT)


@given(some_rules, stops, who, some_call)
def test_who_is_told_of_a_suspension_is_stopped_by_one_that_names_what_he_asked_for(
    rules: tuple[dict[str, Any], ...], some: list[Stop], caller: Principal, call: Call
) -> None:
    refused = decide(world(*some, rules=rules), caller, call)
    if isinstance(refused, Denied) and refused.reason is DenyReason.SUSPENDED:
        assert refused.stop in some
        assert refused.stop.until > AT
        rest = [one for one in some if (one.level, one.value) != (refused.stop.level, refused.stop.value)]
        again = decide(world(*rest, rules=rules), caller, call)
        assert not isinstance(again, Denied) or again.stop != refused.stop


@pytest.mark.parametrize(
    ("level", "value", "field", "remedy"),
    [
        ("all", "", "level", "there are everything, writes, portal"),
        ("subject", "", "value", "Level subject needs a value: a subject exactly as in the token"),
        ("everything", "x", "value", "needs no value"),
        ("writes", "hq", "value", "needs no value"),
        ("subject", " usr_1", "value", "a space at its ends"),
        ("subject", "usr\u200b_1", "value", "an invisible character"),
        ("subject", "usr\n1", "value", "an invisible character"),
        ("subject", "u" * 256, "value", "255 characters"),
        ("client", "u" * 2049, "value", "2048 characters"),
        ("portal", "hq, lab", "value", "one portal for each suspension"),
    ],
)
def test_what_cannot_be_a_suspension_is_refused_at_its_field(level: str, value: str, field: str, remedy: str) -> None:
    found = faults(level, value)
    assert list(found) == [field]
    assert remedy in found[field]


@pytest.mark.parametrize(("level", "value"), [(level.value, value) for level, value in VALUES.items()])
def test_every_level_can_be_suspended(level: str, value: str) -> None:
    assert faults(level, value) == {}
    assert faults("client", "https://client.example/" + "a" * 2000) == {}
