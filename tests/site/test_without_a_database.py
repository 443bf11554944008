"""No command mistakes a database that cannot be used for what it looks for: one line, exit 2, nothing secret."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.db import OperationalError, connection

from tests.site.test_import_env import GOOD

TOLD = "The database cannot be used (OperationalError). Check DATABASE_URL.\n"
LEAK = "connection to db.internal failed for account svc-mcp"
ASKED: dict[str, list[str]] = {
    "check_caller": ["hq", "--subject", "usr_alice"],
    "check_isolation": [],
    "check_portal": [],
    "check_scalekit": [],
    "explain_access": ["--scopes", "ctera:read", "--tool", "list_dir"],
    "export_audit": [],
    "export_config": [],
    "file_links": [],
    "import_config": ["{file}", "--check"],
    "lint_policies": [],
    "prune_audit": ["--older-than", "1"],
    "resume": ["--all"],
    "rotate_credentials": [],
    "serve": [],
    "show_status": [],
    "suspend": ["--reason", "drill"],
    "test_policies": [],
    "verify_audit": [],
}
FINDINGS = {"check_health", "import_env"}
"""To one the database is a finding among others, the other still prints what belongs into `.env`."""


def refused(*_: Any) -> None:
    raise OperationalError(LEAK)


def run(name: str, *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a command while the database refuses everything."""
    out, err = StringIO(), StringIO()
    code, command = 0, load_command_class(get_commands()[name], name)
    checked = {"skip_checks": False} if command.requires_system_checks else {}
    with connection.execute_wrapper(refused):
        try:
            call_command(command, *arguments, stdout=out, stderr=err, **checked)
        except SystemExit as ended:
            code = int(str(ended.code))
        except CommandError as error:
            code, _ = error.returncode, err.write(f"{error}\n")
    return code, out.getvalue(), err.getvalue()


def test_every_command_of_ours_is_asked() -> None:
    ours = {name for name, app in get_commands().items() if app in {"ctera_mcp_site", "oauth", "tools"}}
    assert ours == set(ASKED) | FINDINGS


@pytest.mark.django_db
@pytest.mark.parametrize("name", ASKED)
def test_it_says_so_and_exits_with_2(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.yaml"
    file.write_text('version: 1\nscopes: [{name: "ctera:new"}]\n')
    code, out, err = run(name, *(each.format(file=file) for each in ASKED[name]))
    assert (code, out) == (2, "")
    assert err.endswith(TOLD)
    assert LEAK not in err


@pytest.mark.django_db
def test_what_belongs_into_env_is_printed_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "original.env"
    file.write_text(GOOD)
    code, out, err = run("import_env", str(file), "--tenant", "acme")
    assert (code, "SCALEKIT_RESOURCE_ID=res_77" in out) == (1, True)
    assert f"Nothing is stored yet. {TOLD}" in err
    assert LEAK not in out + err
