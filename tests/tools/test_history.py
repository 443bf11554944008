"""Every way of writing leaves a record that tells what differs, field by field; of secrets only that they changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from oauth.models import Policy, Scope
from tools.history import Change, FieldChange, field_changes, kinds, told
from tools.models import PortalProfile
from tools.services import save_profile

pytestmark = pytest.mark.django_db
SEALED = "gAAAAAsealed-text"


def profile(name: str = "hq", **values: Any) -> PortalProfile:
    return PortalProfile(name=name, host="portal.example.com", username="svc", **values)


def changes(model: Any = PortalProfile) -> list[Change]:
    return told(model, model.history.select_related("history_user").order_by("history_id"))


def fields_of(change: Change) -> dict[str, tuple[str, str]]:
    return {each.field: (each.before, each.after) for each in change.fields}


@pytest.fixture
def hq(db: None) -> PortalProfile:
    return save_profile(profile(), password="portal-secret")


def by_save(row: PortalProfile) -> None:
    row.port = 8443
    row.save()


def by_saving_one_field(row: PortalProfile) -> None:
    row.port, row.host = 8443, "never.example.com"  # only the first is asked to be saved
    row.save(update_fields=["port"])


def by_the_service(row: PortalProfile) -> None:
    row.port = 8443
    save_profile(row)


def by_bulk_update(row: PortalProfile) -> None:
    row.port = 8443
    PortalProfile.objects.bulk_update([row], ["port"])


PORTS: dict[str, Callable[[PortalProfile], Any]] = {
    "save": by_save,
    "save of one field": by_saving_one_field,
    "update": lambda row: PortalProfile.objects.update(port=8443),
    "bulk_update": by_bulk_update,
    "update_or_create": lambda row: PortalProfile.objects.update_or_create(name="hq", defaults={"port": 8443}),
    "the service": by_the_service,
    "the base manager": lambda row: PortalProfile._base_manager.update(port=8443),
}


@pytest.mark.parametrize("write", PORTS.values(), ids=PORTS.keys())
def test_a_change_tells_before_and_after_of_what_was_stored_and_of_nothing_else(
    write: Callable[[PortalProfile], Any], hq: PortalProfile
) -> None:
    write(hq)
    assert fields_of(changes()[-1]) == {"port": ("443", "8443")}
    assert changes()[-1].action == "changed"


def seal_by_save(row: PortalProfile) -> None:
    row.sealed_password = SEALED
    row.save()


def seal_by_saving_one_field(row: PortalProfile) -> None:
    row.sealed_password = SEALED
    row.save(update_fields=["sealed_password"])


def seal_by_bulk_update(row: PortalProfile) -> None:
    row.sealed_password = SEALED
    PortalProfile.objects.bulk_update([row], ["sealed_password"])


SECRETS: dict[str, Callable[[PortalProfile], Any]] = {
    "save": seal_by_save,
    "save of one field": seal_by_saving_one_field,
    "update": lambda row: PortalProfile.objects.update(sealed_password=SEALED),
    "bulk_update": seal_by_bulk_update,
    "the service": lambda row: save_profile(row, password="other-secret"),
}


@pytest.mark.parametrize("write", SECRETS.values(), ids=SECRETS.keys())
def test_a_password_is_told_to_have_changed_and_nothing_more(
    write: Callable[[PortalProfile], Any], hq: PortalProfile
) -> None:
    write(hq)
    assert changes()[-1].fields == (FieldChange("password_set_at", "Password", "", "changed"),)
    kept = json.dumps(list(PortalProfile.history.values()), default=str)
    for secret in (SEALED, hq.sealed_password, "portal-secret", "other-secret"):
        assert secret not in kept


def test_a_change_beside_the_password_says_nothing_of_it(hq: PortalProfile) -> None:
    hq.enabled = False
    hq.save()
    assert fields_of(changes()[-1]) == {"enabled": ("yes", "no")}


def test_rows_made_in_bulk_are_told_as_added_with_their_password_set() -> None:
    PortalProfile.objects.bulk_create([profile("b", sealed_password=SEALED), profile("c")])
    b, c = changes()
    assert (b.action, b.name, fields_of(b)["host"]) == ("added", "b", ("", "portal.example.com"))
    assert fields_of(b)["password_set_at"] == ("", "set")
    assert "password_set_at" not in fields_of(c)


@pytest.mark.parametrize("options", [{"ignore_conflicts": True}, {"update_conflicts": True}])
def test_writing_in_bulk_over_rows_that_stand_in_the_way_is_refused(options: dict[str, bool]) -> None:
    with pytest.raises(TypeError, match="save them one by one"):
        PortalProfile.objects.bulk_create([profile("b")], **options)
    with pytest.raises(TypeError, match="save them one by one"):
        PortalProfile.objects.bulk_create([profile("b")], None, True)


def test_what_loaddata_writes_is_told(hq: PortalProfile, tmp_path: Any) -> None:
    file = tmp_path / "rows.json"
    call_command("dumpdata", "tools.PortalProfile", output=str(file), verbosity=0)
    PortalProfile.objects.update(port=8443)
    call_command("loaddata", str(file), verbosity=0)
    assert fields_of(changes()[-1])["port"] == ("8443", "443")
    assert changes()[-1].reason == "loaddata"


@pytest.mark.parametrize("way", ["instance", "query set"])
def test_a_deletion_tells_what_was_stored(way: str, hq: PortalProfile) -> None:
    hq.host = "never.example.com"
    if way == "instance":
        hq.delete()
    else:
        PortalProfile.objects.all().delete()
    last = changes()[-1]
    assert (last.action, last.name) == ("deleted", "hq")
    assert fields_of(last)["host"] == ("portal.example.com", "")
    assert "default" in fields_of(last)


def test_lists_are_told_entry_by_entry() -> None:
    Policy.objects.filter(name="Readers").update(tenants=["acme", "b"], scopes=["ctera:read"])
    tenants = next(field for field in changes(Policy)[-1].fields if field.field == "tenants")
    assert (tenants.label, tenants.added, tenants.removed) == ("Team Portals", ("acme", "b"), ("-",))


def test_another_order_of_a_list_is_a_difference_of_order_alone() -> None:
    (field,) = field_changes(Policy, {"paths": ["/a/**", "/b/**"]}, {"paths": ["/b/**", "/a/**"]})
    assert (field.before, field.after, field.added, field.removed) == ("/a/**, /b/**", "/b/**, /a/**", (), ())


def test_choices_truth_times_and_long_texts_are_told_as_people_read_them() -> None:
    def one(field: str, before: Any, after: Any) -> tuple[str, str]:
        (found,) = field_changes(PortalProfile, {field: before}, {field: after})
        return found.before, found.after

    assert one("scope", "admin", "user") == (
        "Global administration (many Team Portals)",
        "End-user services (one Team Portal)",
    )
    assert one("https", True, False) == ("yes", "no")
    start = "-----BEGIN CERTIFICATE-----\n" + "A" * 200
    before, after = one("ca_pem", start, start + "B")
    assert "(228 characters)" in before
    assert "(229 characters)" in after
    before, after = one("ca_pem", start + "A", start + "B")
    assert after.endswith("(changed further on)")


def test_the_one_that_loses_the_default_mark_is_told_with_who_gave_it_away(hq: PortalProfile) -> None:
    olga = User.objects.create_user("olga")
    hq.default = True
    hq.save()
    save_profile(profile("b", default=True), password="x", user=olga)
    lost = next(change for change in changes() if change.name == "hq" and "default" in fields_of(change)
                and fields_of(change)["default"] == ("yes", "no"))  # fmt: skip
    assert (lost.who, lost.reason) == ("olga", "b is the default now")


def test_every_governed_kind_is_told_of(hq: PortalProfile) -> None:
    assert {"tools.portalprofile", "oauth.scope", "oauth.policy"} <= set(kinds())


def test_telling_many_records_takes_two_queries(hq: PortalProfile, django_assert_max_num_queries: Any) -> None:
    for port in range(1, 30):
        PortalProfile.objects.update(port=port)
    records = list(PortalProfile.history.select_related("history_user"))
    with django_assert_max_num_queries(2) as queries:
        assert isinstance(queries, CaptureQueriesContext)
        assert len(told(PortalProfile, records)) == 30


def test_an_account_that_changed_something_stays_for_its_name_to_be_told() -> None:
    olga, idle = User.objects.create_user("olga"), User.objects.create_user("idle")
    row = Scope(name="x:all")
    row._history_user = olga  # type: ignore[attr-defined]  # as the services sign
    row.save()
    with pytest.raises(ValidationError, match="switch off Active instead"), transaction.atomic():
        olga.delete()
    idle.delete()
    assert list(User.objects.values_list("username", flat=True)) == ["olga"]
