"""A variable that is missing or malformed stops the start with its name, what was found and what is expected."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ctera_mcp_site import environment as parse
from ctera_mcp_site.environment import Environment, Malformed

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("reader", "good", "value"),
    [
        (parse.boolean, "Yes", True),
        (parse.boolean, "off", False),
        (parse.whole(1, 9), "7", 7),
        (parse.choice("id", "reason"), "id", "id"),
        (parse.hosts, "a.example, .b.example,[::1]", ["a.example", ".b.example", "[::1]"]),
        (parse.base_url, "https://mcp.example.com/", "https://mcp.example.com"),
        (parse.secure_base_url, "http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        (parse.origins, "https://a.example,http://localhost:6274", ["https://a.example", "http://localhost:6274"]),
        (parse.networks, "10.0.0.1,10.1.0.0/16", ["10.0.0.1/32", "10.1.0.0/16"]),
        (parse.resource_id, "res_123", "res_123"),
        (parse.database_url, "postgres://u:p@h:5432/n", "postgres://u:p@h:5432/n"),
        (parse.database_url, "sqlite:////var/lib/db.sqlite3", "sqlite:////var/lib/db.sqlite3"),
        (parse.listen_host, "0.0.0.0", "0.0.0.0"),
        (parse.listen_host, "::1", "::1"),
        (parse.listen_host, "mcp.internal", "mcp.internal"),
        (parse.audit_keys, "0123456789abcdef0123456789abcdef", ["0123456789abcdef0123456789abcdef"]),
        (parse.metrics_token, "0123456789abcdef0123456789ABC+/=", "0123456789abcdef0123456789ABC+/="),
        (parse.absolute_path, "/run/ctera-mcp", "/run/ctera-mcp"),
        (parse.rate_limit_storage, "memory://", "memory://"),
        (parse.rate_limit_storage, "redis://h:6379/0", "redis://h:6379/0"),
        (parse.rate_limit_storage, "rediss://n:p@h", "rediss://n:p@h"),
    ],
)
def test_a_good_value_is_read(reader: Any, good: str, value: Any) -> None:
    assert reader(good) == value


@pytest.mark.parametrize(
    ("reader", "bad"),
    [
        (parse.boolean, "maybe"),
        (parse.whole(1, 9), "10"),
        (parse.whole(1, 9), "-1"),
        (parse.whole(1, 9), "1.5"),
        (parse.choice("id", "reason"), "ID"),
        (parse.hosts, "https://a.example"),
        (parse.hosts, "a.example/path"),
        (parse.base_url, "mcp.example.com"),
        (parse.base_url, "https://mcp.example.com/mcp"),
        (parse.base_url, "https://u:p@mcp.example.com"),
        (parse.base_url, "https://mcp.example.com?x"),
        (parse.base_url, "ftp://mcp.example.com"),
        (parse.base_url, "https://mcp.example.com:port"),
        (parse.secure_base_url, "http://mcp.example.com"),
        (parse.secure_base_url, "http://localhost.example.com"),
        (parse.origins, "https://a.example/path"),
        (parse.networks, "10.0.0.0/64"),
        (parse.resource_id, "conn_123"),
        (parse.fernet_keys, "short"),
        (parse.secret_key, "short"),
        (parse.metrics_token, "0123456789abcdef0123456789abcde"),
        (parse.metrics_token, "0123456789abcdef 0123456789abcdef"),
        (parse.metrics_token, "0123456789abcdef0123456789abcdé!"),
        (parse.absolute_path, "run/ctera-mcp"),
        (parse.database_url, "mysql://h/n"),
        (parse.database_url, "sqlite://"),
        (parse.database_url, "sqlite:///"),
        (parse.database_url, "sqlite://:memory:"),
        (parse.database_url, "sqlite://db.sqlite3"),
        (parse.database_url, "postgres://u:p@h"),
        (parse.database_url, "postgres://u:p@h/"),
        (parse.database_url, "postgres://u:p@h:port/n"),
        (parse.listen_host, "http://0.0.0.0"),
        (parse.listen_host, "0.0.0.0:80"),
        (parse.listen_host, "256.0.0.1"),
        (parse.listen_host, "a b"),
        (parse.audit_keys, "short"),
        (parse.audit_keys, "0123456789abcdef0123456789abcdef,short"),
        (parse.origins, "*"),
        (parse.rate_limit_storage, "memcached://h"),
        (parse.rate_limit_storage, "memory://x"),
        (parse.rate_limit_storage, "redis://"),
        (parse.rate_limit_storage, "redis://h:port/0"),
        (parse.rate_limit_storage, "redis://h/zero"),
        (parse.rate_limit_storage, "rediss://h/0?ssl_cert_reqs=none"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_expected(reader: Any, bad: str) -> None:
    with pytest.raises(Malformed) as refused:
        reader(bad)
    assert str(refused.value)


def test_a_problem_names_the_variable_what_was_found_and_what_is_expected() -> None:
    environment = Environment({"DEBUG": "maybe"})
    assert environment.read("DEBUG", parse.boolean, default=False, number="001") is False
    assert str(environment.problems[0]) == "DEBUG: found 'maybe'; expected true or false."
    assert environment.problems[0].id == "site.E001"


def test_a_secret_is_not_told() -> None:
    environment = Environment({"SECRET_KEY": "hunter2"})
    environment.require("SECRET_KEY", parse.secret_key, placeholder="", number="002", secret=True)
    assert "hunter2" not in str(environment.problems[0])
    assert "7 characters" in str(environment.problems[0])


def test_a_missing_variable_is_told_with_what_is_expected() -> None:
    environment = Environment({})
    environment.require("SCALEKIT_RESOURCE_ID", parse.resource_id, placeholder="", number="011")
    assert "found nothing" in str(environment.problems[0])
    assert "res_" in str(environment.problems[0])


def manage(tmp_path: Path, text: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command under an `.env` of its own."""
    file = tmp_path / ".env"
    file.write_text(text)
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": str(file), **more}
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_start_stops_and_names_every_problem_at_once(tmp_path: Path) -> None:
    done = manage(tmp_path, "DEBUG=maybe\nPORT=many\nSCALEKIT_AUDIENCE=res_1\n", "serve")
    assert done.returncode != 0
    for told in ("DEBUG", "PORT", "SECRET_KEY", "SCALEKIT_ENVIRONMENT_URL", "SCALEKIT_RESOURCE_ID", "CREDENTIAL_KEYS"):
        assert told in done.stderr
    assert "site.E001" in done.stderr
    assert "SCALEKIT_AUDIENCE in .env is not a variable" in done.stderr


BAD = {
    "DEBUG": ("maybe", "site.E001"),
    "SECRET_KEY": ("short", "site.E002"),
    "PUBLIC_URL": ("https://mcp.example.com/mcp", "site.E003"),
    "ALLOWED_HOSTS": ("https://x.example", "site.E004"),
    "DATABASE_URL": ("mysql://h/n", "site.E005"),
    "SCALEKIT_ENVIRONMENT_URL": ("acme.scalekit.com", "site.E010"),
    "SCALEKIT_RESOURCE_ID": ("conn_1", "site.E011"),
    "CREDENTIAL_KEYS": ("short", "site.E012"),
    "AUDIT_KEYS": ("short", "site.E013"),
    "AUDIT_CHECKPOINT_FILE": ("checkpoints.jsonl", "site.E014"),
    "ALLOWED_ORIGINS": ("*", "site.E020"),
    "TRUSTED_PROXIES": ("everyone", "site.E021"),
    "EXPLAIN_TO_CALLER": ("all", "site.E022"),
    "READ_LIMIT": ("1", "site.E023"),
    "POLICY_MAX_STALENESS": ("0", "site.E024"),
    "RATE_LIMIT_STORAGE": ("memcached://", "site.E025"),
    "INSUFFICIENT_SCOPE": ("403", "site.E026"),
    "LIST_STEP_UP_TOOLS": ("perhaps", "site.E027"),
    "LOG_LEVEL": ("debug", "site.E030"),
    "LOG_FORMAT": ("xml", "site.E031"),
    "HOST": ("http://0.0.0.0", "site.E032"),
    "PORT": ("0", "site.E033"),
    "WORKERS": ("many", "site.E034"),
    "METRICS_TOKEN": ("short", "site.E050"),
    "METRICS_DIR": ("run/ctera-mcp", "site.E051"),
    "LINK_MINUTES": ("0", "site.E054"),
    "LINK_UPLOAD_LIMIT": ("1k", "site.E052"),
    "TRANSFER_TIMEOUT": ("1", "site.E053"),
    "UPLOAD_LIMIT": ("1k", "site.E028"),
    "OPERATION_WAIT": ("never", "site.E029"),
    "PORTAL_PROBE_SECONDS": ("4", "site.E055"),
}


def test_every_malformed_variable_is_told_with_an_id_that_stays(tmp_path: Path) -> None:
    done = manage(tmp_path, "".join(f"{name}={bad}\n" for name, (bad, _) in BAD.items()), "check")
    told = dict(re.findall(r"\((site\.E\d+)\) (\w+) cannot be used", done.stderr))
    assert told == {number: name for name, (_, number) in BAD.items()}
    read = {
        name for name, _ in re.findall(r'"([A-Z_]+)", parse\.(\w+)', (ROOT / "ctera_mcp_site/settings.py").read_text())
    }
    assert read - {"SCALEKIT_AUDIENCE_NAME"} <= BAD.keys()


def test_the_older_name_of_the_resource_is_read_and_told(tmp_path: Path) -> None:
    done = manage(tmp_path, "SCALEKIT_AUDIENCE_NAME=conn_1\n", "check")
    assert "(site.E011) SCALEKIT_AUDIENCE_NAME cannot be used" in done.stderr
    assert "SCALEKIT_RESOURCE_ID" not in done.stderr
    assert "site.E011" not in manage(tmp_path, "SCALEKIT_AUDIENCE_NAME=res_1\n", "check").stderr


def test_a_name_that_nothing_reads_is_warned_about_and_does_not_stop_the_start(tmp_path: Path) -> None:
    production = (ROOT / "tests/house/production.env").read_text()
    done = manage(tmp_path, f"{production}\nPUBLIC_URI=x\nctera=y\n", "check")
    assert done.returncode == 0
    assert "(site.W001) PUBLIC_URI in .env" in done.stderr
    assert "ctera in .env" in done.stderr


def test_the_deploy_check_passes_in_a_production_like_environment(tmp_path: Path) -> None:
    production = (ROOT / "tests/house/production.env").read_text()
    done = manage(tmp_path, production, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", ["DEBUG=true", "PUBLIC_URL=http://localhost:10000"])
def test_the_deploy_check_fails_for_a_development_server(tmp_path: Path, line: str) -> None:
    name = line.partition("=")[0]
    production = (ROOT / "tests/house/production.env").read_text().splitlines()
    text = "\n".join([*(one for one in production if not one.startswith(f"{name}=")), line])
    assert manage(tmp_path, text, "check", "--deploy", "--fail-level", "WARNING").returncode != 0


def test_the_start_stops_when_the_client_of_redis_is_missing(tmp_path: Path) -> None:
    (tmp_path / "redis.py").write_text("raise ImportError('not installed')\n")  # found before the installed one
    production = (ROOT / "tests/house/production.env").read_text()
    text = f"{production}\nRATE_LIMIT_STORAGE=redis://name:hunter2@h:6379/0\n"
    done = manage(tmp_path, text, "serve", PYTHONPATH=str(tmp_path))
    assert done.returncode != 0
    assert "site.E040" in done.stderr
    assert "requirements-redis.txt" in done.stderr
    assert "hunter2" not in done.stderr


def test_serve_refuses_a_database_without_its_migrations(tmp_path: Path) -> None:
    production = (ROOT / "tests/house/production.env").read_text()
    text = "\n".join(line for line in production.splitlines() if not line.startswith("DATABASE_URL"))
    done = manage(tmp_path, f"{text}\nDATABASE_URL=sqlite:///{tmp_path / 'empty.sqlite3'}\n", "serve")
    assert done.returncode == 1
    assert "manage.py migrate" in done.stderr
