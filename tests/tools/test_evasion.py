"""No spelling of a closed place opens it, and no other place is closed by looking like it."""

from __future__ import annotations

from typing import Any

import pytest

from oauth.policy import Call, Denied, DenyReason, PolicySnapshot, Rule, decide
from oauth.principal import Principal
from tests.tools.evasion.closed import CLOSED, OTHER_CLOSED
from tests.tools.evasion.open import OPEN
from tests.tools.evasion.refused import REFUSED
from tests.tools.evasion.roles import CALLS, NO_NAMES
from tests.tools.specs import CATALOGUE
from tools.errors import InvalidArgument
from tools.paths import canonical, deny_form, deny_forms
from tools.places import decided_paths
from tools.profile import Profile

HQ = Profile("hq", 1, "h", 443, True, True, "admin", "u", "s")
ANN = Principal("iss", "ann", "client", "", frozenset({"a"}), 9999)


def decision(closed: str, tool: str, arguments: dict[str, Any]) -> str:
    """`closed` or `open`: what becomes of a call where one allow covers everything and one deny closes a place."""
    allow = Rule.build(name="all", effect="allow", scopes=["a"], tools=["*"])
    deny = Rule.build(name="closed", effect="deny", tools=["*"], paths=[canonical_glob(closed)])
    world = PolicySnapshot.build(
        revision=1, rules=[allow, deny], scopes={"a": frozenset()}, profiles={"hq": HQ}, catalogue=CATALOGUE
    )
    name = f"ctera_portal_{tool}"
    _, paths = decided_paths(CATALOGUE[name], arguments)
    found = decide(world, ANN, Call(name, "hq", "-", paths, 0.0))
    if isinstance(found, Denied):
        assert found.reason is DenyReason.DENIED_BY_POLICY
        return "closed"
    return "open"


def canonical_glob(glob: str) -> str:
    """A glob as it is saved: its fixed part in canonical form."""
    stem = glob.removesuffix("/**")
    return canonical(stem) + glob[len(stem) :]


def test_the_corpus_is_large() -> None:
    assert len(REFUSED) + len(CLOSED) + len(OTHER_CLOSED) + len(OPEN) + len(CALLS) + len(NO_NAMES) >= 400


@pytest.mark.parametrize("raw", REFUSED, ids=ascii)
def test_what_could_mean_another_place_is_refused_with_its_fault(raw: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        canonical(raw)
    assert REFUSED[raw] in refused.value.message


@pytest.mark.parametrize("raw", CLOSED, ids=ascii)
def test_a_closed_folder_is_closed_in_every_spelling(raw: str) -> None:
    assert canonical(raw) == CLOSED[raw]
    assert decision("/HR/**", "read_file", {"path": raw}) == "closed"


@pytest.mark.parametrize(("closed", "raw"), [case[:2] for case in OTHER_CLOSED], ids=[case[2] for case in OTHER_CLOSED])
def test_every_spelling_of_other_names_is_closed_too(closed: str, raw: str) -> None:
    assert decision(closed, "read_file", {"path": raw}) == "closed"


@pytest.mark.parametrize("raw", OPEN, ids=ascii)
def test_what_only_looks_like_a_closed_folder_stays_open(raw: str) -> None:
    assert canonical(raw) == OPEN[raw]
    assert decision("/HR/**", "read_file", {"path": raw}) == "open"


@pytest.mark.parametrize(("closed", "tool", "arguments", "stopped"), CALLS, ids=ascii)
def test_a_closed_folder_stops_what_would_move_copy_or_share_it(
    closed: str, tool: str, arguments: dict[str, Any], stopped: bool
) -> None:
    assert decision(closed, tool, arguments) == ("closed" if stopped else "open")


@pytest.mark.parametrize("name", NO_NAMES, ids=ascii)
def test_a_new_name_is_one_name(name: str) -> None:
    with pytest.raises(InvalidArgument, match=r"Argument '(new_name|path)'"):
        decided_paths(CATALOGUE["ctera_portal_rename"], {"path": "/Docs/x", "new_name": name})


@pytest.mark.parametrize("raw", [*CLOSED, *OPEN], ids=ascii)
def test_the_forms_that_denies_see_are_stable(raw: str) -> None:
    form = canonical(raw)
    assert canonical(form) == form
    assert deny_form(deny_form(form)) == deny_form(form)
    assert deny_form(form) in deny_forms(form)
    assert deny_form(form.upper()) == deny_form(form) or "\u0130" in form.upper()
