"""Small worlds that chance seldom finds: what stays visible, what is challenged, what an index must not lose."""

from __future__ import annotations

from typing import Any

import pytest

from oauth.policy import Call, Denied, DenyReason, decide, permits, visible
from oauth.portals import open_portals
from oauth.principal import Principal
from tests.oauth.worlds import AT, snapshot
from tools.spec import PathRole

ALLOW: dict[str, Any] = {"name": "allow", "effect": "allow", "scopes": ["a"], "tools": ["*"]}
DENY: dict[str, Any] = {"name": "deny", "effect": "deny", "tools": ["*"]}
ANN = Principal("iss", "ann", "client", "org", frozenset({"a"}), 9999)

SEEN: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    # what the allow and the deny say beyond "everything", and whether deleting is still possible somewhere
    "all but one name deep": ({}, {"paths": ["/*"]}, True),
    "all but one and two names deep": ({}, {"paths": ["/*", "/*/*"]}, True),
    "all but what is in a folder": ({}, {"paths": ["/HR/**"]}, True),
    "only what is closed": ({"paths": ["/HR/**"]}, {"paths": ["/HR/**"]}, False),
    "less than what is closed": ({"paths": ["/HR/x"]}, {"paths": ["/HR/**"]}, False),
    "less than what is closed in other letters": ({"paths": ["/hr./x"]}, {"paths": ["/HR/**"]}, False),
    "more than what is closed": ({"paths": ["/HR/**"]}, {"paths": ["/HR/x/**"]}, True),
    "above what is closed": ({"paths": ["/HR"]}, {"paths": ["/HR/x/**"]}, False),
    "below closed names": ({"paths": ["/HR/**"]}, {"paths": ["/*", "/HR/*"]}, True),
    "every name by a star": ({"paths": ["/H*/**"]}, {"paths": ["/*/**"]}, False),
    "a name by another star": ({"paths": ["/H*/**"]}, {"paths": ["/*R/**"]}, True),
    "the other portal": ({}, {"portals": ["hq"]}, True),
    "no portal left": ({"portals": ["hq"]}, {"portals": ["hq"]}, False),
    "a disabled portal": ({"portals": ["off"]}, {"portals": ["hq"]}, False),
    "a portal without a row": ({"portals": ["gone"]}, {"portals": ["hq"]}, False),
    "another Team Portal": ({"portals": ["hq"]}, {"tenants": ["acme"]}, True),
    "the user profile's own Team Portal": ({"portals": ["team"]}, {"tenants": ["globex"]}, True),
    "a Team Portal that is another": ({"portals": ["team"], "tenants": ["globex"]}, {"portals": ["hq"]}, False),
    "the same Team Portal in other letters": ({"tenants": ["ACME"]}, {"tenants": ["acme"]}, False),
    "one of two Team Portals": ({"tenants": ["acme", "globex"]}, {"tenants": ["a*"]}, True),
    "Team Portals by a star": ({"tenants": ["a*"], "portals": ["hq"]}, {"tenants": ["ac*"]}, True),
    "all Team Portals": ({}, {"tenants": ["*"], "clients": ["client"]}, False),
}  # fmt: skip


@pytest.mark.parametrize(("allow", "deny", "seen"), SEEN.values(), ids=SEEN.keys())
def test_a_tool_is_seen_where_something_is_left_of_it(allow: Any, deny: Any, seen: bool) -> None:
    world = snapshot([{**ALLOW, **allow}, {**DENY, **deny}])
    assert ("delete" in visible(world, ANN, AT)) == seen
    assert bool(open_portals(world, ANN, AT, "delete")) == seen


def challenge(*allows: dict[str, Any], deny: dict[str, Any] | None = None, holding: str = "") -> tuple[str, ...]:
    rows = [{**ALLOW, "name": f"p{number}", **allow} for number, allow in enumerate(allows)]
    world = snapshot([*rows, *([{**DENY, **deny}] if deny else [])])
    who = Principal("iss", "ann", "client", "org", frozenset(holding), 9999)
    found = decide(world, who, Call("delete", "hq", "acme", ((PathRole.SUBTREE, "/Docs"),), AT))
    assert isinstance(found, Denied)
    assert (found.reason is DenyReason.MISSING_SCOPE) == bool(found.required_scopes)
    return found.required_scopes


def test_the_policy_with_the_fewest_missing_scopes_is_challenged() -> None:
    assert challenge({"scopes": ["a", "c"]}, {"scopes": ["b"]}) == ("b",)
    assert challenge({"scopes": ["b"]}, {"scopes": ["a"]}) == ("b",)  # a implies b, too: it would give more
    assert challenge({"scopes": ["b", "c"]}, {"scopes": ["a"]}, holding="c") == (
        "a",
    )  # both miss one; b and c give more
    assert challenge({"scopes": ["c"]}, {"scopes": ["b"]}) == ("b",)


def test_a_policy_that_would_not_open_the_call_is_not_challenged() -> None:
    assert challenge({"scopes": ["b"], "paths": ["/HR/**"]}, {"scopes": ["b", "c"]}) == ("b", "c")
    assert challenge({"scopes": ["b"], "subjects": ["bob"]}) == ()
    assert challenge({"scopes": ["b"], "valid_until": AT}) == ()
    assert challenge({"scopes": ["b"], "portals": ["team"]}) == ()
    assert challenge({"scopes": ["gone"]}) == ()
    assert challenge({"scopes": ["b"]}, deny={"scopes": ["b"]}) == ()
    assert challenge({"scopes": ["b"]}, {"scopes": ["c"]}, deny={"scopes": ["b"]}) == ("c",)


def test_a_call_closed_by_a_deny_asks_for_no_scope() -> None:
    world = snapshot([{**ALLOW, "scopes": ["b"]}, {**DENY, "paths": ["/Docs/**"]}])
    found = decide(world, ANN, Call("delete", "hq", "acme", ((PathRole.SUBTREE, "/Docs"),), AT))
    assert isinstance(found, Denied)
    assert (found.reason, found.policy, found.required_scopes) == (DenyReason.DENIED_BY_POLICY, "deny", ())


@pytest.mark.parametrize(
    ("portal", "tenant"), [("gone", "-"), ("off", "-"), ("team", "globex"), ("team", "-"), ("hq", "")], ids=str
)
def test_an_allow_opens_no_place_that_is_not_there(portal: str, tenant: str) -> None:
    world = snapshot([{**ALLOW, "portals": ["hq", "off", "gone", "team"], "tenants": ["-", "globex", "acme"]}])
    assert not permits(world, ANN, Call("who_am_i", portal, tenant, (), AT))


def test_filed_denies_are_found_from_every_place_above_and_below() -> None:
    closed = [{**DENY, "name": f"d{number:03}", "paths": [f"/Top/Room {number}/HR/**"]} for number in range(100)]
    closed += [{**DENY, "name": f"e{number:03}", "paths": [f"/Top/Room {number}/*/x"]} for number in range(100)]
    world = snapshot([ALLOW, *closed])

    def stopped(tool: str, role: PathRole, path: str) -> str | None:
        found = decide(world, ANN, Call(tool, "hq", "-", ((role, path),), AT))
        return found.policy if isinstance(found, Denied) else None

    assert stopped("delete", PathRole.SUBTREE, "/") == "d000"
    assert stopped("delete", PathRole.SUBTREE, "/top.") == "d000"
    assert stopped("delete", PathRole.SUBTREE, "/Top/room 7") == "d007"
    assert stopped("delete", PathRole.SUBTREE, "/Top/Room 7/HR/a/b") == "d007"
    assert stopped("delete", PathRole.SUBTREE, "/Top/Room 7/Docs") == "e007"
    assert stopped("delete", PathRole.SUBTREE, "/Top/Room 7/Docs/y") is None
    assert stopped("delete", PathRole.SUBTREE, "/Top/Room") is None
    assert stopped("make", PathRole.TARGET, "/Top/Room 7") is None
    assert stopped("make", PathRole.TARGET, "/Top/Room 7/HR ") == "d007"
    assert stopped("make", PathRole.TARGET, "/Top/.versions/1/Room 9/HR/x") == "d009"


def test_a_thousand_portals_are_told_apart_without_asking_every_tool_everywhere() -> None:
    """Only portals that an allow names are asked, and mostly with the tool that opened the last one."""
    world = snapshot([{**ALLOW, "portals": ["team"]}, {**ALLOW, "name": "b", "scopes": ["c"], "portals": ["*"]}])
    assert open_portals(world, ANN, AT) == ("team",)
    assert {rule.name for rule in world.allows_of(ANN, AT)} == {"allow"}


def test_filed_by_place_an_allow_is_found_for_a_tool_without_one_and_a_deny_in_any_letters() -> None:
    allows = [{**ALLOW, "name": f"a{number:02}", "portals": [f"portal-{number}"]} for number in range(20)]
    world = snapshot(allows)
    assert permits(world, ANN, Call("list_portals", None, None, (), AT))
    assert not permits(world, ANN, Call("who_am_i", "hq", "-", (), AT))
    closed = [{**DENY, "name": f"d{number:02}", "tenants": [f"Team-{number}"]} for number in range(20)]
    world = snapshot([ALLOW, *closed])
    found = decide(world, ANN, Call("who_am_i", "hq", "TEAM-7", (), AT))
    assert isinstance(found, Denied)
    assert found.policy == "d07"
    assert permits(world, ANN, Call("who_am_i", "hq", "team-77", (), AT))
    assert permits(world, ANN, Call("list_portals", None, None, (), AT))
