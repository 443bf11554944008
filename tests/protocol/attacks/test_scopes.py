"""What a valid token opens: its scopes, well formed, and not a step further."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.protocol.attacks.door import ERAS, Door
from tests.protocol.attacks.forge import ABSENT, Forge
from tests.protocol.wire import Wire

READER, ADMIN = "ctera:read user:read", "ctera:admin"


@pytest.mark.attack(33)
@pytest.mark.parametrize(
    ("scope", "scopes", "held"),
    [
        (READER, ABSENT, READER),
        (ABSENT, ["ctera:read", "user:read"], READER),
        ("ctera:read", ["user:read"], READER),
        (READER, [ADMIN], f"{READER} {ADMIN}"),
        ("  ctera:read   user:read ", None, READER),
        (READER, ADMIN, READER),
        (ADMIN, READER, ADMIN),
        (ABSENT, ADMIN, ""),
        (ABSENT, "admin", ""),
        (None, None, ""),
        ("", [], ""),
        ([ADMIN], ABSENT, ""),
        (READER, [[ADMIN]], READER),
        (READER, [f"{ADMIN} user:read"], READER),
        (READER, {ADMIN: 1}, READER),
        (READER, [ADMIN, 7], READER),
        (f"ctera:read\t{ADMIN}", ABSENT, ""),
        (READER.upper(), [ADMIN.upper()], ""),
        ("user:read", ["*", "ctera:*", "admin", f"{ADMIN}\n", f'"{ADMIN}"', f"{ADMIN}\u200b"], "user:read"),
        (True, 7, ""),
    ],
)
def test_scopes_are_those_of_both_claims_as_far_as_well_formed(
    wire: Wire, forge: Forge, scope: Any, scopes: Any, held: str
) -> None:
    plain = wire.list(forge.token(scope=held, scopes=ABSENT))
    assert wire.list(forge.token(scope=scope, scopes=scopes)) == plain


def test_the_scopes_of_that_table_can_be_told_apart_by_what_they_open(wire: Wire, forge: Forge) -> None:
    """Without this, the table above could not fail."""
    seen = {held: tuple(wire.list(forge.token(scope=held, scopes=ABSENT))) for held in ("", READER, ADMIN, "user:read")}
    assert len(set(seen.values())) == len(seen)


@pytest.mark.attack(33)
def test_very_many_scopes_are_refused(door: Door, forge: Forge) -> None:
    door.refuses(forge.token(scopes=["s"] * 10_000))
    door.refuses(forge.token(scope=" ".join(f"s{number}" for number in range(1_500)), scopes=ABSENT))


@pytest.mark.attack(34)
@pytest.mark.requirement("4.17 MCP Scope Challenge, RFC6750-3.1: 403 with all scopes that the call needs")
@pytest.mark.parametrize("era", ERAS)
def test_a_token_without_the_scope_is_told_which_one_opens(door: Door, forge: Forge, era: str) -> None:
    params = {"name": "ctera_portal_browse_team_portal", "arguments": {"tenant": "acme"}}
    wire = Wire(door.stack, era)
    content = json.dumps(wire.message("tools/call", params)).encode()
    names = [(b"mcp-name", b"ctera_portal_browse_team_portal")] if era == ERAS[0] else []
    before = door.traces()
    answer = door.knock(f"Bearer {forge.token()}", era=era, content=content, more=names)
    after = door.traces()
    said = 'error_description="This call needs further scopes"'
    assert answer.status == 403
    assert answer.values("www-authenticate") == [
        f'Bearer error="insufficient_scope", {said}, scope="ctera:admin", {door.metadata}'
    ]
    assert answer.json()["error"]["data"]["required_scopes"] == ["ctera:admin"]
    assert after.portal == before.portal
    assert after.events == before.events + 1  # the refusal itself


@pytest.mark.attack(34)
@pytest.mark.requirement("4.17 MCP Scope Challenge: with those scopes, and a fresh token, the call goes through")
def test_the_scopes_of_the_challenge_open_the_tool(door: Door, forge: Forge) -> None:
    with Wire(door.stack, ERAS[0]) as wire:
        refused = wire.call("browse_team_portal", forge.token(), tenant="acme")
        needed = refused.json()["error"]["data"]["required_scopes"]
        token = forge.token(scope=" ".join(["user:read", "ctera:read", *needed]), scopes=ABSENT)
        assert wire.good("browse_team_portal", token, tenant="acme") == {"portal": "hq", "tenant": "acme"}
