"""Any write through the ORM to a governed row moves the revision, in the same transaction, and leaves history."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import models, transaction

from tools.governed import Revision, revision_moved
from tools.models import PortalProfile

pytestmark = pytest.mark.django_db


def revision() -> int:
    return Revision.objects.get(pk=1).number


def profile(name: str = "hq", **values: Any) -> PortalProfile:
    return PortalProfile(name=name, host="portal.example.com", username="svc", **values)


@pytest.fixture
def hq(db: None) -> PortalProfile:
    row = profile()
    row.save()
    return row


def by_save(row: PortalProfile) -> None:
    row.port = 8443
    row.save()


def by_save_of_some_fields(row: PortalProfile) -> None:
    row.port = 8443
    row.save(update_fields=["port"])


def by_fixture(row: PortalProfile) -> None:
    file = Path(f"{row.name}.json")
    call_command("dumpdata", "tools.PortalProfile", output=str(file), verbosity=0)
    call_command("loaddata", str(file), verbosity=0)


WRITES: dict[str, Callable[[PortalProfile], Any]] = {
    "save": by_save,
    "save of some fields": by_save_of_some_fields,
    "delete": lambda row: row.delete(),
    "update": lambda row: PortalProfile.objects.update(enabled=False),
    "update with an expression": lambda row: PortalProfile.objects.update(port=models.F("port") + 1),
    "update of the sealed password": lambda row: PortalProfile.objects.update(sealed_password="x"),
    "update that matches nothing": lambda row: PortalProfile.objects.filter(name="none").update(enabled=False),
    "query set delete": lambda row: PortalProfile.objects.all().delete(),
    "create": lambda row: PortalProfile.objects.create(name="b", host="h", username="u"),
    "get_or_create": lambda row: PortalProfile.objects.get_or_create(name="b", defaults={"host": "h", "username": "u"}),
    "update_or_create": lambda row: PortalProfile.objects.update_or_create(name="hq", defaults={"port": 8443}),
    "bulk_create": lambda row: PortalProfile.objects.bulk_create([profile("b"), profile("c")]),
    "bulk_create of nothing": lambda row: PortalProfile.objects.bulk_create([]),
    "bulk_update": lambda row: PortalProfile.objects.bulk_update([row], ["port"]),
    "the base manager": lambda row: PortalProfile._base_manager.update(enabled=False),
    "loaddata": by_fixture,
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_every_way_of_writing_moves_the_revision(
    write: Callable[[PortalProfile], Any], hq: PortalProfile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    before = revision()
    write(hq)
    assert revision() > before


async def asynchronously(write: str, row: PortalProfile) -> None:
    match write:
        case "asave":
            await row.asave()
        case "aupdate":
            await PortalProfile.objects.aupdate(enabled=False)
        case "adelete":
            await row.adelete()
        case "abulk_create":
            await PortalProfile.objects.abulk_create([profile("b")])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", ["asave", "aupdate", "adelete", "abulk_create"])
async def test_asynchronous_writes_move_it_too(write: str) -> None:
    row = profile()
    await row.asave()
    before = await Revision.objects.aget(pk=1)
    await asynchronously(write, row)
    assert (await Revision.objects.aget(pk=1)).number > before.number


def test_a_read_does_not_move_it(hq: PortalProfile) -> None:
    before = revision()
    list(PortalProfile.objects.filter(enabled=True))
    PortalProfile.objects.get_or_create(name="hq")
    assert revision() == before


def test_a_write_that_is_rolled_back_leaves_the_revision(hq: PortalProfile) -> None:
    before = revision()

    def half() -> None:
        with transaction.atomic():
            PortalProfile.objects.update(enabled=False)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert revision() == before
    assert PortalProfile.objects.get().enabled


@pytest.mark.parametrize("write", ["save", "bulk_create", "bulk_update", "create"])
def test_what_can_be_validated_is(write: str, hq: PortalProfile) -> None:
    hq.host = "https://portal.example.com/"
    bad = profile("b", scope="user")
    attempts: dict[str, Callable[[], Any]] = {
        "save": hq.save,
        "bulk_update": lambda: PortalProfile.objects.bulk_update([hq], ["host"]),
        "bulk_create": lambda: PortalProfile.objects.bulk_create([bad]),
        "create": lambda: PortalProfile.objects.create(name="b", host="h", username="u", scope="user"),
    }
    before = revision()
    with pytest.raises(ValidationError):
        attempts[write]()
    assert revision() == before
    assert PortalProfile.objects.get().host == "portal.example.com"


def test_history_follows_writes_that_send_no_signal(hq: PortalProfile) -> None:
    PortalProfile.objects.filter(name="hq").update(name="head", port=8443)
    PortalProfile.objects.bulk_create([profile("b")])
    records = [(r.history_type, r.name, r.port) for r in PortalProfile.history.order_by("history_id")]
    assert records == [("+", "hq", 443), ("~", "head", 8443), ("+", "b", 443)]


def test_history_never_holds_the_sealed_password(hq: PortalProfile) -> None:
    PortalProfile.objects.update(sealed_password="gAAAAAsealed")
    columns = {field.name for field in PortalProfile.history.model._meta.get_fields()}
    assert "sealed_password" not in columns
    assert "gAAAAAsealed" not in json.dumps(list(PortalProfile.history.values()), default=str)


@pytest.mark.django_db(transaction=True)
def test_the_process_that_wrote_hears_of_it_after_the_commit() -> None:
    heard: list[int] = []

    def listener(**_: Any) -> None:
        heard.append(revision())

    revision_moved.connect(listener)
    try:
        with transaction.atomic():
            profile().save()
            assert heard == []
        assert heard == [revision()]
    finally:
        revision_moved.disconnect(listener)


@pytest.mark.django_db(transaction=True)
def test_the_revision_row_outlives_a_flush() -> None:
    call_command("flush", interactive=False, verbosity=0)
    profile().save()
    assert revision() == 2
