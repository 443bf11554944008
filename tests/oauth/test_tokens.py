"""Which tokens become a principal, and what each attack gets; no attack is anything but an InvalidToken."""

from __future__ import annotations

import base64
import json
import time
from typing import Any, cast

import jwt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauth.keys import SigningKeys, usable_keys
from oauth.tokens import InvalidToken, TokenFault, TokenVerifier
from tests.simulators.scalekit.environment import SigningKey, TokenFactory

ENVIRONMENT, RESOURCE = "https://acme.scalekit.test", "https://mcp.example.com/mcp"
FACTORY = TokenFactory(ENVIRONMENT, RESOURCE)


class KnownKeys:
    """The factory's public key, as if it had been fetched."""

    generation = 1

    def __init__(self) -> None:
        self.keys = usable_keys(json.dumps({"keys": [key.jwk() for key in FACTORY.keys]}).encode())

    def peek(self, kid: str) -> Any:
        return self.keys.get(kid)

    async def find(self, kid: str) -> Any:
        return self.peek(kid)


@pytest.fixture
def verifier() -> TokenVerifier:
    return TokenVerifier(cast("SigningKeys", KnownKeys()), ENVIRONMENT, "res_1001")


async def fault(verifier: TokenVerifier, token: str) -> TokenFault:
    with pytest.raises(InvalidToken) as refused:
        await verifier.verify(token)
    assert token not in str(refused.value)
    assert verifier.cached(token) is None
    return refused.value.reason


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_a_good_token_names_its_principal(verifier: TokenVerifier) -> None:
    principal = await verifier.verify(FACTORY.mint("alice"))
    assert (principal.subject, principal.organization, principal.client) == ("usr_alice", "org_acme", "m2m_1")
    assert principal.scopes == {"user:read", "ctera:read"}
    assert not principal.is_machine


async def test_a_verified_token_is_remembered_until_it_expires(verifier: TokenVerifier) -> None:
    token = FACTORY.mint("alice")
    principal = await verifier.verify(token)
    assert verifier.cached(token) is principal
    verifier._now = lambda: principal.expires_at + 1.0
    assert verifier.cached(token) is None


async def test_a_remembered_token_is_forgotten_with_its_key(verifier: TokenVerifier) -> None:
    token = FACTORY.mint("alice")
    await verifier.verify(token)
    cast("KnownKeys", verifier._keys).keys.clear()
    assert verifier.cached(token) is None


@pytest.mark.attack(17)
@pytest.mark.parametrize("issuer", [ENVIRONMENT, f"{ENVIRONMENT}/resources/res_1001"])
async def test_both_forms_of_the_issuer_are_one_issuer(verifier: TokenVerifier, issuer: str) -> None:
    assert (await verifier.verify(FACTORY.mint(iss=issuer))).issuer == ENVIRONMENT


@pytest.mark.attack(16)
@pytest.mark.parametrize(
    "issuer",
    [
        f"{ENVIRONMENT}/",
        f"{ENVIRONMENT}.evil",
        "https://acme.scalekit",
        f"{ENVIRONMENT}/resources/res_9",
        [ENVIRONMENT],
        None,
    ],
)
async def test_any_other_issuer_is_refused(verifier: TokenVerifier, issuer: Any) -> None:
    await fault(verifier, FACTORY.mint(iss=issuer))


@pytest.mark.attack(18)
@pytest.mark.parametrize(
    "audience", [None, [], "", {}, ["res_2"], ["m2m_1"], "res_10011", "RES_1001", ["res_1001/"], [RESOURCE]]
)
async def test_a_token_for_another_audience_is_refused(verifier: TokenVerifier, audience: Any) -> None:
    await fault(verifier, FACTORY.mint(aud=audience))


@pytest.mark.attack(19)
@pytest.mark.parametrize("audience", ["res_1001", ["x", "res_1001", "y"]])
async def test_the_audience_may_be_text_or_list(verifier: TokenVerifier, audience: Any) -> None:
    assert (await verifier.verify(FACTORY.mint(aud=audience))).subject == "usr_alice"


@pytest.mark.attack(8)
@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE"])
async def test_an_unsigned_token_is_refused(verifier: TokenVerifier, algorithm: str) -> None:
    head = {"alg": algorithm, "kid": FACTORY.keys[0].kid, "typ": "JWT"}
    assert await fault(verifier, f"{part(head)}.{part(FACTORY.claims('alice'))}.AA") is TokenFault.ALGORITHM


@pytest.mark.attack(9)
async def test_the_public_key_is_no_shared_secret(verifier: TokenVerifier) -> None:
    head = {"kid": FACTORY.keys[0].kid}
    token = jwt.encode(FACTORY.claims("alice"), FACTORY.keys[0].jwk()["n"], algorithm="HS256", headers=head)
    assert await fault(verifier, token) is TokenFault.ALGORITHM


@pytest.mark.attack(10)
@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
async def test_another_algorithm_with_the_right_key_is_refused(verifier: TokenVerifier, algorithm: str) -> None:
    key = FACTORY.keys[0]
    token = jwt.encode(FACTORY.claims("alice"), key.private, algorithm=algorithm, headers={"kid": key.kid})
    assert await fault(verifier, token) is TokenFault.ALGORITHM


@pytest.mark.attack(11)
async def test_a_key_that_the_token_brings_along_is_not_used(verifier: TokenVerifier) -> None:
    other = SigningKey.new()
    head = {"kid": FACTORY.keys[0].kid, "jwk": other.jwk(), "jku": "http://127.0.0.1:1/keys"}
    token = jwt.encode(FACTORY.claims("alice"), other.private, algorithm="RS256", headers=head)
    assert await fault(verifier, token) is TokenFault.SIGNATURE


@pytest.mark.attack(13)
@pytest.mark.parametrize("kid", [None, ["x"], 7, "../../dev/null", "' OR 1=1", "k" * 10_000, "\x00", "ключ", ""])
async def test_an_odd_key_id_is_refused(verifier: TokenVerifier, kid: Any) -> None:
    head = {"alg": "RS256", "typ": "JWT", **({"kid": kid} if kid is not None else {})}
    await fault(verifier, f"{part(head)}.{part(FACTORY.claims('alice'))}.AA")


@pytest.mark.attack(14)
@pytest.mark.parametrize("extra", [{"crit": ["x"]}, {"crit": []}, {"b64": False}, {"cty": "JWT"}, {"zip": "DEF"}])
async def test_headers_that_change_the_meaning_are_refused(verifier: TokenVerifier, extra: dict[str, Any]) -> None:
    head = {"alg": "RS256", "kid": FACTORY.keys[0].kid, "typ": "JWT", **extra}
    assert await fault(verifier, f"{part(head)}.{part(FACTORY.claims('alice'))}.AA") is TokenFault.HEADER


@pytest.mark.attack(20)
@pytest.mark.parametrize(
    "claims", [{"at_hash": "x"}, {"nonce": "x"}, {"c_hash": "x"}, {"login_hint": "x"}, {"token_type": "mcp_session"}]
)
async def test_other_tokens_of_the_same_keys_are_refused(verifier: TokenVerifier, claims: dict[str, Any]) -> None:
    assert await fault(verifier, FACTORY.mint(**claims)) is TokenFault.NOT_ACCESS_TOKEN


@pytest.mark.attack(22)
@pytest.mark.parametrize("kind", ["logout+jwt", "secevent+jwt", "dpop+jwt", 7, ["JWT"]])
async def test_a_token_of_another_type_is_refused(verifier: TokenVerifier, kind: Any) -> None:
    head = {"alg": "RS256", "kid": FACTORY.keys[0].kid, "typ": kind}
    assert await fault(verifier, f"{part(head)}.{part(FACTORY.claims('alice'))}.AA") is TokenFault.TYPE


@pytest.mark.attack(23)
@pytest.mark.parametrize("moment", [None, "soon", True, -1, 10**22, 1e308, 1, [1], 1.5])
async def test_an_odd_or_past_end_is_refused(verifier: TokenVerifier, moment: Any) -> None:
    await fault(verifier, FACTORY.mint(exp=moment))


@pytest.mark.attack(24)
async def test_a_little_skew_is_forgiven(verifier: TokenVerifier) -> None:
    now = int(time.time())
    assert await verifier.verify(FACTORY.mint(exp=now - 20, iat=now - 100, nbf=now - 100)) is not None
    assert await verifier.verify(FACTORY.mint(exp=now + 100, iat=now + 20, nbf=now + 20)) is not None


@pytest.mark.attack(25)
@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_a_token_from_the_future_is_refused(verifier: TokenVerifier, claim: str) -> None:
    now = int(time.time())
    moments: dict[str, Any] = {claim: now + 3600, "exp": now + 7200}
    await fault(verifier, FACTORY.mint(**moments))


@pytest.mark.attack(26)
async def test_a_name_twice_is_refused(verifier: TokenVerifier) -> None:
    head = b'{"alg":"none","alg":"RS256","typ":"JWT","kid":"%b"}' % FACTORY.keys[0].kid.encode()
    start = base64.urlsafe_b64encode(head).rstrip(b"=").decode()
    assert await fault(verifier, f"{start}.{part(FACTORY.claims('alice'))}.AA") is TokenFault.MALFORMED


@pytest.mark.attack(27)
@pytest.mark.parametrize(
    "claims", [{"sub": ""}, {"sub": "a\ud800"}, {"oid": "a\x00"}, {"client_id": ["x"]}, {"sub": "s" * 256}]
)
async def test_claims_that_could_not_be_stored_are_refused(verifier: TokenVerifier, claims: dict[str, Any]) -> None:
    await fault(verifier, FACTORY.mint(**claims))


@pytest.mark.attack(28)
async def test_a_deep_header_is_refused(verifier: TokenVerifier) -> None:
    deep = base64.urlsafe_b64encode(b'{"a":' * 2000 + b"1" + b"}" * 2000).rstrip(b"=").decode()
    assert await fault(verifier, f"{deep}.e30.AA") is TokenFault.MALFORMED


@pytest.mark.attack(32)
async def test_a_last_letter_with_loose_bits_is_refused(verifier: TokenVerifier) -> None:
    token = FACTORY.mint()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = token[:-1] + alphabet[alphabet.index(token[-1]) | 1]  # the same bytes: four bits of the letter are unused
    assert twin != token
    assert await fault(verifier, twin) is TokenFault.MALFORMED
    assert await fault(verifier, f"{token}==") is TokenFault.MALFORMED


@pytest.mark.attack(33)
@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": "a b", "scopes": None}, {"a", "b"}),
        ({"scope": None, "scopes": ["a", "b"]}, {"a", "b"}),
        ({"scope": "a", "scopes": ["b"]}, {"a", "b"}),
        ({"scope": None, "scopes": "admin"}, set[str]()),
        ({"scope": ["a"], "scopes": [["b"]]}, set[str]()),
    ],
)
async def test_scopes_are_read_from_both_claims(
    verifier: TokenVerifier, claims: dict[str, Any], scopes: set[str]
) -> None:
    assert (await verifier.verify(FACTORY.mint(**claims))).scopes == scopes


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=60), st.from_regex(r"[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}")))
async def test_no_text_is_more_than_an_invalid_token(text: str) -> None:
    checked = TokenVerifier(cast("SigningKeys", KnownKeys()), ENVIRONMENT, "res_1001")
    with pytest.raises(InvalidToken):
        await checked.verify(text)
