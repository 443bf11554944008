"""How a token is presented: none, another scheme, twice, in the wrong place."""

from __future__ import annotations

import pytest

from tests.protocol.attacks.door import ERAS, Door
from tests.protocol.attacks.forge import Forge

FORM = b"application/x-www-form-urlencoded"


@pytest.mark.attack(1)
@pytest.mark.requirement("4.13 RFC9110-15.5.2: a missing token is 401 with a challenge that leads to the metadata")
@pytest.mark.requirement("4.14 MCP Scope Selection: the challenge names the scopes to ask for")
@pytest.mark.requirement("4.15 RFC6750-3.1: no error code where no credentials were sent")
@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("target", ["/mcp", "/mcp/", "/", "/mcp?x=1"])
def test_without_a_token_the_caller_learns_where_to_get_one(door: Door, era: str, target: str) -> None:
    with door.nothing_happens():
        door.is_unasked(door.knock(era=era, target=target))


@pytest.mark.attack(2)
@pytest.mark.parametrize("value", [b"Basic dTpw", b"Digest x", b"DPoP %b", b"Token %b", b"%b", b"Bearer%b", b"", b","])
def test_another_scheme_is_no_token(door: Door, forge: Forge, value: bytes) -> None:
    token = forge.token()
    with door.nothing_happens(token):
        door.is_unasked(door.knock(value.replace(b"%b", token.encode())))


@pytest.mark.attack(3)
@pytest.mark.parametrize("value", [b"Bearer", b"Bearer ", b"Bearer   ", b"Bearer \t", b" Bearer ", b"bearer"])
def test_a_scheme_without_a_token_is_no_token(door: Door, value: bytes) -> None:
    with door.nothing_happens():
        door.is_unasked(door.knock(value))


@pytest.mark.attack(3)
@pytest.mark.requirement("4.22 RFC6750-2.1: one space, then b64token; nothing else is a token")
@pytest.mark.parametrize("between", [b"  ", b"\t", b" \t", b"\t ", b"   "])
def test_anything_but_one_space_before_a_token_spoils_it(door: Door, forge: Forge, between: bytes) -> None:
    token = forge.token()
    with door.nothing_happens(token):
        door.is_invalid(door.knock(b"Bearer" + between + token.encode()))


@pytest.mark.attack(4)
@pytest.mark.requirement("4.22 RFC9110-11.1: the scheme in any case")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
def test_the_scheme_may_be_written_in_any_case(door: Door, forge: Forge, scheme: str) -> None:
    door.opens(forge.token(), scheme=scheme)


@pytest.mark.attack(5)
@pytest.mark.requirement("4.18 RFC6750-3.1: more than one token is 400 invalid_request")
@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    "values",
    [
        ["Bearer %s", "Bearer %s"],
        ["Bearer %s", "Bearer a.b.c"],
        ["Bearer a.b.c", "Bearer %s"],
        ["Basic dTpw", "Bearer %s"],
        ["", "Bearer %s"],
        ["Bearer %s, Bearer a.b.c"],
        ["Bearer %s,Bearer %s"],
        ["Bearer %s ,\tbEARER %s"],
        ["Basic dTpw, Bearer %s"],
    ],
)
def test_two_tokens_are_an_invalid_request(door: Door, forge: Forge, era: str, values: list[str]) -> None:
    token = forge.token()
    with door.nothing_happens(token):
        door.is_malformed(door.knock(*(value.replace("%s", token) for value in values), era=era))


@pytest.mark.attack(6)
@pytest.mark.requirement("4.23 MCP Token Requirements: never from the query")
@pytest.mark.parametrize("target", ["/mcp", "/"])
def test_a_token_in_the_query_is_not_read(door: Door, forge: Forge, target: str) -> None:
    token = forge.token()
    with door.nothing_happens(token):
        door.is_unasked(door.knock(target=f"{target}?access_token={token}"))


@pytest.mark.attack(6)
@pytest.mark.requirement("4.18 RFC6750-3.1: more than one method is 400 invalid_request")
@pytest.mark.parametrize("query", ["access_token=%s", "x=1&access_token=%s", "access%5Ftoken=%s", "access_token"])
def test_a_token_in_the_query_beside_one_in_the_header_is_an_invalid_request(
    door: Door, forge: Forge, query: str
) -> None:
    token = forge.token()
    with door.nothing_happens(token):
        door.is_malformed(door.knock(f"Bearer {token}", target="/mcp?" + query.replace("%s", token)))


@pytest.mark.attack(6)
def test_a_query_that_only_sounds_alike_does_no_harm(door: Door, forge: Forge) -> None:
    assert door.knock(f"Bearer {forge.token()}", target="/mcp?no_access_token=1").status == 200


@pytest.mark.attack(7)
@pytest.mark.requirement("4.23 MCP Token Requirements: never from a form or a cookie")
def test_a_token_in_a_form_or_a_cookie_is_not_read(door: Door, forge: Forge) -> None:
    token = forge.token()
    with door.nothing_happens(token):
        form = f"access_token={token}".encode()
        door.is_unasked(door.knock(content=form, more=[(b"content-type", FORM)]))
        cookie = f"access_token={token}; Authorization=Bearer {token}; sessionid={token}".encode()
        door.is_unasked(door.knock(more=[(b"cookie", cookie)]))


@pytest.mark.attack(42)
@pytest.mark.requirement("4.23 MCP best practices: no session stands for a token")
@pytest.mark.parametrize("era", ERAS)
def test_a_session_id_is_no_token(door: Door, forge: Forge, era: str) -> None:
    initialize = door.knock(
        f"Bearer {forge.token()}",
        era=ERAS[1],
        content=b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
        b'"capabilities":{},"clientInfo":{"name":"x","version":"1"}}}',
    )
    assert initialize.status == 200
    known = (initialize.values("mcp-session-id") or ["0123456789abcdef"])[0]
    with door.nothing_happens():
        door.is_unasked(door.knock(era=era, more=[(b"mcp-session-id", known.encode())]))


@pytest.mark.attack(47)
@pytest.mark.parametrize("method", ["HEAD", "GET", "DELETE", "PUT", "PATCH", "TRACE", "OPTIONS"])
@pytest.mark.parametrize("target", ["/mcp", "/mcp/"])
def test_no_other_method_gets_in_without_a_token(door: Door, method: str, target: str) -> None:
    with door.nothing_happens():
        answer = door.knock(method=method, target=target, content=b"")
    assert answer.status in {401, 405}
    assert answer.body == b""
