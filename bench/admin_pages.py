"""`python -m bench.admin_pages [ROWS]`: how long the admin's lists and forms take when there is a thousand of each.

As a worker draws them, which has the policy at hand.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence

from bench import pages  # sets Django up for the rest

# isort: split
from django.db import connection
from django.utils import timezone

from oauth.models import Policy, PolicyTest, Scope, Suspension
from oauth.snapshots import Snapshots
from tools.governed import governed_write
from tools.models import CallerAccount, PortalHealth, PortalProfile

ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
CALLER = {"identity": "caller", "account_claim": "account", "tenant": "acme", "dns_suffix": "portal.example.com"}
LIST_DIR = "ctera_portal_list_dir"


def fill(rows: int) -> None:
    """As many portals, callers' accounts, policies, scopes, suspensions and policy tests."""
    now = timezone.now()
    with governed_write():
        PortalProfile.objects.bulk_create(
            PortalProfile(
                name=f"p{number:04}",
                host=f"h{number}.example.com",
                username="svc",
                sealed_password="sealed",
                password_set_at=now,
                **(CALLER if number % 2 else {}),
            )
            for number in range(rows)
        )
        portals = list(PortalProfile.objects.all())
        CallerAccount.objects.bulk_create(
            CallerAccount(profile=portals[1], subject=f"usr_{number}", account=f"a{number}") for number in range(rows)
        )
        Policy.objects.bulk_create(
            Policy(name=f"Policy {number:04}", scopes=["ctera:read"], subjects=[f"usr_{number}"], toolsets=["read"])
            for number in range(rows)
        )
        Scope.objects.bulk_create(Scope(name=f"s:{number}") for number in range(rows))
        Suspension.objects.bulk_create(
            Suspension(level="subject", value=f"usr_{number}", reason="bench") for number in range(rows)
        )
        PolicyTest.objects.bulk_create(
            PolicyTest(
                name=f"Test {number:04}", tool=LIST_DIR, expected="deny", scopes=["ctera:read"], subject=f"usr_{number}"
            )
            for number in range(rows)
        )
    PortalHealth.objects.bulk_create(PortalHealth(profile=portal) for portal in portals)


def asked() -> Sequence[tuple[str, str]]:
    """What is asked, by what it is."""
    first = {
        model: model._default_manager.order_by("pk").values_list("pk", flat=True)[1]
        for model in (PortalProfile, Policy, Scope, Suspension, PolicyTest)
    }
    return [
        ("first page", "/admin/"),
        ("portals", "/admin/tools/portalprofile/"),
        ("portals, searched", "/admin/tools/portalprofile/?q=p05"),
        ("portals, last page", f"/admin/tools/portalprofile/?p={(ROWS - 1) // 50 + 1}"),
        ("one portal, with its callers", f"/admin/tools/portalprofile/{first[PortalProfile]}/change/"),
        ("callers' accounts", "/admin/tools/calleraccount/"),
        ("callers' accounts, searched", "/admin/tools/calleraccount/?q=usr_5"),
        ("policies", "/admin/oauth/policy/"),
        ("policies, searched", "/admin/oauth/policy/?q=Policy+05"),
        ("one policy", f"/admin/oauth/policy/{first[Policy]}/change/"),
        ("a new policy", "/admin/oauth/policy/add/"),
        ("scopes", "/admin/oauth/scope/"),
        ("suspensions", "/admin/oauth/suspension/"),
        ("one suspension", f"/admin/oauth/suspension/{first[Suspension]}/change/"),
        ("policy tests", "/admin/oauth/policytest/"),
        ("one policy test", f"/admin/oauth/policytest/{first[PolicyTest]}/change/"),
        ("Why?", "/admin/oauth/policy/why/"),
        ("effective access", "/admin/oauth/policy/effective-access/"),
        ("recent changes", "/admin/changes/"),
    ]


def main() -> None:
    """Fill, measure, print a table for `docs/performance.md`."""
    with pages.database():
        fill(ROWS)
        following = Snapshots(max_staleness=60.0)
        asyncio.run(following.refresh())
        Snapshots.running = following  # pages are drawn by a worker, which has the policy at hand
        client = pages.signed_in()
        print(f"{ROWS:,} of each, {connection.vendor}\n\n{pages.HEAD}")
        for name, address in asked():
            print(pages.row(client, name, address), flush=True)


if __name__ == "__main__":
    main()
