"""A key set of bad neighbours: what else stands beside the good key, and the private halves."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

JSON = dict[str, Any]


def public(key: rsa.RSAPrivateKey, kid: str, **more: Any) -> JSON:
    """An RSA key as a key set gives it."""
    published: JSON = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    numbers = {name: published[name] for name in ("kty", "n", "e")}
    return {**numbers, "use": "sig", "alg": "RS256", "kid": kid, **more}


def new_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@dataclass(frozen=True, slots=True)
class Junk:
    """Keys that look usable but are not, by their ids, and the whole list as published."""

    keys: dict[str, rsa.RSAPrivateKey] = field(repr=False)
    published: list[Any] = field(repr=False)

    @classmethod
    def new(cls) -> Junk:
        """Fresh keys."""
        names = ("junk_enc", "junk_rs384", "junk_ps256", "junk_operations", "junk_twice")
        keys = {name: new_key() for name in names} | {"junk_weak": new_key(1024)}
        curve = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key()))
        return cls(
            keys,
            [
                {"kty": "oct", "k": "c2hhcmVkIHNlY3JldA", "kid": "junk_oct", "alg": "HS256"},
                {**curve, "kid": "junk_ec", "use": "sig", "alg": "ES256"},
                public(keys["junk_enc"], "junk_enc", use="enc"),
                public(keys["junk_rs384"], "junk_rs384", alg="RS384"),
                public(keys["junk_ps256"], "junk_ps256", alg="PS256"),
                public(keys["junk_operations"], "junk_operations", key_ops=["encrypt"]),
                public(keys["junk_weak"], "junk_weak"),
                public(keys["junk_twice"], "junk_twice"),
                public(new_key(), "junk_twice"),
                {name: value for name, value in public(new_key(), "").items() if name != "kid"},
                {**public(new_key(), ""), "kid": 7},
                public(new_key(), "junk_number", n=7),
                public(new_key(), "junk_empty", n="", e=""),
                {"kty": "RSA", "kid": "junk_bare"},
                {"kty": ["RSA"]},
                {},
                7,
                None,
                "key",
                [],
            ],
        )
