"""A probe logs in as the profile's account, tells what is wrong with one remedy, and leaves no session behind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulators.portal.fixture import RunningPortal
from tests.simulators.stack import free_port
from tools.portal.probing import probe
from tools.probe import UNSEALED, Probe
from tools.profile import Profile
from tools.sealing import Unsealable


def as_it_is(sealed: str) -> str:
    """In these tests "sealed" is the password itself."""
    return sealed


async def probed(portal: RunningPortal, profile: Profile, within: float = 15.0) -> Probe:
    found = await probe(profile, as_it_is, within=within)
    assert portal.stats()["open_sessions"] == 0
    assert "secret" not in f"{found}"
    return found


async def test_an_administrators_profile_is_well(portal: RunningPortal, hq: Profile) -> None:
    found = await probed(portal, hq)
    assert (found.good, found.code, found.remedy) == (True, "", "")
    assert "svc-mcp in global administration" in found.found
    assert 0 < found.seconds < 15


async def test_a_users_profile_is_well_in_its_team_portal(portal: RunningPortal, acme: Profile) -> None:
    assert "alice in Team Portal acme" in (await probed(portal, acme)).found


async def test_a_wrong_password_is_tried_once(portal: RunningPortal, hq: Profile) -> None:
    found = await probed(portal, replace(hq, sealed_password="other"))
    assert (found.good, found.code) == (False, "portal_login_failed")
    assert "Enter the account's password again" in found.remedy
    assert [entry["name"] for entry in portal.log()].count("login") == 1


async def test_a_portal_that_is_down_cannot_be_reached(portal: RunningPortal, hq: Profile) -> None:
    found = await probed(portal, replace(hq, port=free_port()))
    assert found.code == "portal_unavailable"
    assert "Check host, port" in found.remedy


async def test_a_certificate_that_does_not_verify_is_told(portal: RunningPortal, hq: Profile) -> None:
    found = await probed(portal, replace(hq, ca_pem=""))
    assert found.code == "portal_unavailable"
    assert "certificate" in found.found


@pytest.mark.parametrize("name", ["login", "currentSession"])
async def test_a_slow_portal_ends_in_time(portal: RunningPortal, hq: Profile, name: str) -> None:
    portal.control(hold=name)
    found = await probe(hq, as_it_is, within=0.5)
    portal.control(release=name)
    assert found.code == "timeout"
    assert "0.5 s" in found.found


async def test_an_account_for_another_team_portal_is_told(portal: RunningPortal, acme: Profile) -> None:
    assert (await probed(portal, replace(acme, tenant="globex"))).code == "portal_login_failed"


async def test_a_password_that_no_key_opens_asks_the_portal_nothing(portal: RunningPortal, hq: Profile) -> None:
    def closed(sealed: str) -> str:
        raise Unsealable("No key opens it.")

    found = await probe(hq, closed)
    assert (found.good, found.code) == (False, UNSEALED)
    assert portal.log() == []


async def test_nonsense_is_told_as_such(portal: RunningPortal, hq: Profile) -> None:
    portal.control(fault={"match": "*", "kind": "garbage", "times": 99})
    found = await probe(hq, as_it_is)
    portal.control(clear=True)
    assert found.code == "portal_unavailable"
