"""Traps of sessions that end, each met."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cterasdk.exceptions.session import NotLoggedIn
from yarl import URL

from tests.simulators.portal.fixture import RunningPortal
from tests.simulators.portal.sessions import EXPIRED_FORMS
from tests.tools.portal.asking import listing, names, whoami
from tools.errors import PortalDenied, PortalUnavailable
from tools.portal.failures import Expired, guarded
from tools.portal.hooks import stays
from tools.portal.pool import SessionPool
from tools.portal.ports import PortalSession
from tools.profile import Profile


@pytest.mark.trap("1.3/forms-of-expiry")
@pytest.mark.parametrize("form", sorted(EXPIRED_FORMS))
async def test_every_form_of_expiry_is_one_new_login_and_one_retry(
    portal: RunningPortal, pool: SessionPool, hq: Profile, form: str
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(expire="all", expire_form=form)
    assert "Alice Acme" in names(await pool.run(hq, "acme", listing("/Users")))
    asked = [entry["name"] for entry in portal.log()]
    assert (asked.count("login"), asked.count("list")) == (2, 2)


@pytest.mark.trap("1.3/forms-of-expiry")
@pytest.mark.parametrize("form", sorted(EXPIRED_FORMS))
async def test_every_form_of_expiry_is_renewed_for_a_users_session_too(
    portal: RunningPortal, pool: SessionPool, acme: Profile, form: str
) -> None:
    await pool.run(acme, "acme", whoami)
    portal.control(expire="all", expire_form=form)
    assert "Docs" in names(await pool.run(acme, "acme", listing("/My Files")))


@pytest.mark.trap("1.3/redirect-elsewhere")
@pytest.mark.parametrize(
    ("location", "followed"),
    [
        ("/admin/api/other", True),
        ("https://portal.example.com/admin/api/other", True),
        ("https://portal.example.com:443/x", True),
        ("http://portal.example.com/admin/api", False),
        ("https://portal.example.com:8443/admin/api", False),
        ("https://portal.example.com.evil.example/admin/api", False),
        ("//evil.example/admin/api", False),
        ("https://login.okta.example/", False),
        ("/ServicesPortal/login.html", False),
        ("https://portal.example.com/ServicesPortal/login.html?x=1", False),
        ("http://[broken", False),
        ("", False),
        (None, False),
    ],
)
def test_a_redirect_is_followed_on_the_same_origin_only(location: str | None, followed: bool) -> None:
    assert stays(URL("https://portal.example.com/admin/api"), location) is followed


@pytest.mark.trap("1.3/redirect-elsewhere")
async def test_a_password_is_not_carried_to_another_host(
    portal: RunningPortal, pool: SessionPool, hq: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    caught: list[bytes] = []

    async def catch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        caught.append(await reader.read(4096))
        writer.close()

    trap = await asyncio.start_server(catch, "127.0.0.1", 0)
    away = f"http://127.0.0.1:{trap.sockets[0].getsockname()[1]}/login"
    portal.control(fault={"match": "login", "kind": "redirect", "status": 307, "body": away})
    with pytest.raises(PortalUnavailable, match="Check host, port"):
        await pool.run(hq, "-", whoami)
    trap.close()
    await trap.wait_closed()
    assert caught == []


@pytest.mark.trap("1.3/refusal-looks-like-expiry")
async def test_a_refusal_on_a_living_session_is_told_and_costs_no_login(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(fault={"match": "list", "kind": "status", "status": 403, "times": 1})
    with pytest.raises(PortalDenied):
        await pool.run(hq, "acme", listing("/Users"))
    assert portal.stats()["logins"] == 1


@pytest.mark.trap("1.3/nonsense-looks-like-expiry")
async def test_nonsense_on_a_living_session_costs_no_login(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(fault={"match": "list", "kind": "html", "times": 1})
    with pytest.raises(PortalUnavailable, match="not a portal's"):
        await pool.run(hq, "acme", listing("/Users"))
    assert portal.stats()["logins"] == 1


@pytest.mark.trap("1.3/expiry-for-ever")
async def test_a_portal_that_ends_every_session_is_told_after_one_retry(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    await pool.run(hq, "acme", whoami)

    async def ended(session: PortalSession) -> Any:
        portal.control(expire="all")
        return await listing("/Users")(session)

    with pytest.raises(PortalUnavailable, match="keeps ending the session"):
        await pool.run(hq, "acme", ended)
    assert portal.stats()["logins"] == 2


@pytest.mark.trap("1.3/not-logged-in")
async def test_a_session_that_is_logged_out_under_us_is_opened_anew(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    seen: list[Any] = []

    async def logged_out_once(session: Any) -> Any:
        if not seen:
            await session._sdk.logout()
        seen.append(session)
        return await session.whoami()

    assert (await pool.run(hq, "-", logged_out_once)).name == "svc-mcp"
    assert len(seen) == 2
    assert seen[0] is not seen[1]
    with pytest.raises(Expired), guarded("hq"):
        raise NotLoggedIn


@pytest.mark.trap("2/browse-again-after-expiry")
async def test_the_new_session_stands_in_the_same_team_portal(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    for _ in range(2):
        assert names(await pool.run(hq, "globex", listing("/Users"))) == {"Carol Globex", "Alice Globex"}
        portal.control(expire="all")
    assert [entry["name"] for entry in portal.log()].count("browse") == 2


@pytest.mark.trap("7.14/write-after-expiry")
@pytest.mark.parametrize("form", ["redirect", "401", "html200", "redirect_idp"])
async def test_a_write_on_an_expired_session_is_asked_once_more(
    portal: RunningPortal, pool: SessionPool, hq: Profile, form: str
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(expire="all", expire_form=form)
    await pool.run(hq, "acme", listing("/Users"), write=True)
    served = [entry for entry in portal.log() if entry["name"] == "list" and entry["session"]]
    assert len(served) == 1
