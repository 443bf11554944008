"""A password that no key opens stops its own profile alone; re-sealed ones are felt at the next login, not before."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.simulators.portal.fixture import RunningPortal
from tests.tools.portal.asking import whoami
from tools.errors import PortalLoginFailed
from tools.portal.passwords import NoPassword, Passwords
from tools.portal.pool import SessionPool
from tools.profile import Profile
from tools.sealing import Unsealable

REMEDY = "No key opens it. Enter it again."


def opened(sealed: str) -> str:
    """Seals that end in .new are opened by the newer key, of which this worker may not know."""
    if sealed.endswith(".lost"):
        raise Unsealable(REMEDY)
    return sealed.removesuffix(".new")


@pytest.fixture
async def pool() -> AsyncIterator[SessionPool]:
    sessions = SessionPool(opened)
    yield sessions
    await sessions.close()


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]


async def test_the_caller_is_told_to_ask_and_the_log_the_remedy(
    portal: RunningPortal, pool: SessionPool, hq: Profile, acme: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    lost = replace(hq, sealed_password="svc-secret.lost")
    for _ in range(3):
        with pytest.raises(PortalLoginFailed) as refused:
            await pool.run(lost, "-", whoami)
        assert "ask an operator" in refused.value.message
        for word in ("key", "password", "seal", "CREDENTIAL"):
            assert word not in refused.value.message
    assert errors(caplog) == [f"portal profile hq cannot log in: {REMEDY}"]
    assert (portal.stats()["logins"], portal.stats()["failed_logins"]) == (0, 0)
    assert (await pool.run(acme, "acme", whoami)).name == "alice", "other profiles work"


async def test_a_profile_works_at_once_when_a_key_opens_its_password_again(pool: SessionPool, hq: Profile) -> None:
    with pytest.raises(NoPassword):
        await pool.run(replace(hq, sealed_password="svc-secret.lost"), "-", whoami)
    assert (await pool.run(replace(hq, sealed_password="svc-secret.new"), "-", whoami)).name == "svc-mcp"


async def test_a_new_seal_tears_no_session_down_and_serves_the_next_login(
    portal: RunningPortal, pool: SessionPool, hq: Profile
) -> None:
    await pool.run(hq, "-", whoami)
    again = replace(hq, sealed_password="svc-secret.new")
    pool.retire({"hq": again})
    await pool.run(again, "-", whoami)
    assert portal.stats()["logins"] == 1
    portal.control(expire="all", expire_form="html200")
    await pool.run(again, "-", whoami)
    assert portal.stats()["logins"] == 2


async def test_an_open_session_outlives_a_seal_that_this_worker_cannot_open(pool: SessionPool, hq: Profile) -> None:
    await pool.run(hq, "-", whoami)
    assert (await pool.run(replace(hq, sealed_password="svc-secret.lost"), "-", whoami)).name == "svc-mcp"


def test_the_log_is_told_again_after_a_minute_and_of_each_profile(
    hq: Profile, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    passwords = Passwords(opened, lambda: now[0])
    for name, moment in (("a", 0.0), ("a", 59.0), ("b", 59.0), ("a", 60.0)):
        now[0] = moment
        with pytest.raises(NoPassword):
            passwords.of(replace(hq, name=name, sealed_password="x.lost"))
    assert [line.split()[2] for line in errors(caplog)] == ["a", "b", "a"]
