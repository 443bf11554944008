"""The tests of the policies as rows: every write to them, and what comes of them by the policies as they are."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from oauth.asking import Asked, BadQuestion, claims_in
from oauth.expectations import Expectation, Verdict, run
from oauth.models import PolicyTest
from tools.governed import governed_write
from tools.services import sign

if TYPE_CHECKING:
    from django.contrib.auth.models import AbstractBaseUser

    from oauth.policy import PolicySnapshot

__all__ = ["Verdict", "as_expectation", "delete_test", "enabled_tests", "failing", "run", "save_test"]


def save_test(row: PolicyTest, *, user: AbstractBaseUser | None = None, reason: str = "") -> PolicyTest:
    """Validate and save a test; raises `ValidationError` by field."""
    with governed_write():
        sign(row, user, reason)
        row.save()
    return row


def delete_test(row: PolicyTest, *, user: AbstractBaseUser | None = None, reason: str = "") -> None:
    """Delete a test."""
    with governed_write():
        sign(row, user, reason)
        row.delete()


def as_expectation(row: PolicyTest) -> Expectation:
    """A row as the pure core knows it; its time becomes Unix seconds. Claims that cannot be read fail it."""
    claims: tuple[tuple[str, str], ...] = ()
    fault = ""
    try:
        claims = claims_in(row.claims)
    except BadQuestion as bad:
        fault = f"{bad.part}: {bad.message}"
    asked = Asked(
        tool=row.tool,
        at=0.0 if row.at is None else row.at.timestamp(),
        scopes=frozenset(row.scopes),
        subject=row.subject,
        client=row.client,
        organization=row.organization,
        portal=row.portal,
        tenant=row.tenant,
        paths=tuple(row.paths),
        claims=claims,
    )
    return Expectation(row.name, asked, row.expected, row.policy, row.at is None, row.pk, fault)


def enabled_tests() -> list[Expectation]:
    """The tests that are switched on, by name; one query."""
    return [as_expectation(row) for row in PolicyTest.objects.filter(enabled=True).order_by("name")]


def failing(snapshot: PolicySnapshot, tests: Iterable[Expectation] | None = None) -> list[Verdict]:
    """The tests, of all that are switched on, that the policies of the snapshot fail; raises `DatabaseError`."""
    wanted = enabled_tests() if tests is None else tests
    return [verdict for verdict in run(snapshot, wanted, time.time()) if not verdict.passed]
