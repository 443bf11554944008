"""State of the simulated environment: people, clients, codes, refresh tokens, signing keys, switches."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

JSON = dict[str, Any]
EVERYTHING = ("user:read", "ctera:read", "ctera:admin")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who can sign in; `scopes` are what their role allows (the "intersect" flag is on)."""

    name: str
    subject: str
    organization: str
    scopes: frozenset[str]


CAST = {
    "alice": Person("Alice reads", "usr_alice", "org_acme", frozenset({"user:read", "ctera:read"})),
    "bob": Person("Bob administers", "usr_bob", "org_acme", frozenset(EVERYTHING)),
    "mallory": Person("Mallory has no scope", "usr_mallory", "org_evil", frozenset()),
}


@dataclass(slots=True)
class SigningKey:
    """One RSA key and how it is published."""

    kid: str
    private: rsa.RSAPrivateKey = field(repr=False)

    @classmethod
    def new(cls) -> SigningKey:
        """A fresh key with an id of Scalekit's form."""
        return cls(f"snk_{secrets.randbelow(10**17):017d}", rsa.generate_private_key(65537, 2048))

    def jwk(self) -> JSON:
        """The public half as `/keys` gives it."""
        published: JSON = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        return {**{name: published[name] for name in ("kty", "n", "e")}, "use": "sig", "alg": "RS256", "kid": self.kid}

    def given_away(self) -> JSON:
        """Both halves, for tests that forge with the real key."""
        text = self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return {"kid": self.kid, "pem": text.decode()}


class TokenFactory:
    """Signs access tokens of the form that Scalekit gives; also for tests without any process."""

    def __init__(self, issuer: str, resource: str, resource_id: str = "res_1001") -> None:
        self.environment = issuer
        self.resource = resource
        self.resource_id = resource_id
        self.issuer_form = "environment"
        self.keys = [SigningKey.new()]
        self.lifetime = 3600

    @property
    def issuer(self) -> str:
        """The `iss` claim: the environment, or its newer form with the resource."""
        if self.issuer_form == "resource":
            return f"{self.environment}/resources/{self.resource_id}"
        return self.environment

    def claims(self, person: str, client: str = "m2m_1", scopes: frozenset[str] | None = None) -> JSON:
        """The claims of a person's access token."""
        who, now = CAST[person], int(time.time())
        granted = sorted(who.scopes if scopes is None else scopes)
        return {
            "aud": [self.resource, self.resource_id],
            "client_id": client,
            "iss": self.issuer,
            "sub": who.subject,
            "oid": who.organization,
            "resid": self.resource_id,
            "scope": " ".join(granted),
            "scopes": granted,
            "sid": f"ses_{secrets.token_hex(8)}",
            "iat": now,
            "nbf": now,
            "exp": now + self.lifetime,
            "jti": f"tkn_{secrets.token_hex(8)}",
        }

    def mint(self, person: str = "alice", *, header: JSON | None = None, **overrides: Any) -> str:
        """Sign a person's token; an override of None removes the claim."""
        claims = {**self.claims(person), **overrides}
        return self.sign({name: value for name, value in claims.items() if value is not None}, header)

    def sign(self, claims: JSON, header: JSON | None = None) -> str:
        """Sign claims with the newest key."""
        key = self.keys[-1]
        headers = {"kid": key.kid, "typ": "JWT", **(header or {})}
        return jwt.PyJWS().encode(json.dumps(claims).encode(), key.private, algorithm="RS256", headers=headers)


@dataclass(slots=True)
class Grant:
    """What a code or a refresh token stands for."""

    client: str
    person: str
    scopes: frozenset[str]
    redirect_uri: str = ""
    challenge: str = ""
    expires: float = 0.0
    family: str = ""


@dataclass(slots=True)
class Environment:
    """Everything that a request may change."""

    tokens: TokenFactory
    clients: dict[str, JSON] = field(default_factory=dict)
    documents: dict[str, JSON] = field(default_factory=dict)
    codes: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, Grant] = field(default_factory=dict)
    spent: dict[str, str] = field(default_factory=dict)
    approve: str | None = None
    answers_issuer: bool = True
    keys_mode: str = "good"
    keys_seconds: float = 0.0
    extra_keys: list[JSON] = field(default_factory=list)
    key_fetches: int = 0
    followed: int = 0

    @property
    def server(self) -> str:
        """The issuer identifier of the resource's authorization server."""
        return f"{self.tokens.environment}/resources/{self.tokens.resource_id}"

    def metadata(self) -> JSON:
        """The authorization server metadata, as recorded from live environments."""
        base = self.tokens.environment
        return {
            "issuer": self.server,
            "authorization_endpoint": f"{self.server}/oauth/authorize",
            "token_endpoint": f"{self.server}/oauth/token",
            "jwks_uri": f"{base}/keys",
            "registration_endpoint": f"{base}/api/v1/resources/{self.tokens.resource_id}/clients:register",
            "client_id_metadata_document_supported": True,
            "code_challenge_methods_supported": ["S256"],
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "scopes_supported": [*EVERYTHING, "offline_access"],
            **({"authorization_response_iss_parameter_supported": True} if self.answers_issuer else {}),
        }

    def jwks(self) -> JSON:
        """The key set."""
        return {"keys": [*self.extra_keys, *(key.jwk() for key in self.tokens.keys)]}

    def register(self, wanted: JSON) -> JSON:
        """Register a public client (RFC 7591)."""
        client = f"m2m_{secrets.randbelow(10**15)}"
        kept = ("redirect_uris", "client_name", "grant_types", "response_types", "scope", "application_type")
        self.clients[client] = {
            **{name: wanted[name] for name in kept if name in wanted},
            "client_id": client,
            "client_id_issued_at": int(time.time()),
            "token_endpoint_auth_method": "none",
        }
        return self.clients[client]

    def find_client(self, client: str) -> JSON | None:
        """A registered client, or the injected metadata document of a client whose id is a URL (CIMD)."""
        return self.clients.get(client) or self.documents.get(client)

    def code(self, grant: Grant) -> str:
        """A single-use code for one minute."""
        code = secrets.token_urlsafe(24)
        grant.expires = time.time() + 60
        self.codes[code] = grant
        return code

    def answer(self, grant: Grant) -> JSON:
        """A token response; a refresh token only for `offline_access`, rotated at each use."""
        requested = grant.scopes
        granted = frozenset(requested & CAST[grant.person].scopes)
        kept = granted | (requested & {"openid", "offline_access", "profile", "email"})
        claims = self.tokens.claims(grant.person, grant.client, kept)
        body: JSON = {
            "access_token": self.tokens.sign(claims),
            "token_type": "Bearer",
            "expires_in": self.tokens.lifetime,
            "scope": " ".join(sorted(kept)),
        }
        if "offline_access" in requested:
            token = secrets.token_urlsafe(24)
            grant.family = grant.family or secrets.token_hex(8)
            self.refresh[token] = grant
            body["refresh_token"] = token
        return body


def s256(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
