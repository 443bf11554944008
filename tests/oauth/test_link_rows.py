"""Rows of links: taken once, given back, withdrawn in the admin and by a command, forgotten after a week."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from oauth.link_models import FileLink as Row
from oauth.link_store import add, find, give_back, take
from oauth.links import FileLink, LinkKind
from oauth.principal import Principal

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
LIST = "/admin/oauth/filelink/"


def kept(digest: str = "d" * 64, subject: str = "usr_alice", seconds: int = 60) -> FileLink:
    """A link with its row."""
    ends = int(time.time()) + seconds
    principal = Principal("issuer", subject, "client", "", frozenset({"files"}), ends)
    link = FileLink(
        LinkKind.DOWNLOAD, principal, f"D-{digest[:6]}", "ctera_portal_download_file", "hq", "acme", "/A/b.txt", 7,
        overwrite=False, expires_at=ends,
    )  # fmt: skip
    add(digest, link)
    return link


def run(*arguments: str) -> str:
    """What the command prints."""
    out = StringIO()
    call_command("file_links", *arguments, stdout=out)
    return out.getvalue()


def test_a_link_is_found_as_it_was_kept_until_it_is_taken() -> None:
    link = kept()
    assert find("d" * 64) == link
    assert take("d" * 64)
    assert not take("d" * 64)
    assert find("d" * 64) is None
    give_back("d" * 64)
    assert find("d" * 64) == link


def test_an_ended_link_is_neither_found_nor_taken() -> None:
    kept(seconds=-1)
    assert find("d" * 64) is None
    assert not take("d" * 64)


def test_rows_are_forgotten_a_week_after_their_end() -> None:
    kept()
    Row.objects.update(expires_at=timezone.now() - timedelta(days=8))
    kept("e" * 64)
    assert [row.digest for row in Row.objects.all()] == ["e" * 64]


def test_an_operator_withdraws_a_link_and_it_does_not_come_back(client: Client) -> None:
    client.force_login(User.objects.create_superuser("olga"), BACKEND)
    kept()
    row = Row.objects.get()
    client.post(LIST, {"action": "withdraw_links", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert (row.state, row.withdrawn_by) == ("withdrawn", "olga")
    assert find("d" * 64) is None
    give_back("d" * 64)
    assert not take("d" * 64)


@pytest.mark.parametrize(("state", "count"), [("open", 1), ("used", 0), ("expired", 0), ("withdrawn", 0)])
def test_links_are_found_by_their_state(client: Client, state: str, count: int) -> None:
    client.force_login(User.objects.create_superuser("olga"), BACKEND)
    kept()
    assert client.get(LIST, {"state": state}).context["cl"].result_count == count
    assert client.get(f"{LIST}{Row.objects.get().pk}/change/").status_code == 200


def test_the_command_lists_and_withdraws() -> None:
    kept()
    kept("e" * 64, subject="usr_bob")
    assert "usr_alice  /A/b.txt" in run("--open")
    assert [row["state"] for row in json.loads(run("--json"))] == ["open", "open"]
    assert run("--withdraw", "usr_bob") == "Withdrawn: 1.\n"
    assert json.loads(run("--withdraw", "all", "--json")) == {"withdrawn": 1}
    assert run("--open") == "There are no such links.\n"
    with pytest.raises(CommandError, match="No open link"):
        run("--withdraw", "usr_bob")
