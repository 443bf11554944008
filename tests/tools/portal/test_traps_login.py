"""Traps of logging in and out, each met."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.simulators.portal.fixture import RunningPortal
from tests.tools.portal.asking import listing, names, whoami
from tools.errors import PortalLoginFailed, PortalUnavailable
from tools.portal import client as client_module
from tools.portal.client import open_session
from tools.portal.pool import SessionPool
from tools.portal.sdk import new_client
from tools.profile import Profile

ROLE = '<obj class="PortalRoleSettings"><att id="name"><val>readWriteAdminSettings</val></att></obj>'


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every SDK object that is made during the test."""
    found: list[Any] = []
    build = new_client

    def building(profile: Profile) -> Any:
        found.append(build(profile))
        return found[-1]

    monkeypatch.setattr(client_module, "new_client", building)
    return found


@pytest.mark.trap("1.1/team-portal-by-address")
async def test_the_address_says_which_team_portal_a_user_enters(pool: SessionPool, acme: Profile, portal: Any) -> None:
    globex = replace(acme, name="globex", port=portal.tenant_http_ports["globex"], sealed_password="alice-globex")
    globex = replace(globex, tenant="globex")
    assert (await pool.run(acme, "acme", whoami)).tenant == "acme"
    assert "alice.txt" in names(await pool.run(globex, "globex", listing("/My Files")))


@pytest.mark.trap("1.2/address-without-name")
async def test_a_session_is_kept_on_a_host_that_is_an_ip_address(pool: SessionPool, hq: Profile) -> None:
    found = await pool.run(replace(hq, host="127.0.0.1"), "acme", listing("/Users"))
    assert "Alice Acme" in names(found)


@pytest.mark.trap("1.2/unauthorized-login")
@pytest.mark.parametrize("status", [401, 403])
async def test_every_refused_login_is_a_failed_login_and_pauses(
    portal: RunningPortal, pool: SessionPool, hq: Profile, status: int
) -> None:
    portal.control(fault={"match": "login", "kind": "status", "status": status, "times": 5})
    for _ in range(3):
        with pytest.raises(PortalLoginFailed):
            await pool.run(hq, "-", whoami)
    assert [entry["name"] for entry in portal.log()] == ["login"]


@pytest.mark.trap("1.2/other-login-status")
@pytest.mark.parametrize("status", [404, 429, 500, 503])
async def test_a_login_that_fails_for_other_reasons_is_no_matter_of_credentials(
    portal: RunningPortal, pool: SessionPool, hq: Profile, status: int
) -> None:
    portal.control(fault={"match": "login", "kind": "status", "status": status, "times": 1})
    with pytest.raises(PortalUnavailable):
        await pool.run(hq, "-", whoami)
    assert (await pool.run(hq, "-", whoami)).name == "svc-mcp"


@pytest.mark.trap("1.2/refused-login-leaves-connections")
async def test_a_refused_login_leaves_no_connection_open(hq: Profile, made: list[Any]) -> None:
    with pytest.raises(PortalLoginFailed):
        await open_session(hq, "-", "wrong")
    assert [sdk.default._session.closed for sdk in made] == [True]


@pytest.mark.trap("1.2/half-a-login")
@pytest.mark.parametrize("kind", ["status", "garbage", "delay", "drop_before"])
@pytest.mark.parametrize("step", ["currentSession", "currentPortal", "version", "browse"])
async def test_a_login_that_stops_half_way_leaves_no_session_on_the_portal(
    portal: RunningPortal, hq: Profile, made: list[Any], step: str, kind: str
) -> None:
    portal.control(fault={"match": step, "kind": kind, "status": 503, "seconds": 4, "times": 2})
    hasty = replace(hq, read_timeout=1.0) if kind == "delay" else hq
    if (step, kind) == ("browse", "garbage"):  # the place is verified afterwards, whatever was answered
        await (await open_session(hasty, "acme", "svc-secret")).close()
    else:
        with pytest.raises(Exception):  # noqa: B017, PT011 - what is raised is the pool's to word
            await open_session(hasty, "acme", "svc-secret")
    assert portal.stats()["open_sessions"] == 0
    assert all(sdk.default._session.closed for sdk in made)


@pytest.mark.trap("1.2/connecting-allows-calls")
async def test_after_half_a_login_the_next_call_logs_in_anew(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    portal.control(fault={"match": "currentPortal", "kind": "html", "times": 1})
    with pytest.raises(PortalUnavailable):
        await pool.run(hq, "acme", listing("/Users"))
    assert "Alice Acme" in names(await pool.run(hq, "acme", listing("/Users")))
    assert portal.stats()["logins"] == 2


@pytest.mark.trap("1.2/leaving-is-no-logout")
async def test_closing_the_pool_logs_out_of_the_portal(portal: RunningPortal, hq: Profile) -> None:
    pool = SessionPool(str)
    await asyncio.gather(*(pool.run(hq, tenant, whoami) for tenant in ("-", "acme", "globex")))
    await pool.close()
    figures = portal.stats()
    assert (figures["logins"], figures["logouts"], figures["open_sessions"]) == (3, 3, 0)


@pytest.mark.trap("1.2/failing-logout")
@pytest.mark.parametrize("kind", ["status", "garbage", "drop_before", "delay"])
async def test_a_logout_that_fails_still_closes_the_connections(
    portal: RunningPortal, hq: Profile, made: list[Any], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "LOGOUT_SECONDS", 0.3)
    session = await open_session(hq, "-", "svc-secret")
    portal.control(fault={"match": "logout", "kind": kind, "status": 429, "seconds": 2, "times": 2})
    await session.close()
    assert made[0].default._session.closed


@pytest.mark.trap("1.2/token-against-forgery")
async def test_a_portal_that_wants_its_token_against_forgery_gets_it(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    portal.control(csrf=True)
    assert "Alice Acme" in names(await pool.run(hq, "acme", listing("/Users")))
    portal.control(expire="all")
    assert "Alice Acme" in names(await pool.run(hq, "acme", listing("/Users")))


@pytest.mark.trap("1.2/version-like-a-number")
@pytest.mark.parametrize("version", ["8.1", "8.10", "8", "next", ""])
async def test_any_version_of_the_portal_is_logged_in_to_and_told_as_it_is(
    portal: RunningPortal, pool: SessionPool, hq: Profile, version: str
) -> None:
    portal.control(fault={"match": "version", "kind": "reply", "body": f"<val>{version}</val>"})
    assert (await pool.run(hq, "-", whoami)).software_version == version


@pytest.mark.trap("1.2/role-settings-incomplete")
async def test_a_portal_that_says_less_of_a_role_is_logged_in_to(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    portal.control(fault={"match": "rolesSettings", "kind": "reply", "body": ROLE})
    assert "Alice Acme" in names(await pool.run(hq, "acme", listing("/Users")))


@pytest.mark.trap("3.5/unknown-role")
async def test_a_role_that_the_sdk_does_not_know_can_work(pool: SessionPool, hq: Profile) -> None:
    officer = replace(hq, username="compliance", sealed_password="compliance-secret")
    assert (await pool.run(officer, "acme", whoami)).role == "ComplianceOffer"
    assert "Alice Acme" in names(await pool.run(officer, "acme", listing("/Users")))


@pytest.mark.trap("1.2/empty-place")
@pytest.mark.parametrize("body", ["", "<val />", "<val></val>"])
async def test_no_place_means_global_administration(
    portal: RunningPortal, pool: SessionPool, hq: Profile, body: str
) -> None:
    portal.control(fault={"match": "currentPortal", "kind": "reply", "body": body, "times": 2})
    assert (await pool.run(hq, "-", whoami)).tenant == "-"


@pytest.mark.trap("1.2/who-am-i-prints")
async def test_asking_who_the_account_is_prints_nothing(
    pool: SessionPool, hq: Profile, capsys: pytest.CaptureFixture[str]
) -> None:
    await pool.run(hq, "-", whoami)
    assert capsys.readouterr() == ("", "")
