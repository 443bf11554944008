"""The rows of portals' health: a look is claimed once, kept with few writes, and is no part of policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from tools.governed import Revision
from tools.health import Found, State
from tools.health_rows import CLAIM, add_missing, badge_of, claim_due, record
from tools.models import PortalHealth, PortalProfile
from tools.profile import Profile
from tools.services import as_profile, save_profile

pytestmark = pytest.mark.django_db
GOOD = Found(good=True, duration_ms=80)
DOWN = Found(good=False, duration_ms=9, code="portal_unavailable", error="It is away.", remedy="Start it.")
REFUSED = replace(DOWN, code="portal_login_failed")
PERIOD = 60.0


def made(name: str = "hq") -> PortalProfile:
    return save_profile(PortalProfile(name=name, host="portal.example.com", username="svc"), password="portal-secret")


def by_name(*rows: PortalProfile) -> dict[str, Profile]:
    profiles = {row.name: as_profile(row) for row in rows}
    add_missing(profiles)
    return profiles


def names(profiles: dict[str, Profile], most: int = 8) -> list[str]:
    return [profile.name for profile in claim_due(profiles, most).claims]


def moved(**values: object) -> None:
    PortalHealth.objects.update(**values)


def read(row: PortalProfile) -> PortalHealth:
    return PortalHealth.objects.get(profile=row)


def test_a_look_is_claimed_once_and_by_nobody_else_until_the_claim_is_over() -> None:
    profiles = by_name(made())
    assert names(profiles) == ["hq"]
    assert names(profiles) == []
    moved(next_at=timezone.now() - timedelta(seconds=1))  # whoever claimed it has died
    assert names(profiles) == ["hq"]
    assert read(PortalProfile.objects.get()).next_at > timezone.now() + CLAIM / 2  # type: ignore[operator]


def test_a_claim_that_another_worker_was_quicker_with_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    profiles = by_name(made())

    queryset = type(PortalHealth.objects.all())
    original = queryset.order_by

    def late(rows: QuerySet[PortalHealth], *fields: str) -> list[PortalHealth]:
        read = list(original(rows, *fields))
        moved(next_at=timezone.now() + CLAIM)
        return read

    monkeypatch.setattr(queryset, "order_by", late)
    assert names(profiles) == []


def test_a_result_sets_the_next_look_and_keeps_the_state() -> None:
    row = made()
    profiles = by_name(row)
    record(profiles["hq"], DOWN, PERIOD)
    first = read(row)
    assert (first.good, first.code, first.error, first.remedy) == (
        False,
        "portal_unavailable",
        "It is away.",
        "Start it.",
    )
    assert names(profiles) == []
    record(profiles["hq"], DOWN, PERIOD)
    again = read(row)
    assert again.since == first.since
    assert again.checked_at > first.checked_at  # type: ignore[operator]
    record(profiles["hq"], GOOD, PERIOD)
    assert badge_of(PortalProfile.objects.get()).state is State.GOOD
    assert read(row).since > first.since  # type: ignore[operator]


def test_a_changed_profile_is_due_at_once_and_not_checked_until_then() -> None:
    row = made()
    record(by_name(row)["hq"], GOOD, PERIOD)
    row.host = "other.example.com"
    save_profile(row)
    assert badge_of(PortalProfile.objects.get()).state is State.UNKNOWN
    profiles = by_name(row)
    assert claim_due(profiles, 8).up == {}
    moved(next_revision=0)
    assert names(profiles) == ["hq"]


def test_after_refused_logins_the_next_look_is_ever_later_until_the_profile_is_changed() -> None:
    row = made()
    profiles = by_name(row)
    pauses = []
    for _ in range(3):
        record(profiles["hq"], REFUSED, PERIOD)
        pauses.append(round((read(row).next_at - timezone.now()).total_seconds(), -1))  # type: ignore[operator]
    assert pauses == [120, 240, 480]
    save_profile(row, password="another-secret")
    assert names(by_name(row)) == ["hq"]
    record(as_profile(row), REFUSED, PERIOD)
    assert read(row).refused_logins == 1


def test_as_many_are_claimed_as_there_is_room_for_those_longest_overdue_first() -> None:
    rows = [made("one"), made("two"), made("three")]
    profiles = by_name(*rows)
    now = timezone.now()
    for minutes, row in enumerate(rows, 1):
        PortalHealth.objects.filter(profile=row).update(next_at=now - timedelta(minutes=minutes))
    assert names(profiles, 2) == ["three", "two"]
    assert names(profiles, 0) == []
    assert names(profiles) == ["one"]


def test_only_the_profiles_that_are_asked_for_are_claimed() -> None:
    on, off = made("on"), made("off")
    by_name(on, off)
    assert names({"on": as_profile(on)}) == ["on"]


def test_looking_moves_no_revision_and_leaves_no_history() -> None:
    row = made()
    before, records = Revision.objects.get().number, row.history.count()
    profiles = by_name(row)
    claim_due(profiles, 8)
    record(profiles["hq"], DOWN, PERIOD)
    assert Revision.objects.get().number == before
    assert row.history.count() == records


def test_a_result_for_a_profile_that_is_gone_is_dropped_and_its_row_goes_with_it() -> None:
    row = made()
    profile = by_name(row)["hq"]
    row.delete()
    record(profile, GOOD, PERIOD)
    assert not PortalHealth.objects.exists()


def test_a_profile_that_nobody_asked_for_before_gets_its_row_with_its_first_result() -> None:
    row = made()
    record(as_profile(row), GOOD, PERIOD)
    assert read(row).good


def test_a_thousand_profiles_cost_one_query_a_round(django_assert_num_queries: Callable[..., object]) -> None:
    PortalProfile.objects.bulk_create(
        PortalProfile(name=f"p{number}", host="portal.example.com", username="svc") for number in range(1000)
    )
    profiles = by_name(*PortalProfile.objects.all())
    moved(next_at=timezone.now() + timedelta(minutes=1))
    for profile in profiles.values():
        PortalHealth.objects.filter(profile__name=profile.name).update(next_revision=profile.revision)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        assert claim_due(profiles, 8).claims == []
