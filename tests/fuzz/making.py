"""Makes random requests around one good token, each with what its answer may be."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from tests.fuzz.oracle import Expected, valid
from tests.fuzz.values import changed, nested, noise, text, value, written
from tests.protocol.attacks.door import ERAS
from tests.protocol.attacks.forge import Forge, b64

MOST_TOKEN: Final = 16 * 1024
JSON = dict[str, Any]
LIST: Final = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}).encode()
METHODS: Final = (
    "tools/list",
    "tools/call",
    "initialize",
    "ping",
    "notifications/initialized",
    "server/discover",
    "x",
    "",
    7,
)
TOOLS: Final = ("ctera_portal_list_portals", "ctera_portal_list_dir", "ctera_portal_who_am_i", "nothing", "", None, 7)
CLAIMS: Final = (
    "iss", "aud", "sub", "exp", "iat", "nbf", "jti", "sid", "oid", "client_id", "resid", "scope", "scopes", "nonce",
    "at_hash", "token_type", "roles", "cnf", "act", "x",
)  # fmt: skip
HEADERS: Final = ("alg", "kid", "typ", "cty", "zip", "crit", "b64", "enc", "jku", "jwk", "x5c", "x5u", "x")
AROUND: Final = (
    b"",
    b" ",
    b"  ",
    b"\t",
    b",",
    b", ",
    b"Bearer ",
    b", Bearer ",
    b"Basic ",
    b'"',
    b"=",
    b"==",
    b".",
    b"\x80",
    b"\x7f",
)


@dataclass(frozen=True, slots=True)
class Made:
    """One request: `opens` is True where 200 is due, False where it must be 4xx, None where either may be."""

    kind: str
    opens: bool | None
    authorization: list[bytes] = field(repr=False)
    query: bytes = b""
    more: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = LIST


class Maker:
    """All requests of one run; the same seed makes the same run, but for moments and signatures."""

    def __init__(self, forge: Forge, seed: int) -> None:
        self.rng = Random(seed)
        self.forge = forge
        self.expected = Expected(forge.issuer, forge.resource_id, forge.kid)
        self._good = ("", 0.0)
        self._kinds: tuple[tuple[float, Callable[[], Made]], ...] = (
            (0.40, self.heads),
            (0.40, self.tokens),
            (0.20, self.bodies),
        )

    def next(self) -> Made:
        """Another request."""
        makers = [maker for _, maker in self._kinds]
        return self.rng.choices(makers, [weight for weight, _ in self._kinds])[0]()

    def good(self) -> bytes:
        """A good token, made anew every minute."""
        if time.monotonic() - self._good[1] > 60 or not self._good[0]:
            self._good = (self.forge.token(), time.monotonic())
        return self._good[0].encode()

    def heads(self) -> Made:
        """Random Authorization values, sometimes several, a random query beside them."""
        rng, good = self.rng, self.good()
        values = [self._value(good) for _ in range(rng.choice((1, 1, 1, 1, 2)))]
        query = rng.choice(
            (b"", b"", b"", b"access_token=x", b"x=1&access%5ftoken=" + good[:9], b"a=1", b64(noise(rng)).encode())
        )
        names = [unquote_to_bytes(field.partition(b"=")[0]) for field in query.split(b"&")]
        one = (
            re.fullmatch(rb"[ \t]*bearer ([A-Za-z0-9_.-]+)[ \t]*", values[0], re.IGNORECASE)
            if len(values) == 1
            else None
        )
        opens = one is not None and one[1] == good and b"access_token" not in names
        return Made("head", opens, values, query, self._more() if not opens else ())

    def _value(self, good: bytes) -> bytes:
        rng = self.rng
        way = rng.random()
        if way < 0.25:
            found = noise(rng)
        elif way < 0.5:
            scheme = rng.choice((b"Bearer ", b"bearer ", b"BEARER ", b"Bearer", b"Bearer\t", b"Basic ", b"DPoP "))
            found = scheme + rng.choice(
                (good, good, noise(rng), b64(noise(rng)).encode(), b".".join([b"a"] * rng.randrange(9)))
            )
        elif way < 0.75:
            found = b"Bearer " + changed(rng, good)
        else:
            found = b"".join(rng.choice((good, *AROUND)) for _ in range(rng.randrange(6)))
        # What frames a message is `garbage`'s to spoil; what a parser of HTTP refuses itself would hide the doors.
        return re.sub(rb"[\r\n\x00]" if rng.random() < 0.1 else rb"[\x00-\x08\x0a-\x1f\x7f]", b"?", found)

    def _more(self) -> tuple[tuple[bytes, bytes], ...]:
        rng = self.rng
        if rng.random() < 0.8:
            return ()
        name = rng.choice(
            (b"origin", b"mcp-session-id", b"cookie", b"mcp-protocol-version", b"x-forwarded-host", b"last-event-id")
        )
        return ((name, re.sub(rb"[\r\n\x00]", b"?", noise(rng))),)

    def tokens(self) -> Made:
        """A correctly signed token of random structure."""
        rng, forge = self.rng, self.forge
        header, claims = forge.header(), forge.claims()
        if rng.random() < 0.4:
            self._mutate(header, HEADERS, ("RS256", "none", "HS256", "JWT", "at+jwt", "AT+JWT", forge.kid))
        if rng.random() < 0.9:
            self._mutate(claims, CLAIMS, self._plausible())
        head, payload = written(rng, header), written(rng, claims)
        token = forge.sign(head, payload).encode()
        opens = valid(head, payload, self.expected, time.time()) if len(token) <= MOST_TOKEN else False
        return Made("token", opens, [b"Bearer " + token])

    def _plausible(self) -> tuple[Any, ...]:
        forge, now = self.forge, int(time.time())
        issuers = (forge.issuer, f"{forge.issuer}/resources/{forge.resource_id}", forge.issuer + "/")
        audiences = (
            forge.resource_id,
            [forge.resource_id],
            [forge.resource, forge.resource_id],
            [forge.resource_id, 7],
        )
        moments = (now, now - 10, now - 3600, now + 3600, now + 86_000, now + 90_000, float(now + 60), str(now + 60))
        texts = ("usr_alice", "ctera:read", ["ctera:read", "user:read"], "s " * 1_500, "x" * 255, "x" * 256)
        return (*issuers, *audiences, *moments, *texts)

    def _mutate(self, members: JSON, names: tuple[str, ...], plausible: tuple[Any, ...]) -> None:
        rng = self.rng
        for _ in range(rng.randrange(1, 4)):
            name = rng.choice(names) if rng.random() < 0.95 else text(rng)
            way = rng.random()
            if way < 0.15:
                members.pop(name, None)
            else:
                members[name] = rng.choice(plausible) if way < 0.55 else value(rng)

    def bodies(self) -> Made:
        """A good token over a random body."""
        rng = self.rng
        params: Any = {
            "name": rng.choice(TOOLS),
            "arguments": {rng.choice(("path", "tenant", "portal", "x")): value(rng)},
        }
        if rng.random() < 0.3:
            params = value(rng)
        message: JSON = {"jsonrpc": "2.0", "id": rng.randrange(9), "method": rng.choice(METHODS), "params": params}
        if rng.random() < 0.3:
            self._mutate(
                message, ("jsonrpc", "id", "method", "params", "result", "error", "x"), ("2.0", "1.0", 1, None)
            )
        more = self._modern(message) if rng.random() < 0.4 else ()
        way = rng.random()
        body = written(rng, message) if way < 0.8 else rng.choice((noise(rng, 300), nested(rng), b"[" + LIST + b"]"))
        return Made("body", None, [b"Bearer " + self.good()], more=more, body=body)

    def _modern(self, message: JSON) -> tuple[tuple[bytes, bytes], ...]:
        """Make it a message of the stateless era, mostly well formed; returns the headers that go with it."""
        rng, params = self.rng, message.get("params")
        version, method = ERAS[0], str(message.get("method", ""))
        if isinstance(params, dict):
            params["_meta"] = {
                "io.modelcontextprotocol/protocolVersion": version if rng.random() < 0.9 else value(rng),
                "io.modelcontextprotocol/clientCapabilities": {} if rng.random() < 0.9 else value(rng),
                "io.modelcontextprotocol/clientInfo": {"name": "x", "version": "1"}
                if rng.random() < 0.9
                else value(rng),
            }
        names = [(b"mcp-protocol-version", version), (b"mcp-method", method)]
        if isinstance(params, dict) and "name" in params:
            names.append((b"mcp-name", str(params["name"])))
        kept = names if rng.random() < 0.9 else names[: rng.randrange(3)]
        return tuple((name, re.sub(r"[^\x21-\x7e]", "?", text).encode()) for name, text in kept)

    def garbage(self) -> bytes:
        """Bytes that are hardly HTTP."""
        rng = self.rng
        start = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "
        return rng.choice((b"", start, start[:30])) + noise(rng, 300) + rng.choice((b"", b"\r\n\r\n"))
