"""`python -m bench.effective_access`: how long the page of effective access takes at 1,000 policies, by queries."""

from __future__ import annotations

import os
import statistics
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext, setup_test_environment  # noqa: E402

from oauth.models import Policy, Scope  # noqa: E402
from tests.oauth.test_effective_page import PAGE, thousand  # noqa: E402
from tools.models import PortalProfile  # noqa: E402

RUNS = 15


def main() -> None:
    """Measure on a database in memory; prints medians in milliseconds, by the wall and by the processor."""
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0)
    PortalProfile.objects.create(name="hq", host="portal.example.com", username="svc", default=True)
    Scope.objects.bulk_create([Scope(name=f"team:{number}") for number in range(7)])
    Policy.objects.bulk_create(thousand())
    client = Client()
    client.force_login(User.objects.create_superuser("olga"), "django.contrib.auth.backends.ModelBackend")
    with CaptureQueriesContext(connection) as queries:
        client.get(PAGE, {"portal": "hq", "subject": "usr_12"})
    asked = len(queries)  # the next request empties what was captured
    taken = []
    for _ in range(RUNS):
        wall, processor = time.perf_counter(), time.process_time()
        client.get(PAGE, {"portal": "hq", "subject": "usr_12"})
        taken.append((time.perf_counter() - wall, time.process_time() - processor))
    by_wall, by_processor = (statistics.median(each) * 1000 for each in zip(*taken, strict=True))
    print(f"1,000 policies: {by_wall:.0f} ms ({by_processor:.0f} ms of processor), {asked} queries")


if __name__ == "__main__":
    main()
