"""Writes to scopes and policies are validated, signed and one transaction; what widens is recognised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from oauth.models import Policy, Scope
from oauth.policy import Call, decide
from oauth.principal import Principal
from oauth.selectors import offered_scopes, policy_revision
from oauth.services import (
    delete_policy,
    delete_scope,
    save_policy,
    save_scope,
    switch_policies,
    widens,
)
from oauth.snapshots import as_rule
from tools.catalogue import CATALOGUE

LATER = datetime(2027, 1, 31, 18, tzinfo=UTC)


def deny(**values: Any) -> Policy:
    return Policy(**{"name": "No HR", "effect": "deny", "tools": ["*"], "paths": ["/HR/**"], **values})


@pytest.mark.django_db
def test_a_policy_is_saved_with_its_author_and_reason() -> None:
    olga = User.objects.create_user("olga")
    before = policy_revision()
    row = save_policy(deny(), user=olga, reason="HR asked")
    record = row.history.get()
    assert (record.history_user, record.history_change_reason) == (olga, "HR asked")
    assert policy_revision() > before
    delete_policy(row, user=olga, reason="HR is gone")
    last = Policy.history.filter(name="No HR").first()
    assert (last.history_type, last.history_change_reason) == ("-", "HR is gone")


@pytest.mark.django_db
def test_the_author_of_one_change_does_not_sign_the_next() -> None:
    row = save_policy(deny(), user=User.objects.create_user("olga"), reason="HR asked")
    again = save_policy(Policy.objects.get(pk=row.pk))
    record = again.history.first()
    assert (record.history_user, record.history_change_reason) == (None, None)


@pytest.mark.django_db
def test_switching_skips_those_that_are_so_already() -> None:
    Policy.objects.filter(name="Readers").update(enabled=False)
    changed = switch_policies(Policy.objects.all(), enabled=False)
    assert sorted(row.name for row in changed) == ["Administrators", "Everyone signed in"]


@pytest.mark.django_db
def test_switching_is_all_or_nothing() -> None:
    Policy.objects.filter(name="Readers").update(scopes=[], enabled=False)
    Policy.objects.exclude(name="Readers").update(enabled=False)
    with pytest.raises(ValidationError):
        switch_policies(Policy.objects.order_by("name"), enabled=True)
    assert not Policy.objects.filter(enabled=True).exists()


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["service", "row", "query set"])
def test_a_scope_in_use_is_not_deleted_by_any_way(way: str) -> None:
    row = Scope.objects.get(name="ctera:read")
    ways: dict[str, Any] = {
        "service": lambda: delete_scope(row),
        "row": row.delete,
        "query set": Scope.objects.filter(pk=row.pk).delete,
    }
    with pytest.raises(ValidationError, match="ctera:read is named by policy Readers, scope ctera:admin"):
        ways[way]()
    assert Scope.objects.filter(pk=row.pk).exists()


@pytest.mark.django_db
def test_a_scope_in_use_keeps_its_name() -> None:
    row = Scope.objects.get(name="ctera:read")
    row.name = "ctera:look"
    with pytest.raises(ValidationError, match="ctera:read is named by policy Readers"):
        save_scope(row)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("implies", "remedy"),
    [
        (["x"], "cannot imply itself"),
        (["z"], "cannot imply itself, not even through others"),
        (["ctera:reed"], "did you mean ctera:read?"),
        (["nothing like it"], "add it first"),
        (["y", "y"], "Names a scope twice"),
        ("y", "Must be a list"),
        ([1], "Must be a list"),
    ],
)
def test_what_a_scope_cannot_imply_is_refused(implies: Any, remedy: str) -> None:
    row = save_scope(Scope(name="x"))
    save_scope(Scope(name="y", implies=["x"]))
    save_scope(Scope(name="z", implies=["y"]))
    row.implies = implies
    with pytest.raises(ValidationError, match=remedy):
        save_scope(row)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["a b", 'a"b', "a\\b", "a,b", "é", "", "a\n", "x" * 201])
def test_a_name_that_no_token_can_hold_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        save_scope(Scope(name=name))


@pytest.mark.django_db
def test_discovery_offers_the_scopes_of_enabled_allows_that_have_a_row() -> None:
    assert offered_scopes() == ["ctera:admin", "ctera:read", "user:read"]
    Policy.objects.filter(name="Readers").update(enabled=False)
    Policy.objects.filter(name="Administrators").update(scopes=["no:row"])
    save_policy(deny(scopes=["ctera:admin"]))
    assert offered_scopes() == ["user:read"]


WIDER: dict[str, dict[str, Any]] = {
    "disabled": {"enabled": False},
    "an allow now": {"effect": "allow"},
    "a path less": {"paths": ["/Legal/**"]},
    "a tool instead of all": {"tools": ["ctera_portal_list_dir"]},
    "a toolset less": {"tools": [], "toolsets": ["read"]},
    "a portal instead of all": {"portals": ["hq"]},
    "a Team Portal instead of all": {"tenants": ["acme"]},
    "people instead of everyone": {"subjects": ["usr_1"]},
    "one scope more": {"scopes": ["a", "b"]},
    "an exception more": {"except_subjects": ["usr_1"]},
    "a beginning": {"valid_from": LATER},
    "an end": {"valid_until": LATER},
}
NOT_WIDER: dict[str, dict[str, Any]] = {
    "nothing": {},
    "another name": {"name": "Board", "description": "x"},
    "a path more": {"paths": ["/Legal/**", "/HR/**", "/Board/**"]},
    "everywhere": {"paths": ["/**"], "scopes": []},
    "a scope less": {"scopes": []},
}


@pytest.mark.parametrize("change", WIDER.values(), ids=WIDER.keys())
def test_narrowing_a_deny_lets_more_through(change: dict[str, Any]) -> None:
    before = deny(scopes=["a"], paths=["/HR/**", "/Legal/**"])
    after = deny(**{"scopes": ["a"], "paths": ["/HR/**", "/Legal/**"], **change})
    assert widens(before, after)


@pytest.mark.parametrize("change", NOT_WIDER.values(), ids=NOT_WIDER.keys())
def test_other_changes_of_a_deny_do_not(change: dict[str, Any]) -> None:
    before = deny(scopes=["a"], paths=["/HR/**", "/Legal/**"])
    assert not widens(before, deny(**{"scopes": ["a"], "paths": ["/HR/**", "/Legal/**"], **change}))


def test_a_later_end_does_not_let_more_through_and_an_earlier_one_does() -> None:
    day = timedelta(days=1)
    assert not widens(deny(valid_until=LATER), deny(valid_until=LATER + day))
    assert widens(deny(valid_until=LATER), deny(valid_until=LATER - day))


def test_deleting_a_deny_in_force_lets_more_through() -> None:
    assert widens(deny(), None)
    assert not widens(deny(enabled=False), None)
    assert not widens(deny(effect="allow"), None)


def some(*entries: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(entries), min_size=1, unique=True)


denies = st.builds(
    deny,
    enabled=st.booleans(),
    scopes=st.lists(st.sampled_from(["a", "b"]), unique=True),
    subjects=some("*", "usr_1", "usr_*"),
    except_subjects=st.lists(st.sampled_from(["usr_1", "usr_2"]), unique=True),
    tools=st.lists(st.sampled_from(["*", "ctera_portal_list_dir"]), unique=True),
    toolsets=some("read", "write"),
    portals=some("*", "hq"),
    tenants=some("*", "-", "acme"),
    paths=some("/**", "/HR/**", "/x"),
    valid_from=st.sampled_from([None, LATER]),
)


@given(denies, denies, st.sampled_from(["usr_1", "usr_2"]), st.sampled_from([["a"], ["a", "b"]]), st.booleans())
def test_a_change_that_is_not_asked_about_never_lets_a_call_through(
    before: Policy, after: Policy, subject: str, scopes: list[str], late: bool
) -> None:
    if widens(before, after):
        return
    allow = Policy(name="Z", scopes=["a"], tools=["*"])
    at = LATER.timestamp() + (1 if late else -1)
    caller = Principal("i", subject, "m2m_1", "org", frozenset(scopes), 2**40)
    for tenant, path in (("-", "/HR/x"), ("acme", "/x"), ("acme", "/y")):
        call = Call(
            "ctera_portal_list_dir", "hq", tenant, ((CATALOGUE["ctera_portal_list_dir"].paths[0].role, path),), at
        )
        old, new = (decide(snapshot(allow, row), caller, call) for row in (before, after))
        assert bool(old) or not bool(new), (tenant, path)


def snapshot(*rows: Policy) -> Any:
    from oauth.policy import PolicySnapshot
    from tools.profile import Profile

    profile = Profile("hq", 1, "h", 443, True, True, "admin", "u", "sealed")
    return PolicySnapshot.build(
        revision=1,
        rules=[as_rule(row) for row in rows],
        scopes={"a": frozenset(), "b": frozenset()},
        profiles={"hq": profile},
        catalogue=CATALOGUE,
    )
