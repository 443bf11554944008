"""One look at a portal finds what is wrong in an operator's words, in bounded time, and leaves no session behind."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from tests.simulators.portal.fixture import RunningPortal
from tools.health import Found
from tools.portal.probing import look
from tools.profile import Profile
from tools.sealing import Unsealable


async def found(profile: Profile) -> Found:
    return await look(profile, str)


def left_open(portal: RunningPortal) -> object:
    return portal.stats()["open_sessions"]


async def test_a_good_portal_is_entered_asked_and_left(portal: RunningPortal, hq: Profile, acme: Profile) -> None:
    for profile in (hq, acme, replace(hq, identity="caller")):
        seen = await found(profile)
        assert seen.good, seen
        assert (seen.code, seen.error, seen.remedy) == ("", "", "")
        assert seen.duration_ms > 0
    figures = portal.stats()
    assert figures["logins"] == figures["logouts"] == 3
    assert left_open(portal) == 0


async def test_every_trouble_has_its_code_its_words_and_a_remedy(portal: RunningPortal, hq: Profile) -> None:
    troubled = {
        "certificate": replace(hq, ca_pem=""),
        "cannot be reached": replace(hq, port=1),
        "refused the credentials": replace(hq, sealed_password="not this one"),
        "does not belong": replace(hq, scope="user", tenant="globex", username="alice", sealed_password="alice-secret",
                                   port=portal.tenant_ports["acme"]),
    }  # fmt: skip
    codes = {}
    for words, profile in troubled.items():
        seen = await found(profile)
        codes[words] = seen.code
        assert words in seen.error
        assert seen.remedy
        for secret in ("localhost", "svc-mcp", "not this one", "alice"):
            assert secret not in seen.error + seen.remedy
    assert list(codes.values()) == ["portal_unavailable", "portal_unavailable", *["portal_login_failed"] * 2]
    assert left_open(portal) == 0


async def test_a_failed_look_tells_operators_the_remedy(hq: Profile) -> None:
    assert "authority" in (await found(replace(hq, ca_pem=""))).remedy
    assert (await found(replace(hq, sealed_password="x"))).remedy.startswith("Enter the right password")
    assert "host and port" in (await found(replace(hq, port=1))).remedy


async def test_a_portal_that_does_not_answer_costs_the_bound_and_no_more(portal: RunningPortal, hq: Profile) -> None:
    portal.control(fault={"match": "currentSession", "kind": "delay", "seconds": 30, "times": 5})
    began = time.monotonic()
    seen = await look(hq, str, within=0.5)
    assert seen.code == "timeout"
    assert "0.5 s" in seen.error
    assert time.monotonic() - began < 10
    portal.control(clear=True)


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 429}, {"kind": "html"}, {"kind": "drop_after"}])
async def test_nonsense_and_throttling_are_trouble(
    portal: RunningPortal, hq: Profile, fault: dict[str, object]
) -> None:
    portal.control(fault={"match": "currentPortal", "times": 5, **fault})
    seen = await found(hq)
    portal.control(clear=True)
    assert not seen.good
    assert seen.code == "portal_unavailable"
    assert seen.remedy
    assert left_open(portal) == 0


async def test_a_password_that_cannot_be_opened_never_reaches_the_portal(portal: RunningPortal, hq: Profile) -> None:
    def closed(sealed: str) -> str:
        raise Unsealable("No key in CREDENTIAL_KEYS opens this password: add its key, or enter it again.")

    seen = await look(hq, closed)
    assert (seen.code, seen.error) == ("internal", "No key in CREDENTIAL_KEYS opens this password.")
    assert seen.remedy == "Add its key, or enter it again."
    assert portal.stats()["logins"] == 0
