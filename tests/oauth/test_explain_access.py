"""`manage.py explain_access` prints the decision and its ladder, and ends with 0, 1 or 2."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from oauth.models import Policy
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db
READERS = ["--scopes", "ctera:read user:read", "--tool", "ctera_portal_list_dir"]
KEYS = {"allowed", "reason", "policy", "required_scopes", "account", "trace"}


@pytest.fixture(autouse=True)
def portals() -> None:
    PortalProfile.objects.create(name="hq", host="portal.example.com", username="svc", default=True)
    Policy.objects.create(
        name="HR is private", effect="deny", tools=["*"], paths=["/HR/**"], except_subjects=["usr_olga", "usr_pia"]
    )


def run(*arguments: str) -> tuple[int, str, str]:
    out, err, code = StringIO(), StringIO(), 0
    try:
        call_command("explain_access", *arguments, stdout=out, stderr=err)
    except SystemExit as stop:
        code = int(str(stop.code))
    return code, out.getvalue(), err.getvalue()


def as_json(*arguments: str) -> tuple[int, dict[str, Any]]:
    code, out, _ = run(*arguments, "--json")
    return code, json.loads(out)


def test_what_is_allowed_ends_with_0_and_names_its_policy() -> None:
    code, found = as_json(*READERS, "--portal", "hq", "--tenant", "-", "--path", "/Docs")
    assert code == 0
    assert found.keys() == KEYS
    assert (found["allowed"], found["policy"], found["reason"]) == (True, "Readers", None)


def test_what_a_deny_closes_ends_with_1_and_names_it() -> None:
    code, found = as_json(*READERS, "--portal", "hq", "--tenant", "-", "--path", "/HR/Pay", "--subject", "usr_bob")
    assert code == 1
    assert found["reason"] == "denied_by_policy"
    assert found["policy"] == "HR is private"
    first = found["trace"][0]
    assert first == {"policy": "HR is private", "effect": "deny", "matched": True, "failed_on": None}


def test_a_spared_subject_is_allowed_and_the_ladder_says_why() -> None:
    asked = (*READERS, "--portal", "hq", "--tenant", "-", "--path", "/HR/Pay", "--subject", "usr_olga")
    assert as_json(*asked)[0] == 0
    code, out, _ = run(*asked)
    assert code == 0
    assert "Spares subject usr_olga by name." in out


def test_a_missing_scope_is_told_with_what_would_suffice() -> None:
    code, found = as_json(*READERS, "--tenant", "acme")
    assert (code, found["reason"], found["policy"]) == (1, "missing_scope", None)
    assert found["required_scopes"] == ["ctera:admin"]
    assert run(*READERS, "--tenant", "acme")[1].startswith("Denied (missing_scope): ")


def test_the_tool_may_be_given_without_its_prefix() -> None:
    assert as_json("--scopes", "ctera:read", "--tool", "list_dir") == as_json(*READERS[:1], "ctera:read", *READERS[2:])


def test_an_unknown_tool_ends_with_2_and_near_names() -> None:
    code, out, err = run("--scopes", "ctera:read", "--tool", "list_dri", "--json")
    assert code == 2
    assert json.loads(out)["reason"] == "unknown_tool"
    assert "Did you mean ctera_portal_list_dir" in err


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (["--portal", "nowhere"], "--portal: There is no portal nowhere"),
        (["--path", "/a/../b"], "--path: "),
        (["--at", "tomorrow"], "--at: Write the time"),
    ],
    ids=str,
)
def test_what_cannot_be_a_call_ends_with_2_and_names_the_option(wrong: list[str], named: str) -> None:
    code, out, err = run(*READERS, *wrong)
    assert (code, out) == (2, "")
    assert named in err


def test_an_omitted_who_matches_only_policies_for_everyone() -> None:
    Policy.objects.filter(name="Readers").update(subjects=["usr_*"])
    assert run(*READERS, "--tenant", "-")[0] == 1
    assert run(*READERS, "--tenant", "-", "--subject", "usr_1")[0] == 0


def test_an_omitted_path_means_some_path() -> None:
    code, out, _ = run(*READERS, "--portal", "hq", "--tenant", "-")
    assert code == 0
    assert "some path" in out
    assert "For example on portal hq, global administration, path /" in out


def test_the_time_of_the_call_counts() -> None:
    Policy.objects.filter(name="Readers").update(valid_until="2027-01-01T00:00Z")
    assert run(*READERS, "--at", "2026-12-31T23:59")[0] == 0
    code, out, _ = run(*READERS, "--at", "2027-01-01T00:00")
    assert code == 1
    assert "Ended 2027-01-01 00:00 UTC; the call is at 2027-01-01 00:00 UTC." in out


def test_the_ladder_marks_what_decided_and_counts_what_is_about_other_tools() -> None:
    _, out, _ = run(*READERS, "--portal", "hq", "--tenant", "-")
    assert "=> allow" in out
    assert "Needs ctera:admin; the token grants ctera:read and user:read." in out
    assert "and 1 about other tools or switched off" in out


def test_a_scope_without_a_row_and_a_missing_portal_are_noted() -> None:
    PortalProfile.objects.all().delete()
    code, _, err = run("--scopes", "made:up", "--tool", "list_dir")
    assert code == 1
    assert "There is no scope made:up here" in err
    assert "There is no enabled portal" in err


def test_what_was_just_saved_counts_at_once() -> None:
    Policy.objects.filter(name="HR is private").update(enabled=False)
    code, out, _ = run(*READERS, "--portal", "hq", "--tenant", "-", "--path", "/HR/Pay")
    assert code == 0
    assert "and 2 about other tools or switched off" in out
