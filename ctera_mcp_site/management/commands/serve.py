"""`manage.py serve`: checks, refuses unapplied migrations, then runs the workers."""

from __future__ import annotations

import logging
import os
import tempfile
from argparse import ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from uvicorn.config import STARTUP_FAILURE

from ctera_mcp_site import conf, supervisor
from tools.commands import OperatorCommand

log = logging.getLogger(__name__)
MEMORY = "/dev/shm"  # noqa: S108 - the directory in it has a name of its own and is closed to others


class Command(OperatorCommand):
    help = "Run the server: the MCP endpoint, the admin and the API, on HOST and PORT with WORKERS processes."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", help="address to listen on (default: HOST)")
        parser.add_argument("--port", type=port, help="port to listen on (default: PORT)")
        parser.add_argument("--workers", type=processes, help="number of processes (default: WORKERS)")

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_unapplied_migrations()
        named = {name: options[name] for name in ("host", "port", "workers") if options[name]}
        listen = replace(conf.listening(), **named)
        resource = conf.configuration().resource
        log.info("serving MCP at %s (listening on %s:%d)", resource, listen.host, listen.port)
        with shared_numbers(listen.workers):
            began = supervisor.run(supervisor.configured("ctera_mcp_site.asgi:application", listen))
        if not began:
            raise CommandError("The server could not begin; the lines above tell why.", returncode=STARTUP_FAILURE)


def port(text: str) -> int:
    """A port from a command line."""
    return _within(text, 1, 65535)


def processes(text: str) -> int:
    """How many workers a command line asks for."""
    return _within(text, 1, 256)


def _within(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise ArgumentTypeError(f"write a whole number from {least} to {most}")
    return int(text)


@contextmanager
def shared_numbers(workers: int) -> Iterator[None]:
    """A directory of this run in which several workers share their numbers for `/metrics`, if none is named.

    In memory where the system has a place for that, since it is written every second. Workers are started anew and
    read their settings themselves, so the environment tells them.
    """
    if workers < 2 or conf.metrics().directory:
        yield
        return
    place = MEMORY if os.access(MEMORY, os.W_OK | os.X_OK) else None
    with tempfile.TemporaryDirectory(prefix="ctera-mcp-", dir=place, ignore_cleanup_errors=True) as directory:
        os.environ["METRICS_DIR"] = directory  # noqa: TID251 - for the workers that are about to be started
        try:
            yield
        finally:
            del os.environ["METRICS_DIR"]  # noqa: TID251 - as above


def refuse_unapplied_migrations() -> None:
    """Raise `CommandError` naming what to run when the database is behind; `DatabaseError` when it cannot be read."""
    try:
        executor = MigrationExecutor(connection)
        behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    finally:
        connection.close()
    if behind:
        raise CommandError(f"{len(behind)} migrations are not applied. Run `manage.py migrate`, then serve again.")
