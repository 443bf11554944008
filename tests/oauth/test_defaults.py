"""A new database brings three scopes and three policies, once; what an operator removed stays away."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from oauth.models import Policy, Scope
from oauth.snapshots import load_snapshot
from tools.governed import Revision

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def test_the_first_scopes_imply_what_their_names_promise() -> None:
    assert dict(Scope.objects.values_list("name", "implies")) == {
        "user:read": [],
        "ctera:read": [],
        "ctera:admin": ["user:read", "ctera:read"],
    }


def test_the_first_policies_allow_as_little_as_they_say() -> None:
    found = {row.name: (row.effect, row.scopes, row.tools, row.toolsets, row.tenants) for row in Policy.objects.all()}
    assert found == {
        "Everyone signed in": (
            "allow",
            ["user:read"],
            ["ctera_portal_who_am_i", "ctera_portal_list_portals"],
            [],
            ["*"],
        ),
        "Readers": ("allow", ["ctera:read"], [], ["read"], ["-"]),
        "Administrators": ("allow", ["ctera:admin"], ["*"], [], ["*"]),
    }


def test_first_policies_pass_the_checks_that_operators_meet() -> None:
    for row in (*Scope.objects.all(), *Policy.objects.all()):
        row.full_clean()


def test_first_policies_can_be_decided_with() -> None:
    assert {rule.name for rule in load_snapshot().rules} == {"Everyone signed in", "Readers", "Administrators"}


def test_their_history_begins_with_the_installation() -> None:
    record = Policy.objects.get(name="Readers").history.get()
    assert (record.history_type, record.history_change_reason) == ("+", "installation")
    assert record.tenants == ["-"]


def test_what_was_deleted_is_not_made_again_by_migrating() -> None:
    Policy.objects.all().delete()
    call_command("migrate", verbosity=0)
    assert not Policy.objects.exists()


def test_there_is_one_revision_row() -> None:
    assert list(Revision.objects.values_list("pk", flat=True)) == [1]


def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def manage(database: Path, *arguments: str) -> str:
    """Run a command on a database of its own: migrating back and forth is not for the shared one."""
    url = f"sqlite:///{database}"
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": url}
    environment.pop("TEST_DATABASE_URL", None)
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_migrations_run_forwards_back_and_forwards_again(tmp_path: Path) -> None:
    database = tmp_path / "db.sqlite3"
    manage(database, "migrate")
    first = manage(database, "export_config")
    manage(database, "migrate", "tools", "zero")  # takes oauth with it, which depends on it
    manage(database, "migrate")
    assert manage(database, "export_config") == first
    assert "Readers" in first
