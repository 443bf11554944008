"""Web pages, forged hosts and another server of the same environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.protocol.attacks.conftest import SELDOM
from tests.protocol.attacks.door import ERAS, Door
from tests.protocol.attacks.forge import Forge
from tests.simulators.stack import RunningStack, free_port, start_server

PREFLIGHT = [(b"access-control-request-method", b"POST"), (b"access-control-request-headers", b"authorization")]
METADATA = "/.well-known/oauth-protected-resource"


@pytest.mark.attack(43)
@pytest.mark.requirement("4.37 MCP TR: a foreign Origin is 403")
@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", "http://localhost.evil.example", "http://localhost@evil.example", "file://",
     "http://localhost:80:80", "http://LOCALHOST.", "http://localhost/", "http://127.0.0.1.nip.io", "localhost"],
)  # fmt: skip
def test_a_foreign_origin_is_refused_even_with_a_good_token(door: Door, forge: Forge, era: str, origin: str) -> None:
    token = forge.token()
    with door.nothing_happens(token):
        answer = door.knock(f"Bearer {token}", era=era, more=[(b"origin", origin.encode())])
        assert answer.status == 403
        assert answer.values("access-control-allow-origin") == []
        assert door.knock(era=era, more=[(b"origin", origin.encode())]).status == 403


@pytest.mark.attack(44)
@pytest.mark.parametrize("target", ["/mcp", "/mcp/"])
def test_a_preflight_needs_no_token(door: Door, target: str) -> None:
    origin = [(b"origin", door.stack.base.encode())]
    with door.nothing_happens():
        answer = door.knock(method="OPTIONS", target=target, more=[*origin, *PREFLIGHT], content=b"")
    assert answer.status in {200, 204}
    assert answer.values("www-authenticate") == []
    assert answer.values("access-control-allow-origin") == [door.stack.base]
    assert answer.values("access-control-allow-credentials") == []


@pytest.mark.attack(44)
def test_a_preflight_of_a_foreign_page_is_not_granted(door: Door) -> None:
    more = [(b"origin", b"https://evil.example"), *PREFLIGHT]
    answer = door.knock(method="OPTIONS", more=more, content=b"")
    assert 400 <= answer.status < 500
    assert answer.values("access-control-allow-origin") == []


SPOOFS = [
    [(b"x-forwarded-host", b"evil.example"), (b"x-forwarded-proto", b"https")],
    [(b"forwarded", b"host=evil.example;proto=https")],
    [(b"x-original-url", b"/evil"), (b"x-host", b"evil.example"), (b"x-forwarded-server", b"evil.example")],
    [(b"x-forwarded-prefix", b"/evil"), (b"x-rewrite-url", b"https://evil.example")],
]


@pytest.mark.attack(46)
@pytest.mark.requirement(
    "4.4 RFC9728-3.3: challenge and document keep the configured address whatever a request claims"
)
@pytest.mark.parametrize("spoof", SPOOFS, ids=["X-Forwarded-Host", "Forwarded", "others", "prefix"])
def test_a_forged_host_changes_neither_challenge_nor_metadata(door: Door, spoof: list[tuple[bytes, bytes]]) -> None:
    with door.nothing_happens():
        for era in ERAS:
            door.is_unasked(door.knock(era=era, more=spoof))
            door.is_invalid(door.knock("Bearer a.b.c", era=era, more=spoof))
        document = door.knock(method="GET", target=f"{METADATA}/mcp", more=spoof, content=b"")
    assert document.json()["resource"] == door.stack.url
    assert "evil" not in document.text


@pytest.mark.attack(46)
@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example", ""]
)
def test_another_host_is_not_served(door: Door, forge: Forge, host: str) -> None:
    with door.nothing_happens():
        answer = door.knock(f"Bearer {forge.token()}", more=[(b"host", host.encode())])
        document = door.knock(method="GET", target=f"{METADATA}/mcp", more=[(b"host", host.encode())], content=b"")
    assert answer.status == 421
    assert document.status == 400
    assert "evil" not in answer.text + document.text


@pytest.fixture(scope="module")
def neighbour(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """Another server of the same environment: another resource, the same keys and the same database."""
    port = free_port()
    environment = {
        **stack.environment,
        "PORT": str(port),
        "PUBLIC_URL": f"http://localhost:{port}",
        "SCALEKIT_RESOURCE_ID": "res_2002",
    }
    with start_server(environment, tmp_path_factory.mktemp("neighbour"), SELDOM) as (server, log_file):
        yield replace(stack, port=port, environment=environment, server=server, log_file=log_file)


@pytest.mark.attack(41)
@pytest.mark.requirement("4.26 RFC8707-2: a token for one server of an environment opens no other")
def test_a_token_for_one_server_opens_no_other(door: Door, forge: Forge, neighbour: RunningStack) -> None:
    other_door, other_forge = Door(neighbour), replace(forge, resource=neighbour.url, resource_id="res_2002")
    other_door.opens(other_forge.token())
    other_door.refuses(forge.token())
    door.opens(forge.token())
    door.refuses(other_forge.token())
    door.refuses(other_forge.token(aud=[forge.resource, "res_2002"]))
    door.refuses(forge.token(resid="res_2002"))
