"""Each thing that can be wrong with Scalekit or with our own discovery is told with one remedy."""

from __future__ import annotations

from typing import Any

import pytest

from oauth import diagnosis
from oauth.diagnosis import Fetched, Finding, State

ENV, RES = "https://acme.scalekit.test", "res_1001"
ISSUER, RESOURCE = f"{ENV}/resources/{RES}", "https://mcp.example.com/mcp"
METADATA: dict[str, Any] = {
    "issuer": ISSUER,
    "jwks_uri": f"{ENV}/keys",
    "registration_endpoint": f"{ENV}/api/v1/resources/{RES}/clients:register",
    "code_challenge_methods_supported": ["S256"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
}
JSON = {"content-type": "application/json", "access-control-allow-origin": "*"}
OURS: dict[str, Any] = {"resource": RESOURCE, "authorization_servers": [ISSUER]}


def states(findings: Any) -> dict[str, State]:
    return {finding.check: finding.state for finding in findings}


def test_good_metadata_passes_every_check() -> None:
    served = Fetched(200, {}, METADATA)
    assert set(states(diagnosis.metadata("form", served, ISSUER, ENV)).values()) == {State.OK}
    assert set(states(diagnosis.abilities(METADATA, ENV)).values()) == {State.OK}


@pytest.mark.parametrize("issuer", [ENV, f"{ISSUER}/", "https://other.example", None])
def test_metadata_of_another_issuer_fails(issuer: str | None) -> None:
    served = Fetched(200, {}, {**METADATA, "issuer": issuer})
    assert states(diagnosis.metadata("form", served, ISSUER, ENV))["form: issuer"] is State.FAILED


def test_metadata_that_is_not_served_fails_with_the_address_told() -> None:
    (finding,) = diagnosis.metadata("form", Fetched(404, {}, None, "HTTP 404 from x"), ISSUER, ENV)
    assert (finding.state, finding.found) == (State.FAILED, "HTTP 404 from x")
    assert "SCALEKIT_RESOURCE_ID" in finding.remedy


@pytest.mark.parametrize(
    ("change", "check", "state"),
    [
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE", State.FAILED),
        ({"code_challenge_methods_supported": "S256"}, "PKCE", State.FAILED),
        ({"registration_endpoint": None}, "client registration", State.WARNING),
        ({"grant_types_supported": ["authorization_code"]}, "refresh tokens", State.WARNING),
        ({"jwks_uri": f"{ISSUER}/keys"}, "key set address", State.FAILED),
    ],
)
def test_what_clients_miss_is_told(change: dict[str, Any], check: str, state: State) -> None:
    found = {finding.check: finding for finding in diagnosis.abilities({**METADATA, **change}, ENV)}
    assert found[check].state is state
    assert found[check].remedy


def test_client_id_documents_are_a_way_to_register() -> None:
    only = {**METADATA, "registration_endpoint": None, "client_id_metadata_document_supported": True}
    assert states(diagnosis.abilities(only, ENV))["client registration"] is State.OK


def test_a_scope_that_scalekit_cannot_grant_names_its_policies() -> None:
    (lost, idle) = diagnosis.scopes(["user:read", "other"], {"ctera:read": ["Readers"], "user:read": ["Everyone"]})
    assert (lost.check, lost.state) == ("scope ctera:read", State.FAILED)
    assert "Readers" in lost.remedy
    assert (idle.found, idle.state) == ("other", State.WARNING)


@pytest.mark.parametrize(
    ("offset", "state"),
    [(0.4, State.OK), (-7, State.WARNING), (45, State.FAILED), (-45, State.FAILED), (None, State.SKIPPED)],
)
def test_the_clock_is_judged_by_the_leeway(offset: float | None, state: State) -> None:
    assert diagnosis.clock(offset).state is state


def test_plain_http_is_fine_only_on_this_machine() -> None:
    assert diagnosis.public_url("http://localhost:10000", is_loopback=True).state is State.OK
    assert diagnosis.public_url("http://mcp.example.com", is_loopback=False).state is State.FAILED


@pytest.mark.parametrize(
    ("fetched", "state"),
    [
        (Fetched(200, JSON, OURS), State.OK),
        (Fetched(0, {}, None, "no answer"), State.FAILED),
        (Fetched(200, JSON, {**OURS, "resource": "http://mcp.example.com/mcp"}), State.FAILED),
        (Fetched(200, JSON, {**OURS, "authorization_servers": [f"{ISSUER}/"]}), State.FAILED),
        (Fetched(200, {**JSON, "content-type": "text/html"}, OURS), State.FAILED),
        (Fetched(200, {"content-type": "application/json"}, OURS), State.WARNING),
    ],
)
def test_our_own_metadata_must_reach_clients_unchanged(fetched: Fetched, state: State) -> None:
    (finding,) = diagnosis.own_metadata("ours", fetched, RESOURCE, ISSUER)
    assert finding.state is state
    assert bool(finding.remedy) == (state is not State.OK)


@pytest.mark.parametrize(
    ("fetched", "state"),
    [
        (Fetched(401, {"www-authenticate": 'Bearer resource_metadata="https://m"'}, None), State.OK),
        (Fetched(401, {"www-authenticate": "Bearer"}, None), State.FAILED),
        (Fetched(403, {}, None, "HTTP 403"), State.FAILED),
        (Fetched(0, {}, None, "no answer"), State.FAILED),
    ],
)
def test_the_challenge_must_reach_clients(fetched: Fetched, state: State) -> None:
    assert diagnosis.challenge(fetched, "https://m").state is state


def test_authorization_server_metadata_on_our_host_is_a_fault() -> None:
    assert diagnosis.no_foreign_metadata(Fetched(404, {}, None)).state is State.OK
    assert diagnosis.no_foreign_metadata(Fetched(200, {}, {})).state is State.FAILED


def test_what_is_found_is_never_shown_at_length() -> None:
    assert len(diagnosis.good("x", "y" * 10_000).found) == diagnosis.SHOWN
    assert Finding("x", State.OK, "y").remedy == ""
