"""Token headers that are no headers of an access token."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from tests.protocol.attacks.door import Door
from tests.protocol.attacks.forge import ABSENT, Forge, b64

INJECTIONS = [
    '"',
    '", error="insufficient_scope',
    "\r\nSet-Cookie: a=b",
    "\r\n\r\n<html>",
    "\\",
    "%0d%0aX-Evil: 1",
    "'\"><script>alert(1)</script>",
    "\x1b[31m",
    "{asctime} %(message)s ${jndi:ldap://x}",
]


@pytest.mark.attack(13)
@pytest.mark.requirement("4.30 RFC8725-3.10: `kid` is a name in the environment's key set and nothing else")
@pytest.mark.parametrize(
    "kid",
    [
        ABSENT, None, "", [], ["x"], {}, 7, True, "../../dev/null", "/dev/null", "' OR 1=1 --", "k" * 10_000, "\x00",
        "ключ",
        "\ud800", "http://localhost:1/keys", " ", "__class__", "keys",
    ],
    ids=ascii,
)  # fmt: skip
def test_an_odd_key_id_finds_no_key(door: Door, forge: Forge, kid: Any) -> None:
    door.refuses(forge.with_header(kid=kid), fetches=1)


@pytest.mark.attack(14)
@pytest.mark.requirement("4.31 RFC7515-4.1.11: an unknown critical header is refused")
@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["x"], "x": 1},
        {"crit": []},
        {"crit": None},
        {"crit": ["b64"], "b64": False},
        {"crit": ["exp"], "exp": 1},
        {"b64": False},
        {"b64": True},
    ],
    ids=str,
)
def test_a_critical_header_is_refused(door: Door, forge: Forge, extra: dict[str, Any]) -> None:
    """CVE-2025-59420, CVE-2026-32597, CVE-2026-48525."""
    door.refuses(forge.with_header(**extra))


@pytest.mark.attack(14)
def test_a_payload_outside_of_the_token_is_refused(door: Door, forge: Forge) -> None:
    """CVE-2026-48525: `b64: false` with a detached payload."""
    headers = {"kid": forge.kid, "b64": False, "crit": ["b64"]}
    door.refuses(jwt.PyJWS().encode(b"{}", forge.private, "RS256", headers=headers, is_payload_detached=True))


@pytest.mark.attack(22)
@pytest.mark.requirement("4.28 RFC9068-4, RFC8725-3.11: another type is refused")
@pytest.mark.parametrize(
    "kind",
    ["logout+jwt", "secevent+jwt", "dpop+jwt", "entity-statement+jwt", "JWE", "", "application/jwt", 7, None, ["JWT"]],
    ids=str,
)
def test_another_type_of_token_is_refused(door: Door, forge: Forge, kind: Any) -> None:
    door.refuses(forge.with_header(typ=kind))


@pytest.mark.attack(22)
@pytest.mark.requirement("4.28 RFC9068-4: Scalekit's type and both names of the standard's are taken")
@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt", "AT+JWT"])
def test_the_types_of_access_tokens_are_taken(door: Door, forge: Forge, kind: str) -> None:
    door.opens(forge.with_header(typ=kind))


@pytest.mark.attack(26)
@pytest.mark.requirement("4.32 RFC7515-4: a header name twice is refused")
@pytest.mark.parametrize(
    "header",
    [
        b'{"alg":"none","alg":"RS256","typ":"JWT","kid":"%b"}',
        b'{"alg":"RS256","alg":"none","typ":"JWT","kid":"%b"}',
        b'{"alg":"RS256","typ":"JWT","kid":"other","kid":"%b"}',
        b'{"alg":"RS256","\\u0061lg":"RS256","typ":"JWT","kid":"%b"}',
        b'{"alg":"RS256","typ":"JWT","kid":"%b","x":{"a":1,"a":2}}',
    ],
)
def test_a_header_name_twice_is_refused(door: Door, forge: Forge, header: bytes) -> None:
    door.refuses(forge.sign(header.replace(b"%b", forge.kid.encode()), forge.claims()))


@pytest.mark.attack(28)
@pytest.mark.parametrize("depth", [100, 1_100, 2_000, 5_000])
@pytest.mark.parametrize("pair", [(b'{"a":', b"}"), (b"[", b"]")], ids=["objects", "lists"])
def test_a_header_nested_deeply_is_refused(door: Door, forge: Forge, depth: int, pair: tuple[bytes, bytes]) -> None:
    deep = pair[0] * depth + b"1" + pair[1] * depth
    door.refuses(f"{b64(deep)}.e30.AA")
    door.refuses(forge.sign(b'{"alg":"none","kid":"x","deep":' + deep + b"}", b"{}"))


@pytest.mark.attack(28)
@pytest.mark.parametrize("depth", [1_100, 3_000])
def test_a_payload_nested_deeply_is_refused(door: Door, forge: Forge, depth: int) -> None:
    claims = forge.sign(forge.header(), b'{"sub":' + b"[" * depth + b"]" * depth + b"}")
    door.refuses(claims)


@pytest.mark.attack(30)
@pytest.mark.parametrize(
    "token",
    ["a.b.c.d.e", "a.b.c.d", "a.b", "a", ".", "..", "...", "a..c", ".b.c", "a.b.", "a.b.c.", ".a.b.c"],
)
def test_another_number_of_parts_is_refused(door: Door, token: str) -> None:
    door.refuses(token)


@pytest.mark.attack(30)
def test_an_encrypted_token_is_refused(door: Door, forge: Forge) -> None:
    """CVE-2026-29000: an encrypted token with an unsigned one inside; CVE-2025-62706: one that unfolds without end."""
    plain = f"{b64({'alg': 'none'})}.{b64(forge.claims())}."
    for header in (
        {"alg": "dir", "enc": "A128CBC-HS256", "cty": "JWT"},
        {"alg": "RSA-OAEP", "enc": "A256GCM", "zip": "DEF", "kid": forge.kid},
        forge.header(enc="A256GCM"),
    ):
        door.refuses(f"{b64(header)}.AA.AA.{b64(plain.encode())}.AA")
        door.refuses(forge.sign(header, forge.claims()))


@pytest.mark.attack(30)
@pytest.mark.parametrize("extra", [{"cty": "JWT"}, {"cty": "jwt"}, {"zip": "DEF"}, {"enc": "A128GCM"}], ids=str)
def test_a_nested_or_packed_token_is_refused(door: Door, forge: Forge, extra: dict[str, Any]) -> None:
    """CVE-2026-29000, CVE-2025-62706."""
    door.refuses(forge.with_header(**extra))
    door.refuses(forge.sign(forge.header(**extra), forge.token().encode()))


@pytest.mark.attack(45)
@pytest.mark.requirement("4.19 RFC6750-3: no text of a token gets into the challenge")
@pytest.mark.requirement("4.20 RFC9110-11.6.1: one challenge, its values quoted, no parameter inside another")
@pytest.mark.requirement("4.21 RFC6750-3.1: all faulty tokens get one and the same answer")
@pytest.mark.parametrize("text", INJECTIONS, ids=ascii)
def test_nothing_of_a_token_is_reflected(door: Door, forge: Forge, text: str) -> None:
    for token in (
        forge.with_header(kid=text),
        forge.with_header(typ=text),
        forge.with_header(alg=text),
        forge.token(sub=text, iss=text),
        forge.token(aud=[text], scope=text),
        forge.token(exp=1, jti=text * 3),
    ):
        with door.nothing_happens(text, fetches=1):
            door.refuses(token, fetches=1)
