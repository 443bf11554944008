"""`manage.py lint_policies` prints what lint finds and ends as a pipeline needs it."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from oauth.models import Policy

pytestmark = pytest.mark.django_db


def lint(*arguments: str) -> tuple[int, str]:
    """How the command ends, and what it prints."""
    out = StringIO()
    try:
        call_command("lint_policies", *arguments, stdout=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def bring(**values: Any) -> None:
    Policy.objects.create(scopes=["user:read"], **values)


def test_the_first_policies_are_sound() -> None:
    assert lint() == (0, "Lint found nothing.\n")


def test_findings_are_printed_by_weight_with_policy_number_and_field() -> None:
    bring(name="Later", tools=["ctera_portal_list_dir"], portals=["eu"])
    bring(name="Some", toolsets=["read"], tenants=["acme"])
    code, printed = lint()
    assert code == 1
    assert "Later: (L004) portals: none of its portals is there and enabled" in printed
    assert "WARNINGS:\nLater: (L030) portals: no portal is called eu; until one is," in printed
    assert printed.index("(L004)") < printed.index("(L030)")
    assert printed.endswith("Lint found 2 (1 confirm, 1 warning).\n")


def test_hints_do_not_fail_and_the_level_decides() -> None:
    bring(name="Narrow", tools=["ctera_portal_who_am_i"], subjects=["usr_1"])
    assert lint()[0] == 0
    Policy.objects.create(name="No reading", effect="deny", scopes=["ctera:read"], toolsets=["read"])
    code, printed = lint("--fail-level", "confirm")
    assert (code, "(L040)" in printed) == (0, True)
    assert lint("--fail-level", "warning")[0] == 1


def test_json_holds_the_findings_with_code_severity_policy_and_field() -> None:
    bring(name="Später", tools=["ctera_portal_list_dir"], portals=["eu"])
    code, printed = lint("--json")
    found = json.loads(printed)["findings"]
    assert code == 1
    assert [(one["code"], one["severity"], one["policy"], one["field"]) for one in found] == [
        ("L004", "confirm", "Später", "portals"),
        ("L030", "warning", "Später", "portals"),
    ]


def test_nobody_having_any_access_is_told_of_all_policies() -> None:
    Policy.objects.all().delete()
    code, printed = lint()
    assert (code, "?: (L020) nobody can call any tool" in printed) == (1, True)


def test_a_level_that_there_is_not_is_misuse() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'often'"):
        lint("--fail-level", "often")
