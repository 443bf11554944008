"""`import_config` and `export_config` end with 0 for good, 1 for bad and 2 for misuse, and say what they did."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from pytest_django import Settings

from oauth.models import Policy
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db
GOOD = "version: 1\nportals:\n  - {name: hq, host: h, username: u, password: portal-secret}\n"
CHANGE = "version: 1\npolicies:\n  - {name: Readers, enabled: false}\n"


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Run import_config on a text; gives exit code, standard output and standard error."""

    def run(text: str, *options: str) -> tuple[int, str, str]:
        file = tmp_path / "c.yaml"
        file.write_text(text)
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("import_config", str(file), *options, stdout=out, stderr=err)
        except SystemExit as end:
            return int(str(end.code)), out.getvalue(), err.getvalue()
        return 0, out.getvalue(), err.getvalue()

    return run


def test_a_good_file_is_applied_and_its_difference_printed(run: Any) -> None:
    code, out, _ = run(CHANGE)
    assert code == 0
    assert out == "~ policy Readers\n    enabled: true -> false\n"
    assert not Policy.objects.get(name="Readers").enabled


def test_a_file_that_changes_nothing_says_so(run: Any) -> None:
    run(CHANGE)
    assert run(CHANGE) == (0, "Nothing to change.\n", "")


def test_a_dry_run_ends_well_and_changes_nothing(run: Any) -> None:
    code, out, _ = run(CHANGE, "--dry-run")
    assert (code, out) == (0, "~ policy Readers\n    enabled: true -> false\n")
    assert Policy.objects.get(name="Readers").enabled


def test_check_ends_badly_when_file_and_database_differ(run: Any) -> None:
    assert run(CHANGE, "--check")[0] == 1
    assert Policy.objects.get(name="Readers").enabled
    run(CHANGE)
    assert run(CHANGE, "--check")[0] == 0


def test_a_bad_file_ends_badly_with_every_fault_on_standard_error(run: Any) -> None:
    code, out, err = run("version: 1\nportals:\n  - {name: hq, host: 'https://h', username: u, port: 0}\n")
    assert (code, out) == (1, "")
    assert "c.yaml:3: host: Enter a host name" in err
    assert "c.yaml:3: port: " in err


def test_a_file_that_is_not_there_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as end:
        call_command("import_config", str(tmp_path / "none.yaml"), stderr=io.StringIO())
    assert end.value.code == 2


def test_a_file_that_is_not_text_is_misuse(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(SystemExit) as end:
        call_command("import_config", str(tmp_path / "c.yaml"), stderr=io.StringIO())
    assert end.value.code == 2


def test_an_unknown_option_is_misuse() -> None:
    with pytest.raises(CommandError, match="unrecognized arguments: --nonsense"):
        call_command("import_config", "c.yaml", "--nonsense")


def test_json_tells_the_changes_that_text_tells(run: Any) -> None:
    code, out, _ = run(CHANGE, "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["applied"], told["faults"]) == (True, [])
    assert told["changes"] == [
        {
            "kind": "policy",
            "name": "Readers",
            "action": "changed",
            "fields": [{"field": "enabled", "before": True, "after": False}],
        }
    ]
    code, out, err = run(CHANGE.replace("false", "maybe"), "--json")
    told = json.loads(out)
    assert (code, err, told["applied"]) == (1, "", False)
    assert told["faults"][0].endswith("c.yaml:3: enabled: must be true or false.")


def test_the_file_can_come_by_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(GOOD))
    call_command("import_config", "-", stdout=io.StringIO())
    assert PortalProfile.objects.get().name == "hq"


def test_a_password_can_come_from_the_environment(run: Any, settings: Settings) -> None:
    text = GOOD.replace("portal-secret", "{env: CTERA_HQ_PASSWORD}")
    code, _, err = run(text)
    assert code == 1
    assert "password: the environment variable CTERA_HQ_PASSWORD is not set." in err
    settings.ENVIRONMENT.variables["CTERA_HQ_PASSWORD"] = "portal-secret"
    try:
        assert run(text)[0] == 0
        assert run(GOOD) == (0, "Nothing to change.\n", "")
    finally:
        del settings.ENVIRONMENT.variables["CTERA_HQ_PASSWORD"]


def test_no_output_holds_the_password(run: Any) -> None:
    code, out, err = run(GOOD)
    exported = io.StringIO()
    call_command("export_config", stdout=exported)
    assert code == 0
    assert "portal-secret" not in out + err + exported.getvalue()
    assert PortalProfile.objects.get().sealed_password not in out + err + exported.getvalue()


def test_export_writes_what_import_reads_in_either_form(run: Any, tmp_path: Path) -> None:
    run(GOOD)
    as_json, file = io.StringIO(), tmp_path / "out.yaml"
    call_command("export_config", "--json", stdout=as_json)
    call_command("export_config", "--output", str(file))
    assert json.loads(as_json.getvalue()) == yaml.safe_load(file.read_text())
    assert run(file.read_text()) == (0, "Nothing to change.\n", "")
    assert run(as_json.getvalue()) == (0, "Nothing to change.\n", "")


def test_an_export_that_cannot_be_written_is_misuse(tmp_path: Path) -> None:
    err = io.StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("export_config", "--output", str(tmp_path / "none" / "c.yaml"), stderr=err)
    assert end.value.code == 2
    assert "cannot be written" in err.getvalue()


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_what_lint_finds_in_the_policies_of_the_file_is_told_beside_the_difference(
    run: Any, options: tuple[str, ...]
) -> None:
    policy = "{name: Late, effect: allow, scopes: [user:read], toolsets: [read], portals: [nowhere]}"
    code, out, err = run(f"version: 1\npolicies:\n  - {policy}\n", *options)
    assert code == 0
    assert "+ policy Late" in out
    assert "Late: no portal is called nowhere" in out + err
