"""Forged signatures: no algorithm, another algorithm, another key, a key brought along."""

from __future__ import annotations

import hashlib
import hmac
import socket
import threading
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.protocol.attacks.door import Door
from tests.protocol.attacks.forge import ABSENT, Forge, b64, signature, unb64
from tests.protocol.attacks.junk import Junk, new_key, public

ONE = bytes(255) + b"\x01"
"""The signature that is its own message."""


@pytest.mark.attack(8)
@pytest.mark.requirement("4.16 RFC6750-3.1: a token that does not verify is invalid_token")
@pytest.mark.requirement("4.24 RFC8725-3.1, RFC9068-4: `none` is refused")
@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "NONE", "", None, ABSENT])
@pytest.mark.parametrize("tail", ["", "AA", "real"])
def test_an_unsigned_token_is_refused(door: Door, forge: Forge, algorithm: Any, tail: str) -> None:
    """CVE-2015-9235, CVE-2022-23540."""
    start = f"{b64(forge.header(alg=algorithm))}.{b64(forge.claims())}"
    door.refuses(f"{start}.{b64(signature(forge.private, start.encode())) if tail == 'real' else tail}")


def public_forms(forge: Forge) -> dict[str, bytes]:
    """Everything that an attacker could take for the shared secret."""
    key, jwk = forge.private.public_key(), public(forge.private, forge.kid)
    return {
        "SPKI PEM": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "PKCS1 PEM": key.public_bytes(Encoding.PEM, PublicFormat.PKCS1),
        "SPKI DER": key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "JWK n": jwk["n"].encode(),
        "JWK n, decoded": unb64(jwk["n"]),
        "kid": forge.kid.encode(),
        "nothing": b"",
    }


@pytest.mark.attack(9)
@pytest.mark.requirement("4.24 RFC8725-3.1: the algorithm is ours to choose, not the token's")
@pytest.mark.parametrize("form", ["SPKI PEM", "PKCS1 PEM", "SPKI DER", "JWK n", "JWK n, decoded", "kid", "nothing"])
@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_the_public_key_is_no_shared_secret(door: Door, forge: Forge, form: str, algorithm: str) -> None:
    """CVE-2016-10555, CVE-2022-29217, CVE-2024-33663, CVE-2024-37568, CVE-2026-48526."""
    start = f"{b64(forge.header(alg=algorithm))}.{b64(forge.claims())}"
    door.refuses(f"{start}.{b64(hmac.digest(public_forms(forge)[form], start.encode(), 'sha256'))}")


@pytest.mark.attack(9)
def test_a_symmetric_key_in_the_key_set_verifies_nothing(door: Door, forge: Forge) -> None:
    """CVE-2026-48526: a public `oct` key beside the good one."""
    start = f"{b64(forge.header(alg='HS256', kid='junk_oct'))}.{b64(forge.claims())}"
    door.refuses(f"{start}.{b64(hmac.new(b'shared secret', start.encode(), hashlib.sha256).digest())}", fetches=1)


@pytest.mark.attack(10)
@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256", "PS384", "PS512"])
@pytest.mark.parametrize("honest", [True, False], ids=["named", "under the name of RS256"])
def test_another_algorithm_with_the_right_key_is_refused(
    door: Door, forge: Forge, algorithm: str, honest: bool
) -> None:
    header = forge.header(alg=algorithm if honest else "RS256")
    door.refuses(forge.sign(header, forge.claims(), algorithm=algorithm))


@pytest.mark.attack(10)
@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
def test_an_elliptic_curve_does_not_sign_for_an_rsa_key(door: Door, forge: Forge, algorithm: str) -> None:
    start = f"{b64(forge.header(alg=algorithm))}.{b64(forge.claims())}"
    mark = ec.generate_private_key(ec.SECP256R1()).sign(start.encode(), ec.ECDSA(SHA256()))
    door.refuses(f"{start}.{b64(mark)}")


@pytest.mark.attack(10)
@pytest.mark.parametrize("kid", ["junk_rs384", "junk_ps256"])
@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "PS256"])
def test_a_key_published_for_another_algorithm_is_not_used(
    door: Door, forge: Forge, junk: Junk, kid: str, algorithm: str
) -> None:
    header = forge.header(kid=kid, alg=algorithm)
    door.refuses(forge.sign(header, forge.claims(), key=junk.keys[kid], algorithm=algorithm), fetches=1)


@pytest.mark.attack(11)
@pytest.mark.requirement("4.30 RFC8725-3.10: a key in the header is not looked at")
@pytest.mark.parametrize("member", ["jwk", "jwks", "x5c"])
def test_a_key_that_the_token_brings_along_is_not_used(door: Door, forge: Forge, member: str) -> None:
    """CVE-2018-0114, CVE-2026-27962."""
    own = new_key()
    jwk = public(own, forge.kid)
    certificate = b64(own.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    brought = {"jwk": jwk, "jwks": {"keys": [jwk]}, "x5c": [certificate]}[member]
    door.refuses(forge.sign(forge.header(**{member: brought}), forge.claims(), key=own))


@pytest.mark.attack(12)
@pytest.mark.requirement("4.30 RFC8725-3.10: an address in the header is not asked")
@pytest.mark.parametrize("member", ["jku", "x5u"])
@pytest.mark.parametrize("known", [True, False], ids=["known kid", "unknown kid"])
def test_nobody_is_asked_for_a_key_but_the_environment(door: Door, forge: Forge, member: str, known: bool) -> None:
    visits: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as attacker:
        waiting = threading.Thread(target=lambda: visits.append(accepted(attacker)), daemon=True)
        waiting.start()
        own = new_key()
        address = f"http://127.0.0.1:{attacker.getsockname()[1]}/keys"
        header = forge.header(kid=forge.kid if known else "snk_unknown", **{member: address})
        door.refuses(forge.sign(header, forge.claims(), key=own), fetches=1)
        door.opens(forge.with_header(**{member: address}))
        attacker.settimeout(0)
        with socket.create_connection(attacker.getsockname()):  # our own visit must be the first
            waiting.join(10)
    assert len(visits) == 1


def accepted(server: socket.socket) -> Any:
    """The address of the first visitor."""
    server.settimeout(20)
    connection, address = server.accept()
    connection.close()
    return address


@pytest.mark.attack(15)
@pytest.mark.requirement("4.24 RFC7515: the signature is verified with the environment's keys")
@pytest.mark.parametrize("place", [5, 200, -200, -1])
def test_a_flipped_letter_spoils_a_token(door: Door, forge: Forge, place: int) -> None:
    token = forge.token()
    place %= len(token)
    other = "A" if token[place] != "A" else "Q"
    door.refuses(token[:place] + other + token[place + 1 :], fetches=1)


@pytest.mark.attack(15)
def test_a_signature_fits_no_other_token(door: Door, forge: Forge) -> None:
    head, payload, mark = forge.token().split(".")
    other_head, other_payload, other_mark = forge.token(sub="usr_bob").split(".")
    for token in (
        f"{head}.{other_payload}.{mark}",
        f"{head}.{payload}.{other_mark}",
        f"{head}.{payload}.{mark[:-8]}",
        f"{head}.{payload}.{mark}{other_mark}",
        f"{other_payload}.{other_head}.{other_mark}",
        f"{head}.{payload}.{b64(bytes(256))}",
        f"{head}.{payload}.{b64(ONE)}",
    ):
        door.refuses(token)
