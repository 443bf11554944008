"""Correctly signed tokens whose claims are not those of an access token for this server, now."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.protocol.attacks.door import Door
from tests.protocol.attacks.forge import ABSENT, Forge

LIFE = 10**23


@pytest.mark.attack(16)
@pytest.mark.requirement("4.25 RFC9068-4, RFC8725-3.8: the issuer is compared letter by letter")
@pytest.mark.parametrize(
    "issuer",
    ["https://other.scalekit.test", "%s/", "%s.evil", "%s@evil", "%s/resources/res_OTHER", "%s/resources/",
     "%s/resources", "%s/resources/res_1001/", "http://127.0.0.1", "h", "", " %s", "%s ", ["%s"],
     {"%s": 1}, None, ABSENT, 7, True],
    ids=str,
)  # fmt: skip
def test_another_issuer_is_refused(door: Door, forge: Forge, issuer: Any) -> None:
    """CVE-2024-53861: a part of the issuer is not the issuer."""

    def filled(value: Any) -> Any:
        return value.replace("%s", forge.issuer) if isinstance(value, str) else value

    if isinstance(issuer, list):
        issuer = [filled(each) for each in issuer]
    if isinstance(issuer, dict):
        issuer = {filled(each): 1 for each in issuer}
    door.refuses(forge.token(iss=filled(issuer)))


@pytest.mark.attack(16)
def test_the_issuer_in_other_letters_is_another_issuer(door: Door, forge: Forge) -> None:
    door.refuses(forge.token(iss=forge.issuer.upper()))
    door.refuses(forge.token(iss=forge.issuer.replace("http:", "https:")))


@pytest.mark.attack(17)
@pytest.mark.requirement("4.25 RFC8725-3.8: both forms of this environment's issuer are taken")
@pytest.mark.parametrize("form", ["%s", "%s/resources/res_1001"])
def test_both_forms_of_the_issuer_are_taken(door: Door, forge: Forge, form: str) -> None:
    door.opens(forge.token(iss=form.replace("%s", forge.issuer)))


@pytest.mark.attack(18)
@pytest.mark.requirement("4.26 RFC8725-3.9, MCP SEC: a token for another audience is refused")
@pytest.mark.parametrize(
    "audience",
    [ABSENT, None, [], "", {}, ["res_2002"], ["m2m_1"], "res_10011", ["res_100"], "RES_1001", ["res_1001/"],
     ["resource"], [" res_1001"], "res_1001 res_2", [["res_1001"]], {"res_1001": 1}, ["res_1001", 7], [None],
     1001, True, ["r", "e", "s"]],
    ids=str,
)  # fmt: skip
def test_a_token_for_another_audience_is_refused(door: Door, forge: Forge, audience: Any) -> None:
    """CVE-2020-26160, CVE-2025-69196."""
    if audience == ["resource"]:
        audience = [forge.resource, forge.resource + "/", forge.resource.upper()]
    door.refuses(forge.token(aud=audience))


@pytest.mark.attack(18)
@pytest.mark.parametrize("resource", ["res_2002", "", None, 7, ["res_1001"]], ids=str)
def test_a_token_that_says_another_resource_is_refused(door: Door, forge: Forge, resource: Any) -> None:
    door.refuses(forge.token(resid=resource))


@pytest.mark.attack(19)
@pytest.mark.parametrize("audience", ["res_1001", ["x", "res_1001", "y"], ["res_1001"] * 50], ids=str)
def test_the_audience_may_be_text_or_a_list_with_others(door: Door, forge: Forge, audience: Any) -> None:
    door.opens(forge.token(aud=audience))


COMMON: dict[str, Any] = {"scope": ABSENT, "scopes": ABSENT, "resid": ABSENT}
IDENTITY = {"at_hash": "x", "c_hash": "x", "azp": "m2m_1", "amr": ["pwd"], "email": "a@example.com", "jti": ABSENT}
NOT_OURS: dict[str, dict[str, Any]] = {
    "id_token": {**COMMON, **IDENTITY, "client_id": ABSENT, "aud": ["m2m_1"]},
    "SaaS login": {**COMMON, "aud": ["skc_1"], "client_id": "skc_1"},
    "organization's machine": {"aud": ABSENT, "scope": ABSENT, "sub": "m2m_1", "resid": ABSENT},
    "login begun elsewhere": {**COMMON, "aud": ABSENT, "login_hint": "a@example.com"},
    "AgentKit session": {**COMMON, "aud": ["alice@acme.com"], "token_type": "mcp_session"},
    "environment management": {**COMMON, "aud": ["https://acme.scalekit.test"], "sub": "skc_1", "client_id": "skc_1"},
}


@pytest.mark.attack(20)
@pytest.mark.requirement("4.29 RFC8725-3.12: the other tokens that the same key signs are refused")
@pytest.mark.parametrize("kind", NOT_OURS)
def test_another_token_of_the_same_key_is_refused(door: Door, forge: Forge, kind: str) -> None:
    door.refuses(forge.token(**NOT_OURS[kind]))


@pytest.mark.attack(21)
@pytest.mark.requirement("4.29 RFC8725-3.12: an id token is refused even where its audience would do")
@pytest.mark.parametrize(
    "marker", ["at_hash", "c_hash", "s_hash", "nonce", "login_hint", "token_type", "no marker at all"]
)
def test_an_id_token_for_our_audience_is_refused(door: Door, forge: Forge, marker: str) -> None:
    if marker.startswith("no "):
        door.refuses(forge.token(**{**COMMON, "client_id": ABSENT, "jti": ABSENT, "email": "a@example.com"}))
    else:
        door.refuses(forge.token(**{marker: "x"}))


@pytest.mark.attack(23)
@pytest.mark.requirement("4.27 RFC7519-4.1.4: an end is needed, must lie ahead, and not too far ahead")
@pytest.mark.parametrize(
    "moment",
    [ABSENT, None, "soon", "9999999999", True, False, -1, 0, 1, 1.5, 1e308, LIFE, [1], {}, float("nan"),
     float("inf"), 1 << 62],
    ids=str,
)  # fmt: skip
def test_an_odd_end_is_refused(door: Door, forge: Forge, moment: Any) -> None:
    door.refuses(forge.token(exp=moment))


@pytest.mark.attack(23)
@pytest.mark.parametrize("literal", [b"1e400", b"1E9999", b"-0", b"1" * 400, b"1" * 5000], ids=lambda text: text[:8])
def test_a_number_beyond_measure_is_refused(door: Door, forge: Forge, literal: bytes) -> None:
    payload = b'{"exp":%b,' % literal
    payload += b'"iat":1,"sub":"usr_alice","iss":"%b","aud":"res_1001","jti":"x"}' % forge.issuer.encode()
    door.refuses(forge.sign(forge.header(), payload))


@pytest.mark.attack(23)
def test_a_token_past_its_end_or_for_longer_than_a_day_is_refused(door: Door, forge: Forge) -> None:
    now = int(time.time())
    door.refuses(forge.token(exp=now - 40, iat=now - 3600, nbf=now - 3600))
    door.refuses(forge.token(exp=now + 86_401, iat=now))
    door.refuses(forge.token(exp=now + 60, iat=now - 86_400))
    door.refuses(forge.token(exp=now + 5, iat=now + 5))
    door.refuses(forge.token(exp=now + 3600, iat=ABSENT))


@pytest.mark.attack(23)
@pytest.mark.parametrize(
    "subject", ["", ABSENT, None, 7, ["usr_alice"], {"sub": "usr_alice"}, True, "s" * 256], ids=ascii
)
def test_a_token_of_nobody_is_refused(door: Door, forge: Forge, subject: Any) -> None:
    door.refuses(forge.token(sub=subject))


@pytest.mark.attack(24)
@pytest.mark.requirement("4.27 RFC7519-4.1.4-5: a small leeway")
def test_a_little_skew_is_forgiven(door: Door, forge: Forge) -> None:
    now = int(time.time())
    door.opens(forge.token(exp=now - 15, iat=now - 100, nbf=now - 100))
    door.opens(forge.token(exp=now + 100, iat=now + 20, nbf=now + 20))


@pytest.mark.attack(25)
@pytest.mark.requirement("4.27 RFC7519-4.1.5: not before its time")
@pytest.mark.parametrize("claim", ["nbf", "iat"])
@pytest.mark.parametrize("ahead", [3600, 45])
def test_a_token_of_the_future_is_refused(door: Door, forge: Forge, claim: str, ahead: int) -> None:
    now = int(time.time())
    claims: dict[str, Any] = {"exp": now + 7200, claim: now + ahead}
    door.refuses(forge.token(**claims))


@pytest.mark.attack(25)
@pytest.mark.parametrize("claim", ["nbf", "iat"])
@pytest.mark.parametrize("value", [True, -1, "1", 1.5, 1e308, LIFE, None, [], float("nan")], ids=str)
def test_an_odd_beginning_is_refused(door: Door, forge: Forge, claim: str, value: Any) -> None:
    door.refuses(forge.token(**{claim: value}))
