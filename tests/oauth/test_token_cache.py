"""The memory of verified tokens: bounded, by digest, never past a token's end or its key's."""

from __future__ import annotations

import json
import time
from typing import Any, cast

import pytest

from oauth.keys import SigningKeys, usable_keys
from oauth.tokens import InvalidToken, TokenVerifier
from tests.protocol.attacks.forge import Forge
from tests.protocol.attacks.junk import new_key, public

ENVIRONMENT = "https://acme.scalekit.test"
FIRST, SECOND = (
    Forge(ENVIRONMENT, "https://mcp.example.com/mcp", "res_1001", name, new_key()) for name in ("snk_1", "snk_2")
)


class KeySet:
    """A key set that moves when it is told to, and counts who asked."""

    def __init__(self) -> None:
        self.generation = 0
        self.asked = 0
        self.keys: dict[str, Any] = {}
        self.publish(FIRST, SECOND)

    def publish(self, *forges: Forge) -> None:
        """Another set, as after a fetch."""
        body = json.dumps({"keys": [public(forge.private, forge.kid) for forge in forges]})
        self.keys = dict(usable_keys(body.encode()))
        self.generation += 1

    def peek(self, kid: str) -> Any:
        return self.keys.get(kid)

    async def find(self, kid: str) -> Any:
        self.asked += 1
        return self.keys.get(kid)


@pytest.fixture
def key_set() -> KeySet:
    return KeySet()


@pytest.fixture
def verifier(key_set: KeySet) -> TokenVerifier:
    return TokenVerifier(cast("SigningKeys", key_set), ENVIRONMENT, "res_1001", cache_size=10)


async def test_the_memory_of_tokens_is_bounded_and_forgets_the_oldest(verifier: TokenVerifier) -> None:
    tokens = [FIRST.token() for _ in range(25)]
    for token in tokens:
        await verifier.verify(token)
        assert verifier.remembered <= 10
    assert [verifier.cached(token) is not None for token in tokens] == [False] * 15 + [True] * 10


async def test_the_memory_keeps_no_token_but_its_digest(verifier: TokenVerifier) -> None:
    token = FIRST.token()
    await verifier.verify(token)
    assert {len(key) for key in verifier._cache} == {32}
    kept = repr(verifier._cache) + repr(vars(verifier))
    assert not any(part in kept for part in token.split("."))


async def test_one_changed_letter_is_another_token(verifier: TokenVerifier) -> None:
    token = FIRST.token()
    await verifier.verify(token)
    for other in (token[:-1], token + "=", token.swapcase(), " " + token, token + "\u0100", "é" + token[1:]):
        assert verifier.cached(other) is None


async def test_a_claim_that_is_wanted_from_now_on_is_read_of_tokens_seen_before(verifier: TokenVerifier) -> None:
    token = FIRST.token(portal_account="ann", email="ann@example.com", secret="not to be kept")
    assert (await verifier.verify(token)).claims == ()
    verifier.keep(frozenset({"portal_account", "absent"}))
    assert verifier.cached(token) is None
    principal = await verifier.verify(token)
    assert principal.claims == (("portal_account", "ann"),)
    assert verifier.cached(token) == principal
    assert "ann" not in repr(principal)
    verifier.keep(frozenset({"absent", "portal_account"}))
    assert verifier.cached(token) is not None
    verifier.keep(frozenset())
    assert (await verifier.verify(token)).claims == ()


async def test_the_memory_never_outlives_the_end_of_a_token(verifier: TokenVerifier) -> None:
    now = int(time.time())
    token = FIRST.token(exp=now + 100)
    assert (await verifier.verify(token)).subject
    verifier._now = lambda: now + 99.9
    assert verifier.cached(token) is not None
    verifier._now = lambda: now + 100.0
    assert verifier.cached(token) is None
    assert verifier.remembered == 0


async def test_a_token_in_its_leeway_is_verified_each_time(verifier: TokenVerifier, key_set: KeySet) -> None:
    now = int(time.time())
    token = FIRST.token(exp=now - 10, iat=now - 100, nbf=now - 100)
    for turn in range(1, 4):
        assert (await verifier.verify(token)).subject
        assert verifier.cached(token) is None
        assert key_set.asked == turn


async def test_the_memory_forgets_what_a_withdrawn_key_signed_and_nothing_survives_a_move(
    verifier: TokenVerifier, key_set: KeySet
) -> None:
    first, second = FIRST.token(), SECOND.token()
    await verifier.verify(first)
    await verifier.verify(second)
    key_set.publish(SECOND)
    assert verifier.cached(first) is None
    with pytest.raises(InvalidToken):
        await verifier.verify(first)
    assert (await verifier.verify(second)).subject
    assert verifier.cached(second) is not None


async def test_a_key_id_that_now_means_another_key_ends_the_old_ones_tokens(
    verifier: TokenVerifier, key_set: KeySet
) -> None:
    token = FIRST.token()
    await verifier.verify(token)
    impostor = Forge(ENVIRONMENT, FIRST.resource, "res_1001", FIRST.kid, new_key())
    key_set.publish(impostor)
    assert verifier.cached(token) is None
    with pytest.raises(InvalidToken):
        await verifier.verify(token)


async def test_a_refused_token_is_not_remembered(verifier: TokenVerifier) -> None:
    for token in (FIRST.token(aud="res_2"), FIRST.token(exp=1), "a.b.c", ""):
        with pytest.raises(InvalidToken):
            await verifier.verify(token)
    assert verifier.remembered == 0


async def test_two_keys_do_not_mix(verifier: TokenVerifier) -> None:
    head = FIRST.token().split(".")[0]
    _, payload, mark = SECOND.token().split(".")
    with pytest.raises(InvalidToken):
        await verifier.verify(f"{head}.{payload}.{mark}")
