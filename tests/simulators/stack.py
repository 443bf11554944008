"""Starts the whole product as processes: both simulators, a migrated database, and `manage.py serve` in front."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from cryptography.fernet import Fernet

from tests.simulators.databases import migrated
from tests.simulators.portal.fixture import RunningPortal, start_portal
from tests.simulators.scalekit.fixture import RunningScalekit, start_scalekit

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60


def free_port() -> int:
    """A loopback port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def portals_of(portal: RunningPortal) -> list[dict[str, Any]]:
    """Two profiles on the simulated portal: global administration by TLS, one Team Portal's user by plain HTTP."""
    return [
        {
            "name": "hq",
            "host": "localhost",
            "port": portal.https_port,
            "ca_pem": portal.ca_pem,
            "scope": "admin",
            "username": "svc-mcp",
            "password": "svc-secret",
            "default": True,
        },
        {
            "name": "acme-files",
            "host": "localhost",
            "port": portal.tenant_http_ports["acme"],
            "https": False,
            "scope": "user",
            "tenant": "acme",
            "username": "alice",
            "password": "alice-secret",
        },
    ]


@dataclass(frozen=True, slots=True)
class RunningStack:
    """The running product: addresses, the two simulators, and the way to its commands."""

    port: int
    portal: RunningPortal
    scalekit: RunningScalekit
    environment: dict[str, str] = field(repr=False)
    server: subprocess.Popen[str]
    log_file: Path

    @property
    def base(self) -> str:
        """PUBLIC_URL."""
        return f"http://localhost:{self.port}"

    @property
    def url(self) -> str:
        """The MCP endpoint."""
        return f"{self.base}/mcp"

    def token(self, person: str, **claims: Any) -> str:
        """An access token of one of the cast, signed by the simulated environment."""
        return self.scalekit.mint(person, **claims)

    def manage(self, *arguments: str, stdin: str | None = None, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of `manage.py` in the server's environment."""
        return manage(self.environment, *arguments, stdin=stdin, check=check)


def manage(
    environment: dict[str, str], *arguments: str, stdin: str | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run a command of `manage.py` in a given environment."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, input=stdin, capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise RuntimeError(f"manage.py {arguments[0]} exited {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def environment_of(directory: Path, port: int, scalekit: RunningScalekit, **more: str) -> dict[str, str]:
    """A complete environment for the server, with fresh keys."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    return {
        **inherited,
        "ENV_FILE": os.devnull,
        "PYTHONUNBUFFERED": "1",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "CREDENTIAL_KEYS": Fernet.generate_key().decode(),
        "AUDIT_KEYS": secrets.token_urlsafe(48),
        "DATABASE_URL": f"sqlite:///{directory / 'db.sqlite3'}",
        "PUBLIC_URL": f"http://localhost:{port}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "PORT": str(port),
        "SCALEKIT_ENVIRONMENT_URL": scalekit.url,
        "SCALEKIT_RESOURCE_ID": scalekit.resource_id,
        "PORTAL_PROBE_SECONDS": "0",  # else it would be part of what tests count at the portal
        **more,
    }


def wait_until_ready(base: str, server: subprocess.Popen[str], log_file: Path, path: str = "/readyz") -> None:
    """Return when this path answers 200; raise with the server's own words when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the server ended with {server.returncode}:\n{log_file.read_text()[-4000:]}")
        try:
            with urllib.request.urlopen(base + path, timeout=2) as answer:  # loopback only
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)  # between two looks at a process that is starting
    raise RuntimeError(f"the server was not ready after {START_SECONDS} s:\n{log_file.read_text()[-4000:]}")


SERVE = (str(ROOT / "manage.py"), "serve")


@contextmanager
def start_server(
    environment: dict[str, str], directory: Path, serve: tuple[str, ...] = SERVE, ready: str = "/readyz"
) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Run `manage.py serve`, or another way to it, until the block ends, then ask it to stop.

    `ready` is the path whose 200 is waited for: `/healthz` where readiness itself is in question.
    """
    log_file = directory / "server.log"
    with log_file.open("a") as log:
        command = [sys.executable, *serve]
        server = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log, text=True)
    try:
        wait_until_ready(f"http://localhost:{environment['PORT']}", server, log_file, ready)
        yield server, log_file
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(10)


@contextmanager
def start_stack(
    directory: Path,
    *,
    port: int | None = None,
    say: Callable[[str], None] = lambda _: None,
    serve: tuple[str, ...] = SERVE,
    **more: str,
) -> Iterator[RunningStack]:
    """Run everything in `directory`; further keywords are environment variables of the server."""
    port = port or free_port()
    say("Starting the simulated portal and the simulated Scalekit environment")
    with start_portal() as portal, start_scalekit(f"http://localhost:{port}/mcp") as scalekit:
        environment = environment_of(directory, port, scalekit, **more)
        say("Creating the database")
        migrated(
            environment["DATABASE_URL"],
            lambda url: manage({**environment, "DATABASE_URL": url}, "migrate", "--verbosity", "0"),
        )
        configuration = directory / "portals.yaml"
        configuration.write_text(yaml.safe_dump({"version": 1, "portals": portals_of(portal)}))
        say("Importing two portal profiles")
        manage(environment, "import_config", str(configuration))
        say("Starting the server")
        with start_server(environment, directory, serve) as (server, log_file):
            yield RunningStack(port, portal, scalekit, environment, server, log_file)
