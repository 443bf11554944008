"""A handle opens for the caller it was sealed for, within its day, and says nothing to anybody else."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from ctera_mcp_site.cursors import shared_box
from ctera_mcp_site.operations import HOURS, OperationHandles
from oauth.principal import Principal
from tools.errors import InvalidArgument
from tools.spec import Operation

SECRET = "a secret key of an installation"
BOB = Principal("https://one.example.test", "usr_bob", "client_1", "org_1", frozenset({"ctera:admin"}), 0)
OPERATION = Operation(
    "ctera_portal_delete_items",
    "hq",
    "acme",
    {"paths": ["/Users/Bob Acme/Gehälter.txt"]},
    "servers/MainDB/bgTasks/7",
    {"/Users/Bob Acme/none": "absent"},
)


def handles(principal: Principal = BOB, box: Fernet | None = None) -> OperationHandles:
    """The handles of one caller on some worker."""
    return OperationHandles(box or shared_box("operation", SECRET), principal)


def test_another_worker_opens_what_was_sealed() -> None:
    assert handles().open(handles().seal(OPERATION)) == OPERATION


@pytest.mark.parametrize(
    "other",
    [
        replace(BOB, subject="usr_eve"),
        replace(BOB, issuer="https://two.example.test"),
        replace(BOB, subject="USR_BOB"),
        replace(BOB, subject="", client="usr_bob"),
    ],
)
def test_a_handle_is_opened_by_nobody_but_its_caller(other: Principal) -> None:
    with pytest.raises(InvalidArgument, match="no handle of yours"):
        handles(other).open(handles().seal(OPERATION))


def test_the_same_person_goes_on_in_another_client_and_with_another_token() -> None:
    later = replace(BOB, client="client_2", scopes=frozenset({"files"}), expires_at=9)
    assert handles(later).open(handles().seal(OPERATION)) == OPERATION


@pytest.mark.parametrize("box", [shared_box("operation", "another secret"), shared_box("cursor", SECRET)])
def test_neither_another_installation_nor_a_cursor_makes_one(box: Fernet) -> None:
    with pytest.raises(InvalidArgument, match="no handle of yours"):
        handles().open(handles(box=box).seal(OPERATION))


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"x\x9c", b"\x00" * 40])
def test_what_was_sealed_but_is_no_operation_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidArgument, match="no handle of yours"):
        handles().open(shared_box("operation", SECRET).encrypt(content).decode())


def test_a_handle_ends_after_its_day(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = handles().seal(OPERATION)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + HOURS * 3600 - 60)
    assert handles().open(handle) == OPERATION
    monkeypatch.setattr(time, "time", lambda: now + HOURS * 3600 + 60)
    with pytest.raises(InvalidArgument, match=f"older than {HOURS} hours"):
        handles().open(handle)


def test_a_handle_reveals_nothing_of_its_operation() -> None:
    handle = handles().seal(OPERATION)
    assert handle.isascii()
    for word in ("delete", "acme", "Bob", "bgTasks", "usr_"):
        assert word not in handle
    assert handle != handles().seal(OPERATION)
