"""`python -m bench.audit_pages [EVENTS]`: how long the first page and the pages of the audit take, by queries.

On SQLite in a file, or on PostgreSQL when TEST_DATABASE_URL names one; 200,000 events unless another number is given.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from datetime import UTC, datetime, timedelta

from bench import pages  # sets Django up for the rest

# isort: split
from django.db import connection

from oauth import client_rows, day, worker_reports
from oauth.audit_check import verify
from oauth.audit_rows import insert_events
from oauth.audit_streams import new_stream
from oauth.chain import Record
from oauth.clients_seen import Introduction, Listing, Sighting
from oauth.keys import KeyStatus
from oauth.models import AuditEvent, PolicyTest, Suspension
from oauth.policy_tests import save_test
from oauth.principal import Principal
from oauth.snapshots import Snapshots
from oauth.suspending import suspend
from oauth.worker_reports import Identity
from tools.catalogue import CATALOGUE
from tools.models import PortalProfile
from tools.services import save_profile

EVENTS = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
LIST = "/admin/oauth/auditevent/"
FIRST = "/admin/"
STEP = timedelta(seconds=30)
START = datetime.now(UTC) - EVENTS * STEP
WHOLE = "the first page, all events within its day"


def record(number: int, dice: random.Random) -> Record:
    """A call of one of 200 people; one in twenty is denied, one in five thousand fails, one portal is hardly used."""
    lot = dice.random()
    outcome, reason = ("denied", "no_policy") if lot < 0.05 else ("error", "") if lot > 0.9998 else ("ok", "")
    portal = "rare" if number % 50_000 == 7 else "hq"
    return Record(
        time=START + number * STEP,
        kind="call",
        request=f"R-{number:016d}",
        decision=f"D-{number:016d}",
        revision=7,
        issuer="https://acme.scalekit.test",
        subject=f"usr_{dice.randrange(200)}",
        client=f"m2m_{dice.randrange(5)}",
        organization="org_acme",
        scopes=["ctera:read", "user:read"],
        tool=dice.choice(list(CATALOGUE)),
        portal=portal,
        tenant="-",
        account="",
        paths=[f"/Users/{number % 977}/report.docx"],
        argument_digest="0" * 64,
        outcome=outcome,
        code="policy_denied" if reason else "",
        reason=reason,
        policy="Readers",
        duration_ms=12.5,
        repeats=1,
        details={},
    )


def fill(events: int) -> None:
    """Sealed events of four workers, as the writer leaves them."""
    dice = random.Random(1)
    workers = [new_stream("w") for _ in range(4)]
    for begin in range(0, events, 1000):
        stream = workers[begin // 1000 % 4]
        rows = stream.sealed([record(number, dice) for number in range(begin, min(begin + 1000, events))])
        insert_events(rows)
        stream.advance(rows)


def fill_first_page() -> None:
    """Four workers that report, 50 portals, 200 policy tests, 1,000 clients of 200 people, three suspensions."""
    now, keys = datetime.now(UTC), KeyStatus(12.0, 2, 3, 0, "")
    for number in range(4):
        worker_reports.tell(Identity(f"w-{number}", "host", number, "0.1.0", now), 1, 0.1, keys)
    for number in range(1000):
        who = Principal("https://acme.scalekit.test", f"usr_{number % 200}", f"skc_{number}", "", frozenset(), 2**40)
        listing = Listing(now.timestamp(), 1, "0" * 64, 30, who)
        client_rows.keep([Sighting(who.client, who.subject, now.timestamp(), Introduction("A", "1", ""), listing)])
    for number in range(50):
        save_profile(PortalProfile(name=f"p{number}", host="portal.example.com", username="svc"), password="x")
    for number in range(200):
        save_test(PolicyTest(name=f"Test {number}", tool="ctera_portal_list_dir", expected="deny"))
    following = Snapshots(max_staleness=60.0)
    asyncio.run(following.refresh())
    Snapshots.running = following  # the page is always drawn by a worker, which has the policy at hand
    for number in range(3):
        suspend(Suspension(level="subject", value=f"usr_{number}", reason="bench"), author="olga")


def asked(events: int) -> dict[str, str]:
    """What is asked, by what it is."""
    middle = AuditEvent.objects.order_by("id").values_list("id", flat=True)[events // 2]
    begin = (START + events // 3 * STEP).strftime("%Y-%m-%dT%H:%M")
    end = (START + events // 3 * STEP + timedelta(minutes=15)).strftime("%Y-%m-%dT%H:%M")
    return {
        "the first page": FIRST,
        WHOLE: FIRST,
        "list, first page": LIST,
        "list, a page in the middle": f"{LIST}?older={middle}",
        "list, its newer page": f"{LIST}?newer={middle}",
        "filter: time, a quarter of an hour": f"{LIST}?since={begin}&until={end}",
        "filter: time, before a third": f"{LIST}?until={begin}",
        "filter: time, nothing since": f"{LIST}?since=2035-01-01T00:00",
        "filter: subject": f"{LIST}?subject=usr_17",
        "filter: subject that is not there": f"{LIST}?subject=usr_none",
        "filter: tool": f"{LIST}?tool={next(iter(CATALOGUE))}",
        "filter: portal, hardly used": f"{LIST}?portal=rare",
        "filter: outcome denied": f"{LIST}?outcome=denied",
        "filter: outcome, none has it": f"{LIST}?outcome=unknown",
        "filter: reason": f"{LIST}?reason=no_policy",
        "filter: subject, denied, in a time": f"{LIST}?subject=usr_17&outcome=denied&until={begin}",
        "search: decision id": f"{LIST}?q=D-{events // 2:016d}",
        "search: request id": f"{LIST}?q=R-{events // 3:016d}",
        "search: an id that is not there": f"{LIST}?q=D-NONE",
        "one event with its neighbours": f"{LIST}{middle}/change/",
    }


def main() -> None:
    """Fill, measure, print a table for `docs/performance.md`."""
    with pages.database():
        fill(EVENTS)
        fill_first_page()
        client = pages.signed_in()
        print(f"{EVENTS:,} events, {connection.vendor}\n\n{pages.HEAD}")
        for name, address in asked(EVENTS).items():
            day.SPAN = (EVENTS + 1) * STEP if name == WHOLE else timedelta(hours=24)
            print(pages.row(client, name, address), flush=True)
        begun = time.perf_counter()
        assert verify(None).is_good
        print(f"\nverify_audit: {EVENTS / (time.perf_counter() - begun):,.0f} events/s")


if __name__ == "__main__":
    main()
