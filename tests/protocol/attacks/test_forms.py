"""Tokens in forms that some parser takes and ours must not: bytes, encodings, sizes, names twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.protocol.attacks.door import ERAS, Door, exchange
from tests.protocol.attacks.forge import Forge, b64


def with_member(claims: dict[str, Any], member: str) -> bytes:
    """The claims as JSON with one more member, as written."""
    return json.dumps(claims).encode()[:-1] + b", " + member.encode() + b"}"


@pytest.mark.attack(26)
@pytest.mark.requirement("4.32 RFC7519-4: a claim name twice is refused")
@pytest.mark.parametrize(
    "member",
    ['"sub": "usr_bob"', '"aud": "res_1001"', '"exp": 9999999999', '"s\\u0075b": "usr_bob"', '"x": [{"a": 1, "a": 2}]'],
)
def test_a_claim_name_twice_is_refused(door: Door, forge: Forge, member: str) -> None:
    door.refuses(forge.sign(forge.header(), with_member(forge.claims(), member)))


@pytest.mark.attack(27)
@pytest.mark.requirement("4.33 RFC8725-3.7: a payload is one JSON object in UTF-8")
@pytest.mark.parametrize(
    "payload",
    [b"[]", b'"text"', b"1", b"null", b"true", b"{", b"\x00", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"not json",
     b"[{}]", b"{}{}", b"{'sub': 'usr_alice'}", b'{"sub": "\xff"}', b'{"sub": "\xed\xa0\x80"}', b'{"exp": NaN}', b"{}"],
    ids=ascii,
)  # fmt: skip
def test_a_payload_that_is_no_json_object_is_refused(door: Door, forge: Forge, payload: bytes) -> None:
    door.refuses(forge.sign(forge.header(), payload))


@pytest.mark.attack(27)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1", "cp037"])
def test_good_claims_in_another_encoding_are_refused(door: Door, forge: Forge, encoding: str) -> None:
    text = json.dumps({**forge.claims(), "name": "Zoë ~"}, ensure_ascii=False)
    door.refuses(forge.sign(forge.header(), text.encode(encoding)))


@pytest.mark.attack(27)
@pytest.mark.parametrize("claim", ["sub", "oid", "client_id", "sid", "jti"])
@pytest.mark.parametrize("text", ["a\ud800", "\udc00b", "a\x00b", "a\nb", "a\x1b[2J", "a\x7f", "a\x9b"], ids=ascii)
def test_text_that_could_not_be_stored_or_shown_is_refused(door: Door, forge: Forge, claim: str, text: str) -> None:
    door.refuses(forge.token(**{claim: text}))


@pytest.mark.attack(27)
@pytest.mark.parametrize("claim", ["oid", "client_id", "sid", "jti"])
@pytest.mark.parametrize("value", [7, True, [], {}, ["x"], "x" * 5000], ids=lambda value: str(value)[:9])
def test_claims_of_another_kind_are_refused(door: Door, forge: Forge, claim: str, value: Any) -> None:
    door.refuses(forge.token(**{claim: value}))


@pytest.mark.attack(27)
def test_text_of_the_whole_world_is_taken(door: Door, forge: Forge) -> None:
    door.opens(forge.token(oid="Zoë ключ 鍵 🔑", sid="ligature ﬁ"))


@pytest.mark.attack(29)
@pytest.mark.parametrize("size", [16 * 1024 + 1, 20_000, 60_000])
def test_a_token_beyond_sixteen_kibibytes_is_refused(door: Door, forge: Forge, size: int) -> None:
    """CVE-2025-61920."""
    door.refuses("a" * (size // 3) + "." + "b" * (size // 3) + "." + "c" * (size // 3 + 2))
    door.refuses(forge.token(padding="x" * size))


@pytest.mark.attack(29)
@pytest.mark.parametrize(
    "token",
    ["." * 16_000, "a." * 8_000, "." * 100_000, "a" * 200_000, "." * 1_000_000],
    ids=lambda text: str(len(text)),
)
def test_a_token_of_dots_or_without_measure_is_refused(door: Door, token: str) -> None:
    """CVE-2025-30204."""
    with door.nothing_happens(token[:100]):
        answer = door.knock(f"Bearer {token}")
    if answer.status in {0, 400, 431}:  # the connection's bound came first
        assert len(token) > 60_000
        assert answer.values("www-authenticate") == []
    else:
        door.is_invalid(answer)


@pytest.mark.attack(29)
def test_a_head_without_end_ends_the_connection(door: Door) -> None:
    with door.nothing_happens():
        answer = exchange(
            door.stack.port, b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + b"a" * 20_000_000
        )
        many = exchange(door.stack.port, b"POST /mcp HTTP/1.1\r\n" + b"X-A: b\r\n" * 200_000)
    assert answer.status in {0, 431}
    assert many.status in {0, 431}


@pytest.mark.attack(31)
@pytest.mark.parametrize(
    "spoilt",
    [
        b"\xff",
        "é".encode("latin-1"),
        "é".encode(),
        "🔑".encode(),
        b"\x80",
        b" ",
        b"\t",
        b"%20",
        b"\x7f",
        b"\x01",
        b",",
        b'"',
    ],
    ids=ascii,
)
def test_other_bytes_inside_a_token_are_refused(door: Door, forge: Forge, spoilt: bytes) -> None:
    head, payload, mark = forge.token().encode().split(b".")
    for token in (
        head + spoilt + b"." + payload + b"." + mark,
        head + b"." + payload + b"." + mark[:9] + spoilt + mark[9:],
    ):
        with door.nothing_happens(payload.decode()):
            for era in ERAS:
                answer = door.knock(b"Bearer " + token, era=era)
                if answer.status != 400 or answer.values("www-authenticate"):  # bare 400: the HTTP parser's own
                    door.is_invalid(answer)


@pytest.mark.attack(31)
@pytest.mark.parametrize("spoilt", [b"\r\n", b"\n", b"\r", b"\x00", b"\r\n ", b"\r\nX-Evil: 1"], ids=ascii)
def test_line_ends_and_nul_inside_a_token_are_refused(door: Door, forge: Forge, spoilt: bytes) -> None:
    token = forge.token().encode()
    with door.nothing_happens(token.decode()):
        answer = door.knock(b"Bearer " + token[:50] + spoilt + token[50:])
    assert answer.status in {400, 401}
    assert "x-evil" not in answer.text.lower()


@pytest.mark.attack(32)
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("tail", ["=", "==", "===", "A", "AA", "+", "/", "-", "_"])
def test_base64_in_another_form_is_refused(door: Door, forge: Forge, place: int, tail: str) -> None:
    parts = forge.token().split(".")
    parts[place] += tail
    door.refuses(".".join(parts))


@pytest.mark.attack(32)
def test_padded_segments_are_refused_even_when_the_signature_covers_them(door: Door, forge: Forge) -> None:
    for filler in range(3):  # one of three lengths needs no padding
        head, payload, mark = forge.token(filler="x" * filler).split(".")
        for padded in (f"{head}.{payload}.{mark}==", f"{head}=.{payload}.{mark}", f"{head}.{payload}==.{mark}"):
            door.refuses(padded)


@pytest.mark.attack(32)
def test_a_last_letter_with_loose_bits_is_refused(door: Door, forge: Forge) -> None:
    token = forge.token()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same_bytes = alphabet[alphabet.index(token[-1]) | 1]  # a signature of 256 bytes leaves four bits over
    assert same_bytes != token[-1]
    door.refuses(token[:-1] + same_bytes)


@pytest.mark.attack(32)
def test_the_alphabet_with_plus_and_slash_is_refused(door: Door, forge: Forge) -> None:
    head, payload, mark = forge.token(x="\u00bf\u00be?>~~~").split(".")
    mark = mark.replace("-", "+").replace("_", "/")
    assert "+" in mark or "/" in mark
    door.refuses(f"{head}.{payload}.{mark}")
    door.refuses(f"{head}.{payload} .{mark}")
    door.refuses(f"{b64(forge.header())}\u2024{payload}.{mark}".encode())
