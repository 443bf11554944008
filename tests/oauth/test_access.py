"""What a book remembers never outlives the edge at which it changes, nor reaches back behind one."""

from __future__ import annotations

from oauth.access import AccessBook
from oauth.policy import PolicySnapshot, Rule
from oauth.principal import Principal
from tools.catalogue import CATALOGUE

EDGE = 1000.0
LIST = "ctera_portal_list_portals"
WHO = Principal("i", "usr_1", "cli_1", "org_1", frozenset({"a"}), 0)


def book(**more: float) -> AccessBook:
    rule = Rule.build(name="rule", effect="allow", scopes=["a"], tools=[LIST], **more)  # type: ignore[arg-type]  # edges
    snapshot = PolicySnapshot.build(
        revision=1, rules=[rule], scopes={"a": frozenset()}, profiles={}, catalogue=CATALOGUE
    )
    return AccessBook(snapshot)


def test_a_validity_ends_at_its_edge() -> None:
    asked = book(valid_until=EDGE)
    assert asked.visible(WHO, EDGE - 1) == {LIST}
    assert asked.visible(WHO, EDGE) == set()


def test_a_request_pinned_before_an_edge_leaves_nothing_for_those_behind_it() -> None:
    asked = book(valid_until=EDGE)
    another = Principal("i", "usr_2", "cli_1", "org_1", frozenset({"a"}), 0)
    assert asked.visible(another, EDGE + 1) == set()  # somebody else's request crossed the edge first
    assert asked.visible(WHO, EDGE - 1) == {LIST}
    assert asked.visible(WHO, EDGE + 2) == set()
