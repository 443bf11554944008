"""The audit by command: verified, exported and pruned, with exit codes 0, 1 and 2; each leaves its own event."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from oauth.auditing import DESK
from oauth.models import AuditEvent, AuditMark
from tests.oauth.audit_world import attackers, record, remove, stored
from tests.oauth.test_admin_audit import event

pytestmark = pytest.mark.django_db
OLD = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh() -> None:
    DESK.forget()


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    settings.AUDIT_CHECKPOINT_FILE = str(tmp_path / "checkpoints.jsonl")
    return tmp_path / "checkpoints.jsonl"


def run(name: str, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command."""
    out, err = StringIO(), StringIO()
    try:
        call_command(name, *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue(), err.getvalue()
    except CommandError as refused:
        return refused.returncode, out.getvalue(), str(refused)
    return 0, out.getvalue(), err.getvalue()


def young(number: int) -> Any:
    return record(number)._replace(time=datetime.now(UTC))


def aged(number: int) -> Any:
    return record(number)._replace(time=OLD + timedelta(minutes=number))


def test_what_holds_is_said_to_hold(file: Path) -> None:
    stored(*map(record, range(5)))
    stored(*map(record, range(3)))
    code, out, err = run("verify_audit")
    assert (code, out, err) == (0, "8 events in 2 streams: all hold.\n", "")


def test_the_first_broken_row_of_each_stream_is_named() -> None:
    one, other, whole = (stored(*map(record, range(9))) for _ in range(3))
    attackers(stream=one.name, sequence__in=[4, 7]).update(outcome="ok", subject="usr_mallory")
    remove(stream=other.name, sequence__in=[2, 6])
    number = AuditEvent.objects.get(stream=one.name, sequence=4).pk
    code, out, _ = run("verify_audit")
    assert code == 1
    assert f"BROKEN stream {one.name}: row 4 (event {number}): it is not the row that was sealed here" in out
    assert f"BROKEN stream {other.name}: row 2 (event " in out
    assert "rows 2 to 2 are missing before this one" in out
    assert whole.name not in out
    assert out.count("BROKEN") == 2


def test_two_rows_that_changed_places_are_found() -> None:
    stream = stored(*map(record, range(5)))
    rows = attackers(stream=stream.name)
    rows.filter(sequence=2).update(sequence=99)
    rows.filter(sequence=3).update(sequence=2)
    rows.filter(sequence=99).update(sequence=3)
    code, out, _ = run("verify_audit")
    assert code == 1
    assert "row 2" in out


def test_a_cut_end_is_found_by_the_mark_in_the_database_and_by_the_file_when_that_is_gone_too(file: Path) -> None:
    stream = stored(*map(record, range(5)))
    remove(stream=stream.name, sequence__gte=4)
    code, out, _ = run("verify_audit")
    assert (code, "rows 4 to 5 are missing at the end" in out) == (1, True)
    AuditMark.objects.all().delete()
    remove(stream=stream.name)
    code, out, _ = run("verify_audit")
    assert (code, f"BROKEN stream {stream.name}: row 1: rows 1 to 5 are missing" in out) == (1, True)
    file.unlink()
    assert run("verify_audit")[0] == 2


def test_a_row_whose_columns_cannot_be_read_is_named_not_stumbled_over() -> None:
    stream = stored(*map(record, range(5)))
    attackers(stream=stream.name, sequence=3).update(sequence=None)
    code, out, _ = run("verify_audit", "--json")
    broken = json.loads(out)["streams"][0]["broken"]
    assert (code, broken["fault"]) == (1, "unreadable")


def test_events_from_before_the_chains_are_unchained_and_later_ones_are_strays() -> None:
    AuditEvent.objects.bulk_create([event(1)])
    stored(record(1))
    code, _, err = run("verify_audit")
    assert code == 0
    assert "1 events are from before the chains (unchained)" in err
    (late,) = AuditEvent.objects.bulk_create([event(2)])
    code, out, _ = run("verify_audit")
    assert (code, f"BROKEN event {late.pk} is outside every chain" in out) == (1, True)


def test_a_line_of_the_file_that_is_no_checkpoint_and_one_that_was_forged_are_found(file: Path) -> None:
    stored(record(1))
    whole = file.read_text()
    file.write_text(whole + "{}\n")
    assert "no checkpoint in line 2" in run("verify_audit")[1]
    file.write_text(whole.replace('"sequence":1', '"sequence":0'))
    assert "mark at row 0 is not signed by its key" in run("verify_audit")[1]


def test_a_retired_key_is_asked_for_by_its_id(settings: Any) -> None:
    stored(record(1))
    kept = settings.AUDIT_KEYS
    settings.AUDIT_KEYS = ["another-another-another-another-another"]
    code, out, _ = run("verify_audit")
    assert (code, "put the retired key behind the others in AUDIT_KEYS" in out) == (1, True)
    settings.AUDIT_KEYS = ["another-another-another-another-another", *kept]
    assert run("verify_audit")[0] == 0


def test_verifying_says_what_cannot_be_proved(settings: Any) -> None:
    settings.AUDIT_KEYS = []
    _, _, err = run("verify_audit")
    assert "No checkpoint outside the database" in err
    assert "AUDIT_KEYS is not set" in err


def test_pruning_removes_what_is_old_and_leaves_the_rest_verifiable(file: Path) -> None:
    stream = stored(*map(aged, range(6)), *map(young, range(6, 9)))
    gone = stored(*map(aged, range(4)))
    AuditEvent.objects.bulk_create([event(1)])
    attackers(stream="").update(time=OLD, id=0)
    code, out, _ = run("prune_audit", "--older-than", "30", "--json")
    facts = json.loads(out)
    assert (code, facts["removed"], facts["unchained"]) == (0, 11, 1)
    assert facts["streams"] == {stream.name: 6, gone.name: 4}
    assert run("verify_audit")[:2] == (0, "4 events in 3 streams: all hold.\n")
    pruning = AuditEvent.objects.get(kind="prune")
    assert (pruning.issuer, pruning.details["including_broken"]) == ("command", False)
    remove(stream=stream.name, sequence=7)
    assert run("verify_audit")[0] == 1


def test_a_stream_goes_on_behind_its_mark_and_is_pruned_again() -> None:
    stored(*map(aged, range(3)), mark=None)
    run("prune_audit", "--older-than", "30")
    assert run("prune_audit", "--older-than", "30", "--json")[0] == 0
    assert run("verify_audit")[0] == 0


def test_nothing_young_goes_even_when_it_stands_before_something_old() -> None:
    stored(aged(1), young(2), aged(3))
    run("prune_audit", "--older-than", "30")
    assert list(AuditEvent.objects.filter(kind="call").order_by("id").values_list("sequence", flat=True)) == [2, 3]
    assert run("verify_audit")[0] == 0


def test_a_broken_stream_is_evidence_and_stays_unless_asked() -> None:
    stream = stored(*map(aged, range(3)))
    attackers(stream=stream.name, sequence=2).update(subject="usr_mallory")
    code, _, err = run("prune_audit", "--older-than", "30")
    assert (code, "Left alone, since it is evidence" in err) == (1, True)
    assert AuditEvent.objects.filter(stream=stream.name).count() == 3
    assert run("prune_audit", "--older-than", "30", "--including-broken")[0] == 0
    assert not AuditEvent.objects.filter(stream=stream.name).exists()


@pytest.mark.parametrize("days", ["0", "-1", "x", "1.5", "99999999999999999999"])
def test_an_age_that_is_none_removes_nothing(days: str) -> None:
    stored(aged(1))
    with pytest.raises(CommandError, match="whole number of days"):
        call_command("prune_audit", f"--older-than={days}")
    assert AuditEvent.objects.count() == 1


def test_an_export_is_lines_of_json_filtered_and_recorded() -> None:
    stored(
        record(0),
        record(1, subject="usr_bob", portal="branch"),
        record(2, subject="usr_bob", outcome="denied", reason="no_policy"),
        record(3, subject="usr_bob", tool="ctera_portal_who_am_i"),
    )

    def exported(*options: str) -> list[str]:
        code, out, _ = run("export_audit", *options)
        assert code == 0
        return [row["decision"] for row in map(json.loads, out.splitlines()) if row["kind"] == "call"]

    assert exported() == ["D-0", "D-1", "D-2", "D-3"]
    assert exported("--subject", "usr_bob") == ["D-1", "D-2", "D-3"]
    assert exported("--tool", "list_dir", "--subject", "usr_bob") == ["D-1", "D-2"]
    assert exported("--portal", "branch") == ["D-1"]
    assert exported("--outcome", "denied") == ["D-2"]
    since, until = (f"{record(n).time:%Y-%m-%dT%H:%M:%S}" for n in (0, 2))
    assert exported("--since", since, "--until", until) == ["D-0", "D-1"]
    told = AuditEvent.objects.filter(kind="export").order_by("id").values_list("details", flat=True)
    assert list(told)[1:4] == [
        {"subject": "usr_bob"},
        {"subject": "usr_bob", "tool": "ctera_portal_list_dir"},
        {"portal": "branch"},
    ]
    assert run("verify_audit")[0] == 0


def test_an_export_into_a_file_never_replaces_one(tmp_path: Path) -> None:
    stored(record(0))
    target = tmp_path / "audit.jsonl"
    assert run("export_audit", "--output", str(target))[0] == 0
    assert len(target.read_text().splitlines()) == 2
    assert target.stat().st_mode & 0o077 == 0
    assert run("export_audit", "--output", str(target))[0] == 2
    assert run("export_audit", "--since", "yesterday")[0] == 2


def test_nothing_is_exported_that_cannot_be_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    stored(record(0))

    def gone(*_: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("oauth.auditing.insert_events", gone)
    code, out, err = run("export_audit")
    assert (code, out) == (2, "")
    assert err == "The database cannot be used (OperationalError). Check DATABASE_URL.\n"
    assert run("prune_audit", "--older-than", "1")[0] == 2
    assert AuditEvent.objects.count() == 1
