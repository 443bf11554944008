"""`import_env` takes over the earlier server's file once: rows, lines for .env, and no secret told."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django import Settings

from oauth.models import Scope
from tools.models import PortalProfile
from tools.sealing import unseal

pytestmark = pytest.mark.django_db
SECRET = "pa$$ 'word' # 1"  # appears nowhere
METADATA = json.dumps(
    {
        "authorization_servers": ["https://old.scalekit.test/resources/res_77"],
        "bearer_methods_supported": ["header"],
        "resource": "https://mcp.example.com/",
        "scopes_supported": ["ctera:read", "ctera:export"],
    }
)
GOOD = f"""# the earlier server
SCALEKIT_ENVIRONMENT_URL=https://old.scalekit.test
SCALEKIT_CLIENT_ID=skc_1
SCALEKIT_CLIENT_SECRET=client-secret-1
SCALEKIT_AUDIENCE_NAME="res_77"
METADATA_JSON_RESPONSE='{METADATA}'
PORT=10001

ctera.mcp.core.settings.scope=user
export ctera.mcp.core.settings.host = portal.example.com
ctera.mcp.core.settings.user=svc
ctera.mcp.core.settings.password="{SECRET}"
ctera.mcp.core.settings.port=8443
ctera.mcp.core.settings.ssl=False
SOMETHING_ELSE=1
"""


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Run import_env on a text; gives exit code, standard output and standard error."""

    def run(text: str, *options: str, tenant: str = "acme") -> tuple[int, str, str]:
        file = tmp_path / "old.env"
        file.write_text(text)
        out, err, code = io.StringIO(), io.StringIO(), 0
        try:
            call_command("import_env", str(file), "--tenant", tenant, *options, stdout=out, stderr=err)
        except SystemExit as end:
            code = int(str(end.code))
        said = (out.getvalue() + err.getvalue()).replace(str(file), "old.env")
        assert SECRET not in said
        assert "client-secret-1" not in said
        return code, out.getvalue(), err.getvalue().replace(str(file), "old.env")

    return run


def without(name: str) -> str:
    return "".join(line for line in GOOD.splitlines(keepends=True) if name not in line)


def test_the_portal_becomes_a_profile_with_its_password_sealed(run: Any) -> None:
    code, out, err = run(GOOD, "--portal", "hq")
    assert (code, "portal profile hq (svc at portal.example.com)" in out) == (0, True), err
    row = PortalProfile.objects.get(name="hq")
    assert (row.host, row.port, row.scope, row.username) == ("portal.example.com", 8443, "user", "svc")
    assert (row.https, row.verify_tls, row.default, row.enabled, row.identity) == (True, False, True, True, "service")
    assert unseal(row.sealed_password) == SECRET
    assert row.history.latest().history_change_reason == "import_env"
    assert "certificate is not verified" in err


def test_its_scopes_are_added_and_those_that_are_there_are_left_as_they_are(run: Any) -> None:
    before = Scope.objects.get(name="ctera:read").description
    assert run(GOOD)[0] == 0
    assert Scope.objects.filter(name="ctera:export").exists()
    assert Scope.objects.get(name="ctera:read").description == before


def test_what_belongs_into_env_is_printed_unless_it_holds_already(run: Any, settings: Settings) -> None:
    settings.PUBLIC_URL, settings.SCALEKIT_ENVIRONMENT_URL = "http://localhost:10000", "https://old.scalekit.test"
    code, out, _ = run(GOOD, "--json")
    told = json.loads(out)
    assert (code, told["settings"]) == (
        0,
        {"SCALEKIT_RESOURCE_ID": "res_77", "PORT": "10001", "PUBLIC_URL": "https://mcp.example.com"},
    )
    notes = "\n".join(told["notes"])
    assert "SCALEKIT_CLIENT_SECRET is not needed here" in notes
    assert "https://mcp.example.com/mcp here, not https://mcp.example.com/" in notes
    assert "SOMETHING_ELSE (line 15) is not known" in notes


def test_the_authorization_server_of_the_metadata_stands_in_for_missing_variables(run: Any) -> None:
    text = without("SCALEKIT_AUDIENCE_NAME").replace("SCALEKIT_ENVIRONMENT_URL", "OTHER")
    told = json.loads(run(text, "--json")[1])
    assert told["settings"]["SCALEKIT_RESOURCE_ID"] == "res_77"
    assert told["settings"]["SCALEKIT_ENVIRONMENT_URL"] == "https://old.scalekit.test"


def test_a_dry_run_stores_nothing(run: Any) -> None:
    before = Scope.objects.count()
    code, out, _ = run(GOOD, "--dry-run")
    assert (code, "Would be added: portal profile portal" in out) == (0, True)
    assert (PortalProfile.objects.count(), Scope.objects.count()) == (0, before)


def test_a_profile_that_is_there_is_not_changed_and_nothing_else_is_stored(run: Any) -> None:
    assert run(without("METADATA"))[0] == 0
    PortalProfile.objects.update(host="moved.example.com")
    code, _, err = run(GOOD)
    assert (code, "old.env:9: portal: a profile named portal is there already" in err) == (1, True)
    assert PortalProfile.objects.get().host == "moved.example.com"
    assert not Scope.objects.filter(name="ctera:export").exists()


def test_a_second_portal_does_not_take_the_mark_of_the_default(run: Any) -> None:
    assert run(GOOD)[0] == 0
    assert run(GOOD, "--portal", "second")[0] == 0
    assert [row.name for row in PortalProfile.objects.filter(default=True)] == ["portal"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            ("port=8443", "port=https"),
            "old.env:13: ctera.mcp.core.settings.port: found 'https'; expected a whole number",
        ),
        (("ssl=False", "ssl=never"), "old.env:14: ctera.mcp.core.settings.ssl: found 'never'; expected true or false"),
        (("scope=user", "scope=both"), "old.env:9: ctera.mcp.core.settings.scope: found 'both'; expected one of"),
        (("settings.user=svc", "settings.user="), "old.env:9: ctera.mcp.core.settings.user: is missing"),
        (("= portal.example.com", "= https://portal"), "old.env:10: host: Enter a host name or address alone"),
        (('"res_77"', "https://x"), "old.env:5: SCALEKIT_AUDIENCE_NAME: found 'https://x'; expected the resource id"),
        (("PORT=10001", "PORT=0"), "old.env:7: PORT: found '0'; expected a whole number"),
        (("resources/res_77", "resources/res_78"), "SCALEKIT_RESOURCE_ID is res_77; keep the one that holds"),
        (('"ctera:export"', '"ctera export"'), "scopes_supported holds 'ctera export'"),
        (('"ctera:export"', "7"), "scopes_supported holds 7"),
        (("https://mcp.example.com/", "http://mcp.example.com/"), "METADATA_JSON_RESPONSE: resource: found"),
        (("https://mcp.example.com/", "mcp"), "METADATA_JSON_RESPONSE: resource: found"),
        (("'{", "'["), "old.env:6: METADATA_JSON_RESPONSE: found something else"),
        (("'{", "'[{"), "old.env:6: METADATA_JSON_RESPONSE: found something else"),
        (("SOMETHING_ELSE=1", "no such line here"), "old.env:15: line: cannot be read"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_nothing_is_stored(
    run: Any, change: tuple[str, str], told: str
) -> None:
    assert change[0] in GOOD
    code, _, err = run(GOOD.replace(*change))
    assert (code, told in err) == (1, True), err
    assert PortalProfile.objects.count() == 0


@pytest.mark.parametrize("more", ["\0", "#" * 1_000_000], ids=["NUL", "too long"])
def test_what_is_no_environment_file_is_refused_whole(run: Any, more: str) -> None:
    code, _, err = run(GOOD + more)
    assert (code, "old.env:1: file: is longer than" in err) == (1, True), err
    assert PortalProfile.objects.count() == 0


def test_a_name_that_the_admin_would_refuse_is_refused(run: Any) -> None:
    code, _, err = run(GOOD, "--portal", "head quarters")
    assert (code, "old.env:9: name: " in err) == (1, True), err


def test_an_end_user_account_needs_its_team_portal(run: Any) -> None:
    code, _, err = run(GOOD, tenant="")
    assert (code, "old.env:9: ctera.mcp.core.settings.scope: an end-user account belongs to one" in err) == (1, True)
    assert run(GOOD)[0] == 0
    assert PortalProfile.objects.get().tenant == "acme"


def test_an_administrators_account_has_no_team_portal(run: Any) -> None:
    assert run(GOOD.replace("scope=user", "scope=admin"))[0] == 0
    assert (PortalProfile.objects.get().scope, PortalProfile.objects.get().tenant) == ("admin", "")


def test_a_file_without_a_portal_says_so(run: Any) -> None:
    code, _, err = run("PORT=10001\n")
    assert (code, "No portal: the file has no ctera.mcp.core.settings.host" in err) == (0, True)


def test_before_env_is_complete_its_lines_are_printed_and_nothing_is_stored(run: Any, settings: Settings) -> None:
    from ctera_mcp_site.environment import Problem

    settings.ENVIRONMENT_PROBLEMS = [Problem("site.E012", "CREDENTIAL_KEYS", "nothing", "keys")]
    code, out, err = run(GOOD)
    assert (code, "SCALEKIT_RESOURCE_ID=res_77" in out, "Nothing is stored yet: .env is not complete" in err) == (
        1,
        True,
        True,
    )
    assert PortalProfile.objects.count() == 0


def test_a_file_that_cannot_be_read_is_misuse(tmp_path: Path) -> None:
    (tmp_path / "x.env").write_bytes(b"\xff\xfe")
    for name in ("missing.env", "x.env"):
        with pytest.raises(SystemExit) as end:
            call_command("import_env", str(tmp_path / name), stderr=io.StringIO())
        assert end.value.code == 2
