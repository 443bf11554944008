"""A variable that is missing or malformed stops the start with its name, what was found and what is expected."""

from __future__ import annotations

import os
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
        (parse.database_url, "mysql://h/n"),
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
