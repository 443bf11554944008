"""`manage.py serve`: checks, refuses unapplied migrations, then runs the workers."""

from __future__ import annotations

import logging
import os
import tempfile
from argparse import ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

from django.core.management.base import CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from uvicorn.config import STARTUP_FAILURE

from ctera_mcp_site import conf, environment, supervisor
from tools.commands import OperatorCommand

log = logging.getLogger(__name__)
T = TypeVar("T")
MEMORY = "/dev/shm"  # noqa: S108 - the directory in it has a name of its own and is closed to others


class Command(OperatorCommand):
    help = "Run the server: the MCP endpoint, the admin and the API, on HOST and PORT with WORKERS processes."
    requires_system_checks = "__all__"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", type=option(environment.listen_host), help="address to listen on (default: HOST)")
        parser.add_argument("--port", type=option(environment.port), help="port to listen on (default: PORT)")
        parser.add_argument(
            "--workers", type=option(environment.workers), help="number of processes (default: WORKERS)"
        )

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


def option(parse: Callable[[str], T]) -> Callable[[str], T]:
    """A setting's own parser for a command line."""

    def read(text: str) -> T:
        try:
            return parse(text)
        except environment.Malformed as fault:
            raise ArgumentTypeError(f"write {fault}") from None

    return read


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
