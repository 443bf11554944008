"""Makes tokens that the simulated environment would never give, signed with its real key."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.simulators.scalekit.environment import CAST
from tests.simulators.scalekit.fixture import RunningScalekit

JSON = dict[str, Any]


class Absent:
    """Neither a value nor null."""

    def __repr__(self) -> str:
        return "absent"


ABSENT: Final = Absent()
"""A claim or header of this value is left out; None would be null."""

HASHES: Final[dict[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}


def b64(data: bytes | JSON) -> str:
    """A segment: bytes as they are, an object as JSON."""
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(segment: str) -> bytes:
    """The bytes of a segment."""
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def without_absent(values: JSON) -> JSON:
    return {name: value for name, value in values.items() if value is not ABSENT}


@dataclass(frozen=True, slots=True)
class Forge:
    """The environment's newest key in the wrong hands."""

    issuer: str
    resource: str
    resource_id: str
    kid: str
    private: rsa.RSAPrivateKey = field(repr=False)

    @classmethod
    def of(cls, scalekit: RunningScalekit, resource: str) -> Forge:
        """Take the newest key of a running environment."""
        given = scalekit.control(signing_key=True)["signing_key"]
        private = load_pem_private_key(given["pem"].encode(), None)
        assert isinstance(private, rsa.RSAPrivateKey)
        return cls(scalekit.url, resource, scalekit.resource_id, given["kid"], private)

    def claims(self, person: str = "alice", **overrides: Any) -> JSON:
        """The claims of a good access token, changed; `ABSENT` leaves one out."""
        who, now = CAST[person], int(time.time())
        good: JSON = {
            "aud": [self.resource, self.resource_id],
            "client_id": "m2m_1",
            "iss": self.issuer,
            "sub": who.subject,
            "oid": who.organization,
            "resid": self.resource_id,
            "scope": " ".join(sorted(who.scopes)),
            "scopes": sorted(who.scopes),
            "sid": f"ses_{secrets.token_hex(8)}",
            "jti": f"tkn_{secrets.token_hex(8)}",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
        }
        return without_absent({**good, **overrides})

    def header(self, **overrides: Any) -> JSON:
        """The header of a good access token, changed."""
        return without_absent({"alg": "RS256", "kid": self.kid, "typ": "JWT", **overrides})

    def token(self, person: str = "alice", **claims: Any) -> str:
        """A correctly signed token with changed claims."""
        return self.sign(self.header(), self.claims(person, **claims))

    def with_header(self, **header: Any) -> str:
        """A correctly signed token with good claims under a changed header."""
        return self.sign(self.header(**header), self.claims())

    def sign(
        self,
        header: bytes | JSON,
        payload: bytes | JSON,
        *,
        key: rsa.RSAPrivateKey | None = None,
        algorithm: str = "RS256",
    ) -> str:
        """Sign whatever is given, whatever the header says; algorithms are RS… and PS…."""
        start = f"{b64(header)}.{b64(payload)}"
        return f"{start}.{b64(signature(key or self.private, start.encode(), algorithm))}"


def signature(key: rsa.RSAPrivateKey, data: bytes, algorithm: str = "RS256") -> bytes:
    """An RSA signature of data."""
    digest = HASHES[algorithm[2:]]()
    if algorithm.startswith("PS"):
        return key.sign(data, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    return key.sign(data, padding.PKCS1v15(), digest)
