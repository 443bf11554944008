"""Who does a caller's work is decided by exact entries and bounded claims; what is absent or doubtful is nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauth.policy import DenyReason
from tools.identity_rules import (
    Actor,
    Caller,
    IdentityFault,
    Unidentified,
    actor_of,
    claim_problem,
    claims_wanted,
    is_account,
    is_machine_subject,
    kept_claims,
)
from tools.profile import Profile

CORP = Profile(
    name="corp",
    revision=1,
    host="portal.example.com",
    port=443,
    https=True,
    verify_tls=True,
    scope="admin",
    username="svc-mcp",
    sealed_password="sealed",
    tenant="acme",
    identity="caller",
    account_claim="portal_account",
    accounts={"usr_1": "ann"},
)
MANY = replace(CORP, tenant="", tenant_claim="portal_tenant")


def who(subject: str = "usr_1", **claims: str) -> Caller:
    return Caller(subject, is_machine=False, claims=claims)


def fault(profile: Profile, caller: Caller) -> IdentityFault:
    found = actor_of(profile, caller)
    assert isinstance(found, Unidentified)
    assert not found
    return found.fault


def test_the_table_comes_before_the_claim_and_the_claim_stands_for_the_rest() -> None:
    assert actor_of(CORP, who()) == Actor("ann", "acme", "table of accounts", "fixed")
    assert actor_of(CORP, who(portal_account="other")) == Actor("ann", "acme", "table of accounts", "fixed")
    assert actor_of(CORP, who("usr_2", portal_account="ben")) == Actor("ben", "acme", "claim portal_account", "fixed")


@pytest.mark.parametrize("subject", ["usr_", "usr_11", "USR_1", "usr_1 ", "*", ""])
def test_the_table_of_accounts_knows_exact_subjects_only(subject: str) -> None:
    assert fault(CORP, who(subject)) is IdentityFault.NO_ACCOUNT


def test_the_team_portal_comes_from_its_claim_where_none_is_fixed() -> None:
    assert actor_of(MANY, who(portal_tenant="globex")) == Actor(
        "ann", "globex", "table of accounts", "claim portal_tenant"
    )
    assert fault(MANY, who()) is IdentityFault.NO_TENANT
    assert fault(replace(MANY, tenant_claim=""), who()) is IdentityFault.NO_TENANT


@pytest.mark.parametrize("tenant", ["", "-", "a.b", "a/b", "acme\n", "a" * 64])
def test_a_team_portal_that_cannot_be_part_of_an_address_is_refused(tenant: str) -> None:
    assert fault(MANY, who(portal_tenant=tenant)) is IdentityFault.UNUSABLE_CLAIM


def test_a_machine_is_nobody_whatever_it_claims() -> None:
    caller = Caller("usr_1", is_machine=True, claims={"portal_account": "ann", "portal_tenant": "acme"})
    assert fault(CORP, caller) is fault(MANY, caller) is IdentityFault.MACHINE_CALLER


@pytest.mark.parametrize(
    ("subject", "client", "is_machine"),
    [
        ("usr_1", "cli_1", False),
        ("usr_1", "https://client.example.com/metadata.json", False),
        ("m2m_1", "m2m_1", True),
        ("cli_1", "cli_1", True),
        ("m2m_1", "m2m_2", True),
        ("skc_1", "cli_1", True),
        ("usr_1", "", True),
    ],
)
def test_a_program_and_what_cannot_be_told_from_one_is_a_machine(
    subject: str, client: str, *, is_machine: bool
) -> None:
    assert is_machine_subject(subject, client) is is_machine


@given(st.text(max_size=6), st.dictionaries(st.text(max_size=4), st.text(max_size=6), max_size=3))
def test_nobody_ever_becomes_the_profiles_own_account(subject: str, claims: dict[str, str]) -> None:
    found = actor_of(MANY, Caller(subject, is_machine=False, claims=claims))
    if isinstance(found, Actor):
        assert found.account in {*MANY.accounts.values(), claims.get("portal_account")}
        assert found.tenant == claims.get("portal_tenant")
        assert found.account


@pytest.mark.parametrize("text", ["", " a", "a ", "a\n", "a\x00", "a\u202eb", "a\u200bb", "\ud800", "a" * 256])
def test_what_cannot_be_an_account_is_none(text: str) -> None:
    assert not is_account(text)


@pytest.mark.parametrize("text", ["alice", "alice@example.com", "CORP\\alice", "Zoë", "007", "a b", "a" * 255])
def test_names_of_people_are_accounts(text: str) -> None:
    assert is_account(text)


CLAIMS: list[tuple[dict[str, Any], tuple[tuple[str, str], ...]]] = [
    ({"other": "x", "sub": "usr_1"}, ()),
    ({"acct": "ann"}, (("acct", "ann"),)),
    ({"acct": None}, ()),
    ({"acct": 7}, (("acct", ""),)),
    ({"acct": ["ann"]}, (("acct", ""),)),
    ({"acct": {"name": "ann"}}, (("acct", ""),)),
    ({"acct": "a" * 256}, (("acct", ""),)),
    ({"acct": "ann\n"}, (("acct", ""),)),
    ({"custom_claims": {"acct": "ann"}}, (("custom_claims.acct", "ann"),)),
    ({"custom_claims": "ann"}, ()),
    ({"custom_claims": {"acct": ["ann"]}}, (("custom_claims.acct", ""),)),
    ({"email": "ann@example.com"}, (("email", "ann@example.com"),)),
    ({"email": "ann@example.com", "email_verified": True}, (("email", "ann@example.com"),)),
    ({"email": "ann@example.com", "email_verified": False}, (("email", ""),)),
    ({"email": "ann@example.com", "email_verified": "false"}, (("email", ""),)),
]


@pytest.mark.parametrize(("claims", "kept"), CLAIMS, ids=repr)
def test_only_named_claims_are_kept_and_only_within_bounds(
    claims: dict[str, Any], kept: tuple[tuple[str, str], ...]
) -> None:
    assert kept_claims(claims, {"acct", "custom_claims.acct", "email"}) == kept


def test_only_enabled_profiles_that_work_as_their_callers_name_claims() -> None:
    others = [
        replace(CORP, identity="service", account_claim="a"),
        replace(CORP, enabled=False, account_claim="b"),
        replace(CORP, account_claim=""),
    ]
    assert claims_wanted([MANY, *others]) == {"portal_account", "portal_tenant"}


@pytest.mark.parametrize("name", ["client_id", "scope", "aud", "sid", "a b", "a\n", "é", "-a", "a" * 101, "a{b}"])
def test_a_claim_that_names_nobody_is_refused(name: str) -> None:
    assert claim_problem(name)


@pytest.mark.parametrize(
    "name", ["", "portal_account", "custom_claims.account", "https://example.com/account", "email"]
)
def test_a_claim_that_names_an_account_may_be_chosen(name: str) -> None:
    assert claim_problem(name) == ""


def test_every_fault_is_a_reason_of_the_one_enumeration() -> None:
    assert {each.value for each in IdentityFault} <= {each.value for each in DenyReason}
