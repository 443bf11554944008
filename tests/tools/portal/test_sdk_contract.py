"""The private edges of cterasdk that we rely on; an upgrade that moves one fails here, not at a portal."""

from __future__ import annotations

import copy
import logging
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import cterasdk
import pytest
from cterasdk.convert import fromxmlstr
from cterasdk.objects import uri
from cterasdk.objects.endpoints import EndpointBuilder

from tools.errors import PortalUnavailable
from tools.portal.sdk import new_client, silence_http_log, tls_context
from tools.profile import Profile

ROOT = Path(__file__).resolve().parents[3]
PROFILE = Profile("hq", 1, "portal.example.com", 8443, True, True, "admin", "svc", "sealed", total_timeout=7.0)


@pytest.mark.trap("1.4/private-edges")
def test_the_sdk_is_the_one_that_was_read() -> None:
    assert f"cterasdk=={version('cterasdk')}" in (ROOT / "requirements.txt").read_text()


@pytest.mark.trap("1.4/settings-of-the-process")
@pytest.mark.trap("1.4/private-edges")
@pytest.mark.trap("1.1/port-of-plain-http")
@pytest.mark.parametrize("scope", ["admin", "user"])
@pytest.mark.parametrize("https", [True, False])
async def test_a_client_has_settings_of_its_own(scope: str, https: bool) -> None:
    before = copy.deepcopy(cterasdk.settings.core.asyn.settings.model_dump())
    client = new_client(replace(PROFILE, scope=scope, https=https))
    session = client.default._session
    assert client.base == f"{'https' if https else 'http'}://portal.example.com:8443"
    assert session._configuration["timeout"]["total"] == 7.0
    assert session._session.trust_env is False
    assert session.session is session._session
    assert client.v1.api._session is session
    assert cterasdk.settings.core.asyn.settings.model_dump() == before
    await client.default.close()


@pytest.mark.trap("7.2/names-become-numbers")
def test_the_sdk_still_reads_text_as_numbers() -> None:
    assert [fromxmlstr(f"<val>{text}</val>") for text in ("2024", "007", "1.10")] == [2024, 7, 1.1]


@pytest.mark.trap("1.4/own-authority")
def test_certificates_are_verified_unless_told_otherwise() -> None:
    assert tls_context(PROFILE) is True
    assert tls_context(replace(PROFILE, verify_tls=False)) is False
    with pytest.raises(PortalUnavailable, match="not valid PEM"):
        tls_context(replace(PROFILE, ca_pem="nonsense"))


@pytest.mark.trap("7.7/cookies-in-the-log")
def test_the_log_that_holds_cookies_stays_silent_at_any_level(caplog: pytest.LogCaptureFixture) -> None:
    silence_http_log()
    log = logging.getLogger("cterasdk.http")
    log.setLevel(logging.DEBUG)
    log.debug("Cookie: JSESSIONID=secret")
    assert "secret" not in caplog.text
    log.setLevel(logging.WARNING)


def test_addresses_are_made_of_texts_alone_and_given_again() -> None:
    builder = EndpointBuilder.new("https://portal.test:8443", "ServicesPortal", "/webdav")
    before = uri.create.cache_info().hits
    first = builder("/My Files/%E6%97%A5%20%23.txt")
    assert first == "https://portal.test:8443/ServicesPortal/webdav/My Files/%E6%97%A5%20%23.txt"
    assert (
        builder("/My Files/%E6%97%A5%20%23.txt")
        == first
        == uri.create.__wrapped__(
            "https://portal.test:8443", "ServicesPortal", "/webdav", "/My Files/%E6%97%A5%20%23.txt"
        )
    )
    assert uri.create.cache_info().hits == before + 1
