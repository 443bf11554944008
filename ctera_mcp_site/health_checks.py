"""What a running deployment needs, looked at from outside: settings, database, policy, audit, the server itself."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from ctera_mcp_site import conf
from oauth import conf as oauth_conf
from oauth.audit import Event, record_of
from oauth.audit_rows import insert_events, now
from oauth.audit_streams import new_stream
from oauth.diagnosis import SHOWN, Finding, State, bad, good
from oauth.ids import decision_id, request_id
from oauth.principal import Principal
from oauth.selectors import suspensions_in_force
from oauth.snapshots import load_snapshot

SLOW_DATABASE: Final = 0.1
"""Seconds for one question from which on every call is slowed down."""
NOBODY: Final = Principal("command", "check_health", "check_health", "", frozenset(), 0)


def settings() -> Iterator[Finding]:
    """Django's own checks and ours of the environment, those of the database left out."""
    found = [message for message in checks.run_checks() if message.level >= checks.WARNING]
    for message in found:
        state = State.FAILED if message.level >= checks.ERROR else State.WARNING
        yield bad("settings", f"{message.msg} ({message.id})", message.hint or "See docs/operations.md.", state=state)
    if not found:
        yield good("settings", "nothing to say")


def database() -> Iterator[Finding]:
    """The database, and all that is kept in it; what cannot be tried without it is skipped."""
    begun = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        took = time.perf_counter() - begun
        yield _database(took)
        if behind := unapplied():
            yield bad("migrations", f"{behind} are not applied", "Run manage.py migrate, then start the server again.")
            return
        yield good("migrations", "all applied")
        yield from _policy()
        yield _audit()
        yield _checkpoints()
    except (DatabaseError, ImproperlyConfigured) as error:
        yield bad(
            "database", f"does not answer ({type(error).__name__})", "Check DATABASE_URL and the database server."
        )
        for name in ("migrations", "policy", "audit"):
            yield Finding(name, State.SKIPPED, "needs the database")


def _database(took: float) -> Finding:
    name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor)
    if took > SLOW_DATABASE:
        remedy = "Every call waits for its audit event: put the database nearer, or give it more room."
        return Finding("database", State.WARNING, f"{name} is slow", remedy, round(took, 3))
    return Finding("database", State.OK, name, seconds=round(took, 3))


def unapplied() -> int:
    """How many migrations the database is behind; raises `DatabaseError`."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _policy() -> Iterator[Finding]:
    begun = time.perf_counter()
    snapshot = load_snapshot()
    took = round(time.perf_counter() - begun, 3)
    text = f"revision {snapshot.revision}"
    if snapshot.offered_scopes:
        yield Finding("policy", State.OK, text, seconds=took)
    else:
        remedy = (
            "Nobody can call anything. Add an allow policy with scopes that have rows, in the admin under Policies."
        )
        yield Finding("policy", State.WARNING, f"{text}: no policy allows anything", remedy, took)
    if stops := suspensions_in_force().count():
        remedy = "Lift what is no longer needed: manage.py resume, or Suspensions in the admin."
        yield Finding("suspensions", State.WARNING, f"{stops} in force", remedy)


def _audit() -> Finding:
    """Write a sealed event as a worker does, and take it back."""
    begun = time.perf_counter()
    request = request_id()
    event = Event(
        time=now(),
        kind="call",
        request=request,
        decision=decision_id(request),
        revision=0,
        principal=NOBODY,
        tool="",
        argument_digest="",
        outcome="ok",
    )
    try:
        with transaction.atomic():
            insert_events(new_stream("c").sealed([record_of(event)]))
            transaction.set_rollback(True)
    except DatabaseError as error:
        remedy = "No call is answered without its event: see that the database can be written and has room."
        return bad("audit", f"cannot be written ({type(error).__name__})", remedy)
    took = round(time.perf_counter() - begun, 3)
    if not oauth_conf.has_audit_keys():
        remedy = "Set AUDIT_KEYS: without it the chains end to be verifiable when SECRET_KEY changes."
        return Finding("audit", State.WARNING, "can be written; AUDIT_KEYS is not set", remedy, took)
    return Finding("audit", State.OK, "can be written", seconds=took)


def _checkpoints() -> Finding:
    file = oauth_conf.audit_checkpoint_file()
    if file is None:
        remedy = "Set AUDIT_CHECKPOINT_FILE: without it nobody finds out when the end of a chain is cut off."
        return Finding("checkpoints", State.WARNING, "kept in the database alone", remedy)
    try:
        with file.open("a"):
            pass
    except OSError as error:
        remedy = "Make its directory, and let the server's account append to the file (AUDIT_CHECKPOINT_FILE)."
        return bad("checkpoints", f"the file cannot be appended to: {error.strerror}", remedy)
    return good("checkpoints", "the file can be appended to")


def server(timeout: float) -> Iterator[Finding]:
    """Ask the server itself on this machine, past any proxy."""
    listen = conf.listening()
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(listen.host, listen.host)  # noqa: S104 - compared, not bound
    with httpx2.Client(
        base_url=f"http://{host}:{listen.port}",
        headers={"host": urlsplit(conf.configuration().public_url).netloc},
        trust_env=False,
        timeout=timeout,
    ) as client:
        yield _asked(
            client, "/healthz", "server alive", "Start it (manage.py serve), or set HOST and PORT to where it is."
        )
        yield _asked(client, "/readyz", "server ready", "Its log says which part is missing; staff see it at /readyz.")


def _asked(client: httpx2.Client, path: str, check: str, remedy: str) -> Finding:
    begun = time.perf_counter()
    try:
        answer = client.get(path)
    except httpx2.HTTPError as error:
        return bad(check, f"no answer at {client.base_url}{path.lstrip('/')} ({type(error).__name__})", remedy)
    took = round(time.perf_counter() - begun, 3)
    if answer.status_code != 200:
        return Finding(check, State.FAILED, f"HTTP {answer.status_code}", remedy, took)
    return Finding(check, State.OK, _status(answer), seconds=took)


def _status(answer: httpx2.Response) -> str:
    try:
        body: Any = answer.json()
    except ValueError:
        return "answered"
    return str(body.get("status", "answered"))[:SHOWN] if isinstance(body, dict) else "answered"


def named(prefix: str, findings: Iterable[Finding]) -> list[Finding]:
    """The findings of one part, with its name before each."""
    return [Finding(f"{prefix}: {each.check}", each.state, each.found, each.remedy, each.seconds) for each in findings]
