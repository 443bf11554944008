"""A test of the policies passes when *Why?* would say what it expects, and says in words why it does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from oauth import explaining, suspending
from oauth.models import Policy, PolicyTest, Suspension
from oauth.policy_tests import as_expectation, delete_test, failing, run, save_test
from oauth.snapshots import load_snapshot
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world() -> None:
    Policy.objects.all().delete()
    PortalProfile.objects.create(name="hq", host="portal.example.com", username="svc", default=True)
    Policy.objects.create(name="Readers", scopes=["ctera:read"], toolsets=["read"])
    Policy.objects.create(name="HR is closed", effect="deny", tools=["*"], paths=["/HR/**"])


def made(**values: Any) -> PolicyTest:
    given = {"name": "t", "scopes": ["ctera:read"], "tool": "list_dir", "portal": "hq", "tenant": "-", **values}
    return save_test(PolicyTest(**given))


def said(**values: Any) -> str:
    row = made(**values)
    [verdict] = run(load_snapshot(), [as_expectation(row)], 1_800_000_000.0)
    assert verdict.passed is (" should " not in verdict.says and "cannot be asked" not in verdict.says)
    return verdict.says


def test_what_comes_as_expected_passes() -> None:
    assert said(paths=["/Docs"]) == "allowed by Readers"


def test_what_comes_otherwise_says_how() -> None:
    assert said(paths=["/HR/Pay"]) == "denied by HR is closed, but should be allowed"
    assert said(name="u", scopes=["other"], paths=["/Docs"]) == "denied (missing_scope), but should be allowed"


def test_the_policy_that_decides_may_be_a_part_of_what_is_expected() -> None:
    assert said(paths=["/HR/Pay"], expected="deny", policy="HR is closed") == "denied by HR is closed"
    found = said(name="u", paths=["/HR/Pay"], expected="deny", policy="Nobody")
    assert found == "denied by HR is closed, but Nobody should decide"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"portal": "gone"}, "cannot be asked: portal: There is no portal gone"),
        ({"portal": "off"}, "cannot be asked: portal: Portal off is disabled"),
    ],
)
def test_what_cannot_be_asked_fails_whatever_is_expected(values: dict[str, Any], words: str) -> None:
    PortalProfile.objects.create(name="off", host="portal.example.com", username="svc", enabled=False)
    assert said(**values).startswith(words)
    assert said(name="u", expected="deny", **values).startswith(words)


def test_a_stored_test_with_claims_that_are_refused_by_now_fails_and_stops_nothing_else() -> None:
    made(name="good", paths=["/Docs"])
    PolicyTest.objects.filter(pk=made(name="old").pk).update(claims=["account=alice", "account=bob"])
    [verdict] = failing(load_snapshot())
    assert verdict.says == "cannot be asked: claims: account is given twice: give each claim once."


def test_the_time_may_be_a_part_of_the_question() -> None:
    Policy.objects.filter(name="Readers").update(valid_until=datetime(2026, 6, 1, tzinfo=UTC))
    assert said(at=datetime(2026, 5, 31, tzinfo=UTC)).startswith("allowed")
    assert said(name="u", at=datetime(2026, 6, 1, tzinfo=UTC)).startswith("denied")
    assert said(name="v").startswith("denied"), "without a time it is asked for now"


def test_a_suspension_fails_no_test_since_it_is_no_policy() -> None:
    suspending.suspend(Suspension(level="everything", reason="drill"), author="otto")
    assert said(paths=["/Docs"]) == "allowed by Readers"


def test_a_profile_of_callers_denies_whom_it_knows_no_account_of() -> None:
    PortalProfile.objects.create(
        name="own", host="portal.example.com", username="svc", identity="caller", tenant="acme",
        dns_suffix="example.com", account_claim="account",
    )  # fmt: skip
    own = {"portal": "own", "tenant": "", "subject": "usr_1"}
    assert said(**own) == "denied (no_account), but should be allowed"
    assert said(name="u", claims=["account=alice"], **own) == "allowed by Readers"


def test_only_tests_that_are_switched_on_and_fail_are_failing() -> None:
    made(name="good", paths=["/Docs"])
    made(name="off", paths=["/HR"], enabled=False)
    made(name="bad", paths=["/HR"])
    assert [verdict.test.name for verdict in failing(load_snapshot())] == ["bad"]


@pytest.mark.parametrize("paths", [[], ["/Docs"], ["/HR"], ["/HR/Pay"]])
@pytest.mark.parametrize("scopes", [["ctera:read"], ["other"], []])
@pytest.mark.parametrize("tool", ["list_dir", "read_file", "delete_items", "who_am_i"])
@pytest.mark.parametrize("portal", ["hq", ""])
def test_a_verdict_is_what_explain_decides(portal: str, tool: str, scopes: list[str], paths: list[str]) -> None:
    row = made(portal=portal, tenant="", tool=tool, scopes=scopes, paths=[] if tool == "who_am_i" else paths)
    test = as_expectation(row)
    [verdict] = run(load_snapshot(), [test], test.asked.at)
    answer = explaining.answer(test.asked)
    assert (verdict.found == "allow", verdict.policy) == (answer.is_allowed, answer.decision.policy)


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"tool": "list_dri"}, "tool", "Did you mean"),
        ({"scopes": ["a b"]}, "scopes", "printable ASCII"),
        ({"paths": ["/a/../b"]}, "paths", r"\.\."),
        ({"tool": "who_am_i", "paths": ["/a"]}, "paths", "takes no path"),
        ({"tool": "copy_item", "paths": ["/a"]}, "paths", "give a path for each"),
        ({"claims": ["alice"]}, "claims", "name=value"),
        ({"claims": ["account=alice", "account=bob"]}, "claims", "given twice"),
        ({"scopes": "ctera:read"}, "scopes", "list of texts"),
        ({"subject": "a\u202eb"}, "subject", "invisible"),
        ({"expected": "maybe"}, "expected", "not a valid choice"),
    ],
)
def test_what_could_never_be_asked_is_not_saved(values: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as refused:
        made(**values)
    assert field in refused.value.message_dict


def test_tests_are_governed_rows_with_a_history() -> None:
    row = made()
    row.note = "why"
    save_test(row, reason="r")
    delete_test(row, reason="gone")
    history: Any = PolicyTest
    assert [record.history_type for record in history.history.order_by("history_id")] == ["+", "~", "-"]
