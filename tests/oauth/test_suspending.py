"""Suspensions as rows: validated, signed, ended rather than deleted, and read into the snapshot while in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils import timezone

from oauth import configuration, reading
from oauth.models import Suspension
from oauth.selectors import policy_revision, suspensions_in_force
from oauth.snapshots import load_snapshot
from oauth.suspending import amend, command_author, notes, resume, suspend, until_of
from oauth.suspensions import Level
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db


def new(level: str = "subject", value: str = "usr_1", **more: Any) -> Suspension:
    return Suspension(**{"level": level, "value": value, "reason": "laptop lost", **more})


def fields_of(row: Suspension) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as refused:
        suspend(row, author="olga")
    return refused.value.message_dict


def later(**span: float) -> datetime:
    return timezone.now() + timedelta(**span)


def test_a_suspension_is_signed_moves_the_revision_and_is_in_the_next_snapshot() -> None:
    olga, before = User.objects.create_user("olga"), policy_revision()
    row = suspend(new(until=later(hours=1)), author="olga", user=olga)
    assert policy_revision() > before
    record = row.history.get()
    assert (record.history_type, record.history_user, row.author) == ("+", olga, "olga")
    found = load_snapshot().suspensions.stops[Level.SUBJECT, "usr_1"]
    assert row.until is not None
    assert (found.number, found.reason, found.until) == (row.pk, "laptop lost", row.until.timestamp())


def test_resuming_keeps_the_row_and_says_who_and_when() -> None:
    olga = User.objects.create_user("olga")
    row, before = suspend(new(), author="manage.py suspend"), policy_revision()
    assert resume([row], author="olga", user=olga) == [row]
    assert policy_revision() > before
    row.refresh_from_db()
    assert row.ended_by == "olga"
    assert row.ended_at is not None
    assert reading.state(row).startswith("lifted by olga on ")
    assert [record.history_type for record in row.history.all()] == ["~", "+"]
    assert row.history.first().history_user == olga
    assert not load_snapshot().suspensions


def test_resuming_twice_changes_nothing_the_second_time() -> None:
    row = suspend(new(), author="olga")
    resume([row], author="olga")
    before = policy_revision()
    assert resume([row], author="mallory") == []
    assert Suspension.objects.get(pk=row.pk).ended_by == "olga"
    assert policy_revision() == before


def test_what_is_over_is_neither_in_force_nor_resumed() -> None:
    row = suspend(new(until=later(hours=1)), author="olga")
    Suspension.objects.filter(pk=row.pk).update(until=later(seconds=-1))
    row.refresh_from_db()
    assert not suspensions_in_force().exists()
    assert not load_snapshot().suspensions
    assert resume([row], author="olga") == []
    assert reading.state(row).startswith("over since ")


@pytest.mark.parametrize(
    ("change", "field", "remedy"),
    [
        ({"level": "planet"}, "level", "There is no level planet"),
        ({"value": ""}, "value", "needs a value"),
        ({"level": "everything"}, "value", "needs no value"),
        ({"reason": ""}, "reason", "cannot be blank"),
        ({"reason": "two\nlines"}, "reason", "one line"),
        ({"reason": "x" * 301}, "reason", "at most 300"),
        ({"until": datetime(2020, 1, 1, tzinfo=UTC)}, "until", "Must be in the future"),
        ({"until": "soon"}, "until", "invalid format"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(change: dict[str, Any], field: str, remedy: str) -> None:
    before = policy_revision()
    assert remedy in " ".join(fields_of(new(**change))[field])
    assert not Suspension.objects.exists()
    assert policy_revision() == before


def test_a_tool_may_be_named_without_the_prefix_that_all_have() -> None:
    assert suspend(new("tool", "list_dir"), author="olga").value == "ctera_portal_list_dir"
    assert suspend(new("tool", "gone"), author="olga").value == "gone"


def test_reason_and_end_can_be_amended_but_not_what_is_stopped() -> None:
    row = suspend(new(), author="olga")
    row.reason, row.until = "found again", later(hours=1)
    assert amend(row).history.count() == 2
    row.value = "usr_2"
    with pytest.raises(ValidationError) as refused:
        amend(row)
    assert "resume this one and make another" in str(refused.value.message_dict["level"])


def test_what_has_ended_does_not_come_back() -> None:
    row = suspend(new(), author="olga")
    resume([row], author="olga")
    row.refresh_from_db()
    row.ended_at, row.ended_by = None, ""
    with pytest.raises(ValidationError, match="has ended: make another"):
        amend(row)


def test_names_that_nothing_has_are_told_and_stop_nothing_yet() -> None:
    PortalProfile.objects.create(name="headquarters", host="h", username="u")
    unknown = suspend(new("portal", "headquarter"), author="olga")
    assert notes(unknown) == [
        "No portal is called headquarter: this stops nothing until one is. Did you mean headquarters?"
    ]
    assert "Did you mean ctera_portal_list_dir?" in notes(suspend(new("tool", "ctera_portal_list_dirs"), author="o"))[0]
    assert notes(suspend(new("portal", "headquarters"), author="olga")) == []


def test_a_pattern_is_told_to_be_none_and_a_twin_is_named() -> None:
    first = suspend(new(value="usr_*"), author="olga")
    assert notes(first) == ["The value is compared exactly; * stands for nothing but itself."]
    second = suspend(new(value="usr_*"), author="olga")
    assert f"also suspended by {first.pk}" in notes(second)[-1]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30m", 1800), ("2h", 7200), ("1d", 86400), ("1w", 604800), ("45s", 45), ("1d12h", 129600), (" 2H ", 7200)],
)
def test_an_end_can_be_a_span_from_now(text: str, seconds: int) -> None:
    assert abs((until_of(text) - timezone.now()).total_seconds() - seconds) < 5


@pytest.mark.parametrize(
    "text", ["2030-01-31T18:00Z", "2030-01-31T18:00", "2030-01-31 18:00:00", "2030-01-31T20:00+02:00"]
)
def test_an_end_can_be_a_time_in_utc_unless_it_says_otherwise(text: str) -> None:
    assert until_of(text) == datetime(2030, 1, 31, 18, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "30", "h", "2030-01-31", "2030-13-01T00:00", "999999w", "-5m"])
def test_what_is_no_end_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        until_of(text)
    assert "30m, 2h or 1d" in str(refused.value.message_dict["until"])


def test_a_command_signs_with_its_name_and_the_account_that_ran_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "olga")
    assert command_author("suspend") == "olga (manage.py suspend)"

    def nobody() -> str:
        raise OSError("no such account")

    monkeypatch.setattr("getpass.getuser", nobody)
    assert command_author("suspend") == "manage.py suspend"


def test_the_configuration_file_carries_no_suspensions() -> None:
    row = suspend(new(), author="olga")
    document = configuration.export()
    assert set(document) == {"version", "portals", "scopes", "policies", "tests"}
    configuration.apply(configuration.parse(configuration.as_yaml(document), "c.yaml"), "c.yaml", prune=True)
    assert list(suspensions_in_force()) == [row]


def test_a_level_left_empty_is_asked_for_and_told_nothing_else() -> None:
    with pytest.raises(ValidationError) as refused:
        new(level="", value="").full_clean()
    assert refused.value.message_dict == {"level": ["This field cannot be blank."]}
