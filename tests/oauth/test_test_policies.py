"""`manage.py test_policies` holds the policies, or those of a file, against their tests, and says by its exit code."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command

from oauth.configuration import apply_text, as_yaml, export
from oauth.configuration_offline import offline
from oauth.expectations import run as run_tests
from oauth.models import Policy, PolicyTest
from oauth.policy_tests import as_expectation
from oauth.snapshots import load_snapshot
from tests.simulators.stack import manage

AT_HQ = {"portal": "hq", "tenant": "-"}
FILE: dict[str, Any] = {
    "version": 1,
    "portals": [
        {"name": "hq", "host": "portal.example.com", "username": "svc", "default": True},
        {
            "name": "own", "host": "portal.example.com", "username": "svc", "identity": "caller", "tenant": "acme",
            "dns_suffix": "example.com", "accounts": {"usr_1": "alice"},
        },
    ],
    "scopes": [{"name": "ctera:all", "implies": ["ctera:read"]}, {"name": "ctera:read"}],
    "policies": [
        {"name": "Readers", "effect": "allow", "scopes": ["ctera:read"], "toolsets": ["read"]},
        {"name": "HR is closed", "effect": "deny", "tools": ["*"], "paths": ["/HR/**"]},
    ],
    "tests": [
        {"name": "docs", "tool": "list_dir", "scopes": ["ctera:all"], **AT_HQ, "paths": ["/Docs"]},
        {
            "name": "hr", "tool": "list_dir", "scopes": ["ctera:read"], **AT_HQ, "paths": ["/HR/x"],
            "expected": "deny", "policy": "HR is closed",
        },
        {"name": "own", "tool": "list_dir", "scopes": ["ctera:read"], "subject": "usr_1", "portal": "own"},
    ],
}  # fmt: skip


def command(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(stdin))
        try:
            call_command("test_policies", *arguments, stdout=out, stderr=err)
            code = 0
        except SystemExit as ended:
            code = int(str(ended.code))
    return code, out.getvalue(), err.getvalue()


def with_change(section: str, number: int, **values: Any) -> str:
    document = json.loads(json.dumps(FILE))
    document[section][number] |= values
    return yaml.safe_dump(document)


def test_a_file_is_tested_without_a_database(tmp_path: Path) -> None:
    """No test of a database stands here: pytest-django lets none be asked."""
    file = tmp_path / "c.yaml"
    file.write_text(yaml.safe_dump(FILE))
    code, out, err = command("--file", str(file))
    assert (code, err) == (0, "")
    assert out == (
        "ok    docs  allowed by Readers\nok    hr    denied by HR is closed\nok    own   allowed by Readers\n"
        "3 tests, all pass.\n"
    )


def test_a_failing_test_of_a_file_ends_with_1_and_says_why() -> None:
    code, out, _ = command("--file", "-", stdin=with_change("policies", 1, enabled=False))
    assert code == 1
    assert "FAIL  hr    allowed by Readers, but should be denied\n" in out
    assert out.endswith("3 tests, 1 fail.\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (with_change("policies", 0, toolsets=["raed"]), "stdin:"),
        (with_change("policies", 0, toolsets=["raed"]), "There is no toolset raed"),
        (with_change("scopes", 1, implies=["ctera:all"]), "A scope cannot imply itself"),
        (with_change("scopes", 1, implies=["gone"]), "There is no scope gone in this file"),
        (with_change("scopes", 1, name="a b"), "printable ASCII"),
        (with_change("portals", 0, port=0), "port:"),
        (with_change("tests", 0, tool="list_dri"), "Did you mean"),
        (with_change("tests", 0, expected="maybe"), "expected:"),
        (with_change("tests", 0, word="x"), "is not known here"),
        (with_change("tests", 0, at="2026-01-01"), "a time with its zone"),
        ("version: 2\n", "version: must be 1"),
    ],
)
def test_a_file_that_could_not_be_applied_is_misuse_and_told_by_line(text: str, words: str) -> None:
    code, out, err = command("--file", "-", stdin=text)
    assert (code, out) == (2, "")
    assert words in err


def test_a_file_that_is_not_there_is_misuse(tmp_path: Path) -> None:
    code, _, err = command("--file", str(tmp_path / "none.yaml"))
    assert (code, "cannot be read (FileNotFoundError)" in err) == (2, True)


def test_a_pipeline_needs_no_settings_to_test_a_file() -> None:
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull}
    done = manage(environment, "test_policies", "--file", "-", stdin=yaml.safe_dump(FILE))
    assert done.stdout.endswith("3 tests, all pass.\n")


@pytest.mark.django_db
def test_the_file_alone_comes_to_the_same_as_the_file_applied() -> None:
    text = yaml.safe_dump(FILE)
    snapshot, tests = offline(text, "c.yaml")
    Policy.objects.all().delete()  # of a row that is there, a file changes what it names alone
    apply_text(text, "c.yaml", prune=True)
    rows = [as_expectation(row) for row in PolicyTest.objects.order_by("name")]
    told = [(each.test.name, each.says) for each in run_tests(load_snapshot(), rows, 0.0)]
    assert told == [(each.test.name, each.says) for each in run_tests(snapshot, tests, 0.0)]
    assert command("--file", "-", stdin=as_yaml(export()))[0] == 0


@pytest.mark.django_db
def test_the_policies_as_they_are_are_tested_and_programs_read_it() -> None:
    Policy.objects.all().delete()
    apply_text(yaml.safe_dump(FILE), "c.yaml")
    assert command()[0] == 0
    Policy.objects.filter(name="HR is closed").update(name="HR")
    code, out, _ = command("--json")
    told = json.loads(out)
    assert (code, told["passed"]) == (1, False)
    assert told["tests"][1] == {
        "name": "hr", "passed": False, "expected": "deny", "expected_policy": "HR is closed", "found": "deny",
        "policy": "HR", "reason": "denied_by_policy", "says": "denied by HR, but HR is closed should decide",
    }  # fmt: skip


@pytest.mark.django_db
def test_without_tests_all_is_well_and_it_is_said() -> None:
    code, out, err = command()
    assert (code, out) == (0, "0 tests, all pass.\n")
    assert "There are no tests" in err


@pytest.mark.django_db
def test_import_tells_of_tests_that_fail_by_the_file() -> None:
    apply_text(yaml.safe_dump(FILE), "c.yaml")
    outcome = apply_text(with_change("policies", 1, enabled=False), "c.yaml", keep=False)
    assert "test hr fails: allowed by Readers, but should be denied." in outcome.notes
    assert "changed" in {each.action for each in outcome.differences}


@pytest.mark.django_db
def test_prune_removes_tests_that_the_section_does_not_name() -> None:
    apply_text(yaml.safe_dump(FILE), "c.yaml")
    outcome = apply_text(yaml.safe_dump({"version": 1, "tests": FILE["tests"][:1]}), "c.yaml", prune=True)
    assert [(each.kind, each.name, each.action) for each in outcome.differences] == [
        ("test", "hr", "removed"),
        ("test", "own", "removed"),
    ]
