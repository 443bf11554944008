"""Public links are made with the access and the end that were asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.tools.writes.files import DOCS, PLAN, Files


def links(files: Files) -> list[dict[str, str]]:
    """The links that the portal has."""
    found = files.portal.control(links=True)["links"]
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("access", "mode"), [("RO", "ReadOnly"), ("RW", "ReadWrite"), ("PO", "PreviewOnly"), ("UO", "UploadOnly")]
)
def test_a_link_has_the_access_and_the_end_that_were_asked_for(both: Files, access: str, mode: str) -> None:
    made = both.good("create_public_link", path=DOCS, access=access, expire_in=3)
    ends = datetime.now(UTC).date() + timedelta(days=3)
    assert (made["access"], abs((date.fromisoformat(made["expires"]) - ends).days) <= 1) == (access, True)
    assert links(both) == [
        {
            "url": made["link"],
            "path": DOCS,
            "account": "alice",
            "tenant": "acme",
            "access": mode,
            "expiration": made["expires"],
        }
    ]


def test_a_link_reads_and_lasts_thirty_days_unless_told_otherwise(files: Files) -> None:
    made = files.good("create_public_link", path=PLAN)
    days = (date.fromisoformat(made["expires"]) - datetime.now(UTC).date()).days
    assert (made["access"], days in {29, 30}) == ("RO", True)


def test_what_is_not_there_or_not_allowed_gets_no_link(files: Files) -> None:
    assert files.bad("create_public_link", path=f"{DOCS}/none")["code"] == "not_found"
    found = files.bad("create_public_link", path="/Shared With Me/Bob Acme/Handbook", access="RW")
    assert found["code"] == "portal_denied"
    assert links(files) == []


@pytest.mark.trap("3.2/access-and-expiry-of-a-link")
@pytest.mark.parametrize(
    "wrong",
    [
        {"access": "NA"},
        {"access": "ro"},
        {"access": "ReadOnly"},
        {"expire_in": 0},
        {"expire_in": -1},
        {"expire_in": 366},
        {"expire_in": "30"},
        {"expire_in": 1.5},
        {"expire_in": True},
    ],
    ids=str,
)
def test_other_access_and_other_ends_are_refused(files: Files, wrong: dict[str, object]) -> None:
    assert files.bad("create_public_link", path=PLAN, **wrong)["code"] == "invalid_argument"
    assert links(files) == []
