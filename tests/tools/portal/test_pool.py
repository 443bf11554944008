"""Sessions are pinned, shared, renewed once, and never mix two places."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.simulators.portal.fixture import RunningPortal
from tests.tools.portal.asking import listing, whoami
from tools.errors import CallTimeout, NotFound, OutcomeUnknown, PortalLoginFailed, PortalUnavailable, ToolError
from tools.portal.pool import SessionPool
from tools.profile import Profile


async def test_a_session_knows_its_account(pool: SessionPool, hq: Profile) -> None:
    account = await pool.run(hq, "-", whoami)
    assert (account.name, account.tenant) == ("svc-mcp", "-")


@pytest.mark.trap("1.1/port-of-plain-http")
async def test_a_users_profile_works_over_plain_http_with_a_port(pool: SessionPool, acme: Profile) -> None:
    page = await pool.run(acme, "acme", listing("/My Files"))
    assert "Docs" in {item.name for item in page.items}


@pytest.mark.trap("2/browse-moves-a-session")
@pytest.mark.parametrize("tenant", ["acme", "globex", "2024", "007"])
async def test_a_session_stands_in_its_team_portal(pool: SessionPool, hq: Profile, tenant: str) -> None:
    assert (await pool.run(hq, tenant, whoami)).tenant == tenant


async def test_a_team_portal_that_does_not_exist_is_not_found(pool: SessionPool, hq: Profile) -> None:
    with pytest.raises(NotFound):
        await pool.run(hq, "nowhere", whoami)


@pytest.mark.trap("7.2/names-become-numbers")
async def test_a_tenant_that_only_reads_as_the_same_number_is_not_found(pool: SessionPool, hq: Profile) -> None:
    with pytest.raises(NotFound):
        await pool.run(hq, "7", whoami)


@pytest.mark.trap("7.2/names-become-numbers")
@pytest.mark.trap("0.6/name-of-an-entry")
async def test_names_that_look_like_numbers_come_back_as_they_are(pool: SessionPool, acme: Profile) -> None:
    page = await pool.run(acme, "acme", listing("/My Files/Names"))
    assert {"2024", "1.10", "007", "1_000", "true", " pad "} <= {item.name for item in page.items}


async def test_a_page_is_as_long_as_asked_and_says_that_more_follows(pool: SessionPool, acme: Profile) -> None:
    page = await pool.run(acme, "acme", listing("/My Files/Many", limit=30))
    assert len(page.items) == 30
    assert page.has_more


@pytest.mark.trap("2/two-logins-at-once")
async def test_many_callers_share_one_login(portal: RunningPortal, pool: SessionPool, hq: Profile) -> None:
    await asyncio.gather(*(pool.run(hq, "acme", whoami) for _ in range(40)))
    assert portal.stats()["logins"] == 1


@pytest.mark.trap("2/two-logins-at-once")
async def test_a_cancelled_caller_does_not_stop_the_login_others_wait_for(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    portal.control(hold="login")
    first = asyncio.create_task(pool.run(hq, "-", whoami))
    second = asyncio.create_task(pool.run(hq, "-", whoami))
    await asyncio.to_thread(portal.wait_held, "login")
    first.cancel()
    portal.control(release="login")
    assert (await second).name == "svc-mcp"
    assert portal.stats()["logins"] == 1


@pytest.mark.parametrize("form", ["redirect", "redirect_admin", "html200", "401", "403xml", "microsoft"])
async def test_an_expired_session_is_renewed_once_whatever_it_looks_like(
    portal: RunningPortal, pool: SessionPool, hq: Profile, form: str
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(expire="all", expire_form=form)
    page = await pool.run(hq, "acme", listing("/Users"))
    assert page.items
    assert portal.stats()["logins"] == 2


@pytest.mark.trap("2/two-logins-at-once")
async def test_many_callers_of_an_expired_session_share_the_new_login(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(expire="all", expire_form="html200")
    await asyncio.gather(*(pool.run(hq, "acme", listing("/Users")) for _ in range(30)))
    assert portal.stats()["logins"] == 2


@pytest.mark.trap("1.2/wrong-password")
async def test_a_wrong_password_is_said_and_not_tried_again_at_once(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    wrong = replace(hq, sealed_password="wrong")
    for _ in range(5):
        with pytest.raises(PortalLoginFailed):
            await pool.run(wrong, "-", whoami)
    assert portal.stats()["failed_logins"] == 1


async def test_a_corrected_password_works_at_once(pool: SessionPool, hq: Profile) -> None:
    with pytest.raises(PortalLoginFailed):
        await pool.run(replace(hq, sealed_password="wrong"), "-", whoami)
    assert (await pool.run(replace(hq, revision=2), "-", whoami)).name == "svc-mcp"


@pytest.mark.trap("2/unverified-place")
async def test_an_account_of_another_team_portal_is_a_failed_login(pool: SessionPool, acme: Profile) -> None:
    with pytest.raises(PortalLoginFailed):
        await pool.run(replace(acme, tenant="globex"), "globex", whoami)


@pytest.mark.trap("1.4/own-authority")
async def test_an_unknown_authority_is_refused(pool: SessionPool, hq: Profile) -> None:
    with pytest.raises(PortalUnavailable, match="certificate"):
        await pool.run(replace(hq, ca_pem=""), "-", whoami)


@pytest.mark.trap("1.4/settings-of-the-process")
async def test_verification_can_be_switched_off_for_one_profile_alone(pool: SessionPool, hq: Profile) -> None:
    assert (await pool.run(replace(hq, ca_pem="", verify_tls=False), "-", whoami)).name == "svc-mcp"
    with pytest.raises(PortalUnavailable):
        await pool.run(replace(hq, revision=2, ca_pem=""), "-", whoami)


async def test_a_portal_that_is_not_there_is_unavailable(pool: SessionPool, hq: Profile) -> None:
    with pytest.raises(PortalUnavailable):
        await pool.run(replace(hq, port=1), "-", whoami)


@pytest.mark.trap("1.4/netrc-and-proxies")
async def test_netrc_is_not_read(
    pool: SessionPool, hq: Profile, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = f"{tmp_path}/netrc"
    with open(netrc, "w") as file:  # noqa: PTH123
        file.write("machine localhost login x password y\n")
    monkeypatch.setenv("NETRC", netrc)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert (await pool.run(hq, "-", whoami)).name == "svc-mcp"


@pytest.mark.trap("1.4/slow-portal")
async def test_a_call_that_takes_too_long_is_a_timeout(portal: RunningPortal, pool: SessionPool, hq: Profile) -> None:
    slow = replace(hq, total_timeout=1.0)
    await pool.run(hq, "-", whoami)  # the same session, opened without haste
    portal.control(fault={"match": "list", "kind": "delay", "seconds": 15, "times": 1})
    with pytest.raises(CallTimeout):
        await pool.run(slow, "-", listing("/Users"))


@pytest.mark.trap("7.14/write-without-an-answer")
async def test_a_write_without_an_answer_is_unknown_and_not_repeated(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(fault={"match": "list", "kind": "drop_after", "times": 1})
    with pytest.raises(OutcomeUnknown):
        await pool.run(hq, "acme", listing("/Users"), write=True)


@pytest.mark.parametrize("fault", ["garbage", "html"])
async def test_an_answer_that_is_no_portals_is_unavailable(
    portal: RunningPortal, pool: SessionPool, hq: Profile, fault: str
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(fault={"match": "list", "kind": fault, "times": 3})
    with pytest.raises(PortalUnavailable):
        await pool.run(hq, "acme", listing("/Users"))


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_portal_trouble_is_a_tool_error(
    portal: RunningPortal, pool: SessionPool, hq: Profile, status: int
) -> None:
    await pool.run(hq, "acme", whoami)
    portal.control(fault={"match": "list", "kind": "status", "status": status, "times": 3})
    with pytest.raises(ToolError):
        await pool.run(hq, "acme", listing("/Users"))


async def test_a_moved_profile_gets_a_new_session_and_the_old_one_is_logged_out(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    await pool.run(hq, "-", whoami)
    moved = replace(hq, revision=2)
    pool.retire({"hq": moved})
    await pool.run(moved, "-", whoami)
    await pool.close()
    assert portal.stats()["logins"] == portal.stats()["logouts"] == 2


async def test_the_most_sessions_of_a_profile_are_kept(portal: RunningPortal, pool: SessionPool, hq: Profile) -> None:
    narrow = replace(hq, max_sessions=1)
    places = ["acme", "globex", "2024", "-"] * 5
    found = await asyncio.gather(*(pool.run(narrow, place, whoami) for place in places))
    assert [account.tenant for account in found] == places
    assert sum(stats.open for stats in pool.stats()) == 1


@pytest.mark.trap("0.3/one-session-for-two-team-portals")
async def test_fifty_callers_of_two_tenants_never_see_each_other(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    async def caller(tenant: str, number: int) -> None:
        for turn in range(4):
            if (tenant, number) == ("acme", 0) and turn % 2:  # a session that ends twice under one call is told
                portal.control(expire="all")
            owners = {item.name for item in (await pool.run(hq, tenant, listing("/Users"))).items}
            assert owners == {"acme": {"Alice Acme", "Bob Acme"}, "globex": {"Alice Globex", "Carol Globex"}}[tenant]

    await asyncio.gather(*(caller(tenant, number) for number in range(50) for tenant in ("acme", "globex")))
