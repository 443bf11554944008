"""`/readyz` tells anybody whether, and staff and the programs that watch which part and how old."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client

from ctera_mcp_site import readiness, state
from oauth.keys import KeyStatus

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
PARTS = {"database", "snapshot", "snapshot_age_seconds", "keys", "keys_age_seconds"}


class Door:
    """Stands for the door of `/metrics`: it opens for one value of a header."""

    def is_open_to(self, scope: dict[str, Any]) -> bool:
        return (b"authorization", b"Bearer watcher") in scope["headers"]


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The parts of a worker that serves."""
    keys = SimpleNamespace(is_usable=True, status=lambda: KeyStatus(4.25, 2, 1, 0, ""))
    running = SimpleNamespace(
        snapshots=SimpleNamespace(is_usable=True, age=0.5), keys=keys, metrics_door=Door()
    )  # fmt: skip
    monkeypatch.setattr(state, "runtime", running)
    return running


def staff(**more: Any) -> Client:
    client = Client()
    client.force_login(User.objects.create_user("stella", **{"is_staff": True, **more}), BACKEND)
    return client


def test_a_stranger_learns_the_verdict_and_nothing_else(client: Client, worker: SimpleNamespace) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert answer["Cache-Control"] == "no-store"
    worker.keys.is_usable = False
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})


def test_staff_learn_each_part_and_its_age(worker: SimpleNamespace) -> None:
    worker.snapshots.is_usable = False
    answer = staff().get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "status": "not ready", "database": True, "snapshot": False, "snapshot_age_seconds": 0.5, "keys": True,
        "keys_age_seconds": 4.25,
    }  # fmt: skip


def test_an_account_that_is_not_staff_is_a_stranger(worker: SimpleNamespace) -> None:
    assert staff(is_staff=False).get("/readyz").json() == {"status": "ready"}


async def test_whoever_may_read_the_metrics_learns_the_parts(async_client: Any, worker: SimpleNamespace) -> None:
    known = await async_client.get("/readyz", headers={"Authorization": "Bearer watcher"})
    assert set(known.json()) == {"status", *PARTS}
    guessed = await async_client.get("/readyz", headers={"Authorization": "Bearer guess"})
    assert set(guessed.json()) == {"status"}


def test_before_the_worker_has_started_it_is_not_ready(client: Client) -> None:
    assert client.get("/readyz").status_code == 503


def test_while_the_database_is_down_no_session_is_looked_for(
    worker: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert worker.keys.is_usable
    signed_in = staff()

    def down() -> int:
        raise DatabaseError("the host and name of the database")

    monkeypatch.setattr(readiness, "policy_revision", down)
    answer = signed_in.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "not ready"})
