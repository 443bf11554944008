"""`suspend` and `resume` end with 0 for good, 1 for bad and 2 for misuse, and say what to do next."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from oauth.models import Suspension
from oauth.selectors import suspensions_in_force

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*arguments, stdout=out, stderr=err)
    except CommandError as refused:
        return refused.returncode, out.getvalue(), err.getvalue() + str(refused)
    return 0, out.getvalue(), err.getvalue()


def suspend(*arguments: str, reason: str = "laptop lost") -> Suspension:
    assert run("suspend", *arguments, "--reason", reason)[0] == 0
    return Suspension.objects.latest("pk")


def values(rows: Any) -> list[tuple[str, str]]:
    return [(row.level, row.value) for row in rows]


def test_without_a_level_everything_is_stopped() -> None:
    code, out, err = run("suspend", "--reason", "intrusion")
    assert (code, err) == (0, "")
    row = suspensions_in_force().get()
    assert (row.level, row.value, row.until) == ("everything", "", None)
    assert f"Suspended: {row.pk}, everything, by " in out
    assert "until it is resumed: intrusion. Every worker stops it within a second." in out
    assert f"Lift it with: manage.py resume {row.pk}" in out


def test_one_subject_is_stopped_for_a_while() -> None:
    code, out, _ = run("suspend", "subject", "usr_1", "--reason", "laptop lost", "--until", "2h", "--json")
    assert code == 0
    found = json.loads(out)
    assert found["notes"] == []
    shown = found["suspended"]
    assert (shown["level"], shown["value"], shown["reason"]) == ("subject", "usr_1", "laptop lost")
    assert shown["until"].endswith("+00:00")
    assert shown["ended_at"] is None
    assert shown["author"].endswith("(manage.py suspend)")


def test_an_unknown_portal_is_suspended_with_a_warning() -> None:
    code, _, err = run("suspend", "portal", "lab", "--reason", "r")
    assert code == 0
    assert "No portal is called lab: this stops nothing until one is." in err


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["subjct", "usr_1", "--reason", "r"], "Did you mean subject?"),
        (["usr_1", "--reason", "r"], "a client id exactly as in the token"),
        (["subject", "--reason", "r"], "value: Level subject needs a value"),
        (["writes", "hq", "--reason", "r"], "value: Leave this empty"),
        (["writes", "--reason", " "], "reason: This field cannot be blank."),
        (["writes", "--reason", "two\nlines"], "reason: Use one line of text"),
        (["writes", "--reason", "r", "--until", "soon"], "until: soon: is no end. Write a span such as 30m"),
        (["writes", "--reason", "r", "--until", ""], "until: : is no end."),
        (["writes", "--reason", "r", "--until", "0m"], "until: Must be in the future"),
        (["writes", "--reason", "r", "--until", "2020-01-01T00:00Z"], "until: Must be in the future"),
        (["writes"], "--reason"),
    ],
)
def test_misuse_ends_with_2_says_the_remedy_and_stops_nothing(arguments: list[str], remedy: str) -> None:
    code, out, err = run("suspend", *arguments)
    assert (code, out) == (2 if "--reason" in arguments else 1, "")  # argparse ends with 2 when it is a process
    assert remedy in err
    assert not Suspension.objects.exists()


def test_resuming_by_number_lifts_that_suspension_and_lists_the_others() -> None:
    row, other = suspend("subject", "usr_1"), suspend("writes")
    code, out, _ = run("resume", str(row.pk))
    assert code == 0
    assert f"Resumed: {row.pk}, subject usr_1" in out
    assert f"In force:\n  {other.pk}, writes" in out
    row.refresh_from_db()
    assert row.ended_by.endswith("(manage.py resume)")


def test_resuming_by_level_and_value_lifts_every_twin_and_nothing_else() -> None:
    suspend("subject", "usr_1"), suspend("subject", "usr_1"), suspend("subject", "usr_2")
    assert run("resume", "subject", "usr_1")[0] == 0
    assert values(suspensions_in_force()) == [("subject", "usr_2")]


def test_resuming_a_tool_by_its_short_name_and_everything_by_its_level() -> None:
    suspend("tool", "list_dir")
    suspend()
    assert run("resume", "tool", "list_dir")[0] == 0
    code, out, _ = run("resume", "everything")
    assert (code, "No suspension is in force." in out) == (0, True)


def test_resuming_all_lifts_every_suspension_and_leaves_none_in_force() -> None:
    suspend("writes"), suspend("subject", "usr_1")
    code, out, _ = run("resume", "--all", "--json")
    assert code == 0
    found = json.loads(out)
    assert {row["level"] for row in found["resumed"]} == {"writes", "subject"}
    assert found["in_force"] == []


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ([], "Say which one"),
        (["writes", "--all"], "Say which one"),
        (["write"], "Did you mean writes?"),
        (["subject"], "value: Level subject needs a value"),
        (["1", "usr_1"], "a number alone names a suspension"),
    ],
)
def test_misuse_of_resume_ends_with_2_and_lifts_nothing(arguments: list[str], remedy: str) -> None:
    row = suspend("writes")
    code, out, err = run("resume", *arguments)
    assert (code, out) == (2, "")
    assert remedy in err
    assert list(suspensions_in_force()) == [row]


@pytest.mark.parametrize("arguments", [["999"], ["9" * 40], ["subject", "usr_9"]])
def test_what_is_not_suspended_cannot_be_resumed_and_what_is_is_shown(arguments: list[str]) -> None:
    row = suspend("writes")
    code, _, err = run("resume", *arguments)
    assert code == 1
    assert f"In force:\n  {row.pk}, writes" in err


def test_nothing_at_all_to_resume_is_said() -> None:
    assert run("resume", "--all") == (1, "", "There is nothing of this to resume.\nNo suspension is in force.")


def test_resuming_what_has_ended_says_who_lifted_it() -> None:
    row = suspend("writes")
    run("resume", str(row.pk))
    code, _, err = run("resume", str(row.pk))
    assert code == 1
    assert "(manage.py resume) on " in err
