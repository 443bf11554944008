"""The environment's HTTP endpoints, on the paths that Scalekit uses."""

from __future__ import annotations

import asyncio
import html
import re
import secrets
import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.simulators.scalekit.environment import CAST, Environment, Grant, s256
from tests.simulators.scalekit.trouble import TROUBLE

LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|localhost|\[::1\]))(?::\d+)?(/.*)?")
NO_STORE = {"Cache-Control": "no-store"}


def refused(error: str, description: str, status: int = 400) -> JSONResponse:
    """An OAuth error (RFC 6749, section 5.2)."""
    return JSONResponse({"error": error, "error_description": description}, status, headers=NO_STORE)


def is_registered(redirect_uri: str, client: dict[str, Any]) -> bool:
    """Exact match, but any port on loopback (RFC 8252, section 7.3)."""
    for known in client.get("redirect_uris", []):
        if known == redirect_uri:
            return True
        one, other = LOOPBACK.fullmatch(known), LOOPBACK.fullmatch(redirect_uri)
        if one and other and one.groups() == other.groups():
            return True
    return False


class Endpoints:
    """Handlers over one environment."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    async def metadata(self, _: Request) -> Response:
        """Authorization server metadata, in both URL forms."""
        return JSONResponse(self.environment.metadata())

    async def openid(self, _: Request) -> Response:
        """The environment's own discovery document, without registration."""
        base = self.environment.tokens.environment
        return JSONResponse({"issuer": base, "jwks_uri": f"{base}/keys", "token_endpoint": f"{base}/oauth/token"})

    async def keys(self, _: Request) -> Response:
        """The key set, or the trouble that was asked for."""
        environment = self.environment
        environment.key_fetches += 1
        if environment.keys_seconds:
            await asyncio.sleep(environment.keys_seconds)
        if environment.keys_mode == "good":
            return JSONResponse(environment.jwks())
        return TROUBLE[environment.keys_mode](environment.jwks())

    async def elsewhere(self, _: Request) -> Response:
        """Where `/keys` sends those that follow redirects; it would even do."""
        self.environment.followed += 1
        return JSONResponse(self.environment.jwks())

    async def register(self, request: Request) -> Response:
        """Dynamic client registration (RFC 7591)."""
        wanted = await request.json()
        uris = wanted.get("redirect_uris")
        if not isinstance(uris, list) or not uris or not all(isinstance(uri, str) for uri in uris):
            return refused("invalid_redirect_uri", "redirect_uris must be a list of URIs")
        return JSONResponse(self.environment.register(wanted), 201, headers=NO_STORE)

    async def authorize(self, request: Request) -> Response:
        """Show who could sign in and what is asked for; or go on at once where a person was chosen beforehand."""
        asked = dict(request.query_params)
        client = self.environment.find_client(asked.get("client_id", ""))
        redirect_uri = asked.get("redirect_uri", "")
        if client is None or not is_registered(redirect_uri, client):
            return HTMLResponse("<h1>Unknown client or redirect address</h1>", 400)
        error = self._authorization_error(asked)
        if error:
            return self._back(redirect_uri, asked, error=error)
        person = request.query_params.get("login_hint") or self.environment.approve
        if person in CAST:
            return self._approved(asked, person)
        return HTMLResponse(consent_page(asked, client), headers=NO_STORE)

    def _authorization_error(self, asked: dict[str, str]) -> str:
        if asked.get("response_type") != "code":
            return "unsupported_response_type"
        if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
            return "invalid_request"
        if asked.get("resource", self.environment.tokens.resource) != self.environment.tokens.resource:
            return "invalid_target"
        return ""

    async def consent(self, request: Request) -> Response:
        """A person pressed a button."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        person = form.pop("person", "")
        client = self.environment.find_client(form.get("client_id", ""))
        if client is None or not is_registered(form.get("redirect_uri", ""), client):
            return HTMLResponse("<h1>Unknown client or redirect address</h1>", 400)
        if person not in CAST:
            return self._back(form["redirect_uri"], form, error="access_denied")
        return self._approved(form, person)

    def _approved(self, asked: dict[str, str], person: str) -> Response:
        scopes = frozenset(asked.get("scope", "").split())
        grant = Grant(asked["client_id"], person, scopes, asked["redirect_uri"], asked["code_challenge"])
        return self._back(asked["redirect_uri"], asked, code=self.environment.code(grant))

    def _back(self, redirect_uri: str, asked: dict[str, str], **answer: str) -> Response:
        if "state" in asked:
            answer["state"] = asked["state"]
        if self.environment.answers_issuer:
            answer["iss"] = self.environment.server
        glue = "&" if urlsplit(redirect_uri).query else "?"
        return RedirectResponse(redirect_uri + glue + urlencode(answer), 302, headers=NO_STORE)

    async def token(self, request: Request) -> Response:
        """The token endpoint: codes, refresh tokens and client credentials."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        kind = form.get("grant_type")
        if form.get("resource", self.environment.tokens.resource) != self.environment.tokens.resource:
            return refused("invalid_target", "resource is not this MCP server")
        if kind == "authorization_code":
            return self._redeem(form)
        if kind == "refresh_token":
            return self._refresh(form)
        if kind == "client_credentials":
            return self._machine(form)
        return refused("unsupported_grant_type", "use authorization_code, refresh_token or client_credentials")

    def _redeem(self, form: dict[str, str]) -> Response:
        grant = self.environment.codes.pop(form.get("code", ""), None)
        if grant is None or grant.expires < time.time():
            return refused("invalid_grant", "the code is unknown, used or expired")
        if grant.client != form.get("client_id") or grant.redirect_uri != form.get("redirect_uri"):
            return refused("invalid_grant", "the code belongs to another client or address")
        if not secrets.compare_digest(s256(form.get("code_verifier", "")), grant.challenge):
            return refused("invalid_grant", "the verifier does not fit the challenge")
        return JSONResponse(self.environment.answer(grant), headers=NO_STORE)

    def _refresh(self, form: dict[str, str]) -> Response:
        environment, token = self.environment, form.get("refresh_token", "")
        if token in environment.spent:  # reuse: the whole family ends (OAuth 2.1, section 4.3.1)
            family = environment.spent[token]
            environment.refresh = {key: one for key, one in environment.refresh.items() if one.family != family}
            return refused("invalid_grant", "the refresh token was used before")
        grant = environment.refresh.get(token)
        if grant is None or grant.client != form.get("client_id"):
            return refused("invalid_grant", "the refresh token is unknown")
        del environment.refresh[token]
        environment.spent[token] = grant.family
        return JSONResponse(environment.answer(grant), headers=NO_STORE)

    def _machine(self, form: dict[str, str]) -> Response:
        client = self.environment.clients.get(form.get("client_id", ""), {})
        secret = client.get("client_secret", "")
        if not secret or not secrets.compare_digest(secret, form.get("client_secret", "")):
            return refused("invalid_client", "unknown client or wrong secret", 401)
        scopes = sorted(set(form.get("scope", "").split()) & set(client.get("scope", "").split()))
        tokens = self.environment.tokens
        claims = {**tokens.claims("mallory", client["client_id"]), "sub": client["client_id"], "scopes": scopes}
        claims = {name: value for name, value in claims.items() if name not in {"scope", "sid"}}
        answer = {"access_token": tokens.sign(claims), "token_type": "Bearer", "expires_in": tokens.lifetime}
        return JSONResponse(answer, headers=NO_STORE)


def consent_page(asked: dict[str, str], client: dict[str, Any]) -> str:
    """One button per person; names the client, where it will be sent back to, and what it asks for."""
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in asked.items()
    )
    people = "".join(
        f'<p><button name="person" value="{key}">{html.escape(one.name)}</button> '
        f"{html.escape(' '.join(sorted(one.scopes)))}</p>"
        for key, one in CAST.items()
    )
    name = html.escape(str(client.get("client_name", asked["client_id"])))
    host = html.escape(urlsplit(asked["redirect_uri"]).netloc)
    scopes = html.escape(asked.get("scope", "") or "nothing in particular")
    return (
        f"<!doctype html><title>Sign in</title><h1>{name} wants to use your files</h1><p>It asks for: {scopes}."
        f" You will be sent back to {host}.</p><form method=post action=consent>{hidden}{people}"
        '<p><button name="person" value="">Refuse</button></p></form>'
    )


def application(environment: Environment, control: Any) -> Starlette:
    """The environment as an ASGI application."""
    do = Endpoints(environment)
    path = f"/resources/{environment.tokens.resource_id}"
    routes = [
        Route(f"/.well-known/oauth-authorization-server{path}", do.metadata),
        Route(f"{path}/.well-known/oauth-authorization-server", do.metadata),
        Route("/.well-known/openid-configuration", do.openid),
        Route("/keys", do.keys),
        Route("/elsewhere", do.elsewhere),
        Route(f"/api/v1{path}/clients:register", do.register, methods=["POST"]),
        Route(f"{path}/oauth/authorize", do.authorize),
        Route(f"{path}/oauth/consent", do.consent, methods=["POST"]),
        Route(f"{path}/oauth/token", do.token, methods=["POST"]),
        Route("/oauth/token", do.token, methods=["POST"]),
        Route("/control", control, methods=["POST"]),
    ]
    cors = Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"], allow_headers=["*"])
    return Starlette(routes=routes, middleware=[cors])
