"""How long pages of the admin take, by which queries: a database of their own, someone signed in, a table.

On SQLite in a file, or on PostgreSQL when TEST_DATABASE_URL names one. To be imported before anything of Django.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

DIRECTORY = tempfile.mkdtemp(prefix="pages-")
os.environ.setdefault("TEST_DATABASE_URL", f"sqlite:///{DIRECTORY}/bench.sqlite3")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

RUNS = 7
HEAD = "| page | ms | ms of processor | queries | |\n|---|---|---|---|---|"
WANTED_MS, WANTED_QUERIES = 300, 15


@contextmanager
def database() -> Iterator[None]:
    """A new database for the time of a block; no test environment, which makes templates a fifth slower."""
    settings.DATABASES["default"]["TEST"]["NAME"] = (
        f"{DIRECTORY}/bench.sqlite3" if "sqlite" in connection.vendor else None
    )
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    yield
    connection.creation.destroy_test_db("", verbosity=0)


def signed_in() -> Client:
    """The browser of a superuser. Tables are as autovacuum leaves them."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(User.objects.create_superuser("olga"), "django.contrib.auth.backends.ModelBackend")
    return client


def row(client: Client, name: str, address: str, most_queries: int = WANTED_QUERIES) -> str:
    """A line of the table: medians of the wall and of this processor, and the queries of one page."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200, address
    asked, taken = len(queries), []
    for _ in range(RUNS):
        wall, processor = time.perf_counter(), time.process_time()
        client.get(address)
        taken.append((time.perf_counter() - wall, time.process_time() - processor))
    took, processor = (statistics.median(each) * 1000 for each in zip(*taken, strict=True))
    good = took <= WANTED_MS and asked <= most_queries
    return f"| {name} | {took:.0f} | {processor:.0f} | {asked} | {'met' if good else '**missed**'} |"
