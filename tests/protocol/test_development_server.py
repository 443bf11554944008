"""What the authorization server must do and a resource server cannot: our simulated one does it."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.simulators.scalekit.environment import s256
from tests.simulators.stack import RunningStack

BACK = "http://localhost:7777/callback"
VERIFIER = "v" * 50


def asked(stack: RunningStack, **changes: Any) -> dict[str, str]:
    """Where the browser is sent back to, as its query."""
    server = stack.scalekit.authorization_server
    metadata = httpx2.get(f"{server}/.well-known/oauth-authorization-server", trust_env=False).json()
    registered = httpx2.post(metadata["registration_endpoint"], json={"redirect_uris": [BACK]}, trust_env=False).json()
    query = {
        "response_type": "code",
        "client_id": registered["client_id"],
        "redirect_uri": BACK,
        "code_challenge": s256(VERIFIER),
        "code_challenge_method": "S256",
        "resource": stack.url,
        "login_hint": "alice",
        **changes,
    }
    kept = {name: value for name, value in query.items() if value is not None}
    answer = httpx2.get(metadata["authorization_endpoint"], params=kept, trust_env=False, follow_redirects=False)
    found = parse_qs(urlsplit(answer.headers["location"]).query)
    return {**{name: values[0] for name, values in found.items()}, "client_id": registered["client_id"]}


@pytest.mark.requirement("4.39 RFC9207: the authorization server names itself on success and on error")
@pytest.mark.parametrize("changes", [{}, {"response_type": "token"}], ids=["success", "error"])
def test_the_answer_names_its_issuer(stack: RunningStack, changes: dict[str, str]) -> None:
    assert asked(stack, **changes)["iss"] == stack.scalekit.authorization_server


@pytest.mark.requirement("4.39 RFC7636: the authorization server insists on PKCE")
@pytest.mark.parametrize("changes", [{"code_challenge": None}, {"code_challenge_method": "plain"}], ids=str)
def test_no_code_is_given_without_a_challenge(stack: RunningStack, changes: dict[str, Any]) -> None:
    found = asked(stack, **changes)
    assert found["error"] == "invalid_request"
    assert "code" not in found


@pytest.mark.requirement("4.39 RFC7636: the verifier must fit the challenge")
@pytest.mark.parametrize(("verifier", "status"), [(VERIFIER, 200), ("w" * 50, 400), ("", 400)])
def test_a_code_is_worth_nothing_without_its_verifier(stack: RunningStack, verifier: str, status: int) -> None:
    found = asked(stack)
    form = {
        "grant_type": "authorization_code",
        "code": found["code"],
        "redirect_uri": BACK,
        "client_id": found["client_id"],
        "code_verifier": verifier,
        "resource": stack.url,
    }
    server = f"{stack.scalekit.authorization_server}/oauth/token"
    assert httpx2.post(server, data=form, trust_env=False).status_code == status
