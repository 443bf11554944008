"""A suspension is named wherever a decision is explained: the command, its JSON, *Why?* and *Effective access*."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from oauth.models import Suspension
from oauth.suspending import suspend
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db
ASKED = {"scopes": "ctera:read", "tool": "ctera_portal_list_dir", "portal": "hq", "tenant": "-", "at": ""}


@pytest.fixture
def stopped() -> str:
    PortalProfile.objects.create(name="hq", host="portal.example.com", username="svc", default=True)
    row = suspend(Suspension(level="portal", value="hq", reason="Incident 7"), author="olga")
    return f"suspension {row.pk}"


def explained(*more: str) -> str:
    out = StringIO()
    named = [part for name, value in ASKED.items() if value for part in (f"--{name}", value)]
    with pytest.raises(SystemExit) as ended:
        call_command("explain_access", *named, *more, stdout=out)
    assert ended.value.code == 1
    return out.getvalue()


def test_the_command_names_it_above_the_ladder_and_in_json(stopped: str) -> None:
    assert f"\nDecided: by {stopped}\n" in explained()
    assert json.loads(explained("--json"))["policy"] == stopped


def test_the_page_why_names_it(viewer: Client, stopped: str) -> None:
    assert f"Decided by {stopped}" in viewer.post("/admin/oauth/policy/why/", ASKED).content.decode()


def test_each_cell_of_effective_access_names_it(viewer: Client, stopped: str) -> None:
    table = viewer.get("/admin/oauth/policy/effective-access/", {"portal": "hq"}).context["table"]
    named = {(cell.word, cell.policy, cell.key) for row in table.rows for cell in row.cells if cell.word == "Suspended"}
    assert named == {("Suspended", stopped, None)}
