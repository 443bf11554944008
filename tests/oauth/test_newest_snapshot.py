"""Pages show what policies do by the policy as it is in the database, and read it anew only where they must."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from oauth import services
from oauth.models import Policy
from oauth.policy import PolicySnapshot
from oauth.snapshots import Snapshots, load_snapshot, newest_snapshot

pytestmark = pytest.mark.django_db


class Following:
    """A server in this process that has read the policy."""

    def __init__(self, latest: PolicySnapshot | None) -> None:
        self.latest = latest


def test_what_the_server_has_at_hand_costs_one_query(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    at_hand = load_snapshot()
    monkeypatch.setattr(Snapshots, "running", Following(at_hand))
    with django_assert_num_queries(1):
        assert newest_snapshot() is at_hand


def test_what_has_moved_since_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Snapshots, "running", Following(load_snapshot()))
    services.save_policy(Policy(name="New", effect="deny", tools=["ctera_portal_list_dir"]))
    found = newest_snapshot()
    assert "New" in {rule.name for rule in found.rules}
    assert found.revision == load_snapshot().revision


@pytest.mark.parametrize("running", [None, Following(None)])
def test_without_a_server_or_before_its_first_look_it_is_read(
    monkeypatch: pytest.MonkeyPatch, running: Following | None
) -> None:
    monkeypatch.setattr(Snapshots, "running", running)
    assert newest_snapshot().revision == load_snapshot().revision
