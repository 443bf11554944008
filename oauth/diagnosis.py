"""What is wrong between this server and its Scalekit environment, as pure comparisons with one remedy each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

CLOCK_WARNING, CLOCK_FAILURE = 5.0, 30.0
"""Seconds of clock offset: tokens are refused beyond the leeway of 30."""
SHOWN: Final = 120


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, how it ended, what was found, and what to do about it (empty when all is well).

    `seconds` is how long the answer took that the check is about; None where none was asked for.
    """

    check: str
    state: State
    found: str
    remedy: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer over HTTP; `document` is its JSON object, `error` says in words why there is none, after `seconds`."""

    status: int
    headers: Mapping[str, str]
    document: Mapping[str, Any] | None
    error: str = ""
    seconds: float = 0.0


def good(check: str, found: str) -> Finding:
    """A check that ended well."""
    return Finding(check, State.OK, found[:SHOWN])


def bad(check: str, found: str, remedy: str, *, state: State = State.FAILED) -> Finding:
    """A check that did not."""
    return Finding(check, state, found[:SHOWN], remedy)


def metadata(check: str, fetched: Fetched, issuer: str, environment: str) -> Iterator[Finding]:
    """The authorization server's metadata in one of its two URL forms (RFC 8414, section 3)."""
    document = fetched.document
    if document is None:
        yield bad(
            check,
            fetched.error,
            "Check SCALEKIT_ENVIRONMENT_URL and SCALEKIT_RESOURCE_ID against the dashboard (MCP servers), and that "
            "this machine may reach Scalekit.",
        )
        return
    yield good(check, "served")
    found = document.get("issuer")
    if found == issuer:
        yield good(f"{check}: issuer", issuer)
    else:
        root = " (the environment itself)" if found == environment else ""
        yield bad(
            f"{check}: issuer",
            f"{found}{root}, expected {issuer}",
            "Clients refuse metadata of another issuer. Ask Scalekit to serve the resource's own metadata, or correct "
            "SCALEKIT_RESOURCE_ID.",
        )


def abilities(document: Mapping[str, Any], environment: str) -> Iterator[Finding]:
    """What clients need of the authorization server: PKCE, a way to register, refresh tokens, the key set."""
    methods = _texts(document.get("code_challenge_methods_supported"))
    if "S256" in methods:
        yield good("PKCE", "S256")
    else:
        remedy = "MCP clients must refuse a server without S256; enable PKCE."
        yield bad("PKCE", ", ".join(methods) or "none", remedy)
    ways = ["dynamic registration"] if document.get("registration_endpoint") else []
    ways += ["client id documents"] if document.get("client_id_metadata_document_supported") is True else []
    if ways:
        yield good("client registration", ", ".join(ways))
    else:
        remedy = "Switch on dynamic client registration or CIMD for this MCP server, or register each client by hand."
        yield bad("client registration", "neither DCR nor CIMD", remedy, state=State.WARNING)
    grants = _texts(document.get("grant_types_supported"))
    if "refresh_token" in grants:
        yield good("refresh tokens", "offered")
    else:
        remedy = "People will have to sign in again whenever a token expires; allow refresh tokens."
        yield bad("refresh tokens", "not offered", remedy, state=State.WARNING)
    named, expected = document.get("jwks_uri"), f"{environment}/keys"
    if named == expected:
        yield good("key set address", expected)
    else:
        remedy = "This server reads the environment's own key set; correct SCALEKIT_ENVIRONMENT_URL."
        yield bad("key set address", f"{named}, expected {expected}", remedy)


def scopes(advertised: Iterable[str], used: Mapping[str, list[str]]) -> Iterator[Finding]:
    """Scopes that Scalekit can grant against those that enabled allow policies ask for (scope to policies)."""
    granted = set(advertised)
    lost = sorted(set(used) - granted)
    for name in lost:
        policies = ", ".join(used[name])
        remedy = f"Define {name} for the MCP server in Scalekit, or change the policies that name it: {policies}."
        yield bad(f"scope {name}", "not granted by Scalekit", remedy)
    if not lost:
        yield good("scopes of policies", ", ".join(sorted(used)) or "none named")
    idle = sorted(granted - set(used) - {"openid", "profile", "email", "offline_access"})
    if idle:
        remedy = "Fine if another service uses them; otherwise a policy is missing."
        yield bad("scopes without a policy", ", ".join(idle), remedy, state=State.WARNING)


def clock(offset: float | None) -> Finding:
    """Our clock against Scalekit's Date header, in seconds (positive: ours is ahead)."""
    if offset is None:
        return bad("clock", "no Date header", "Nothing to do; the offset cannot be told.", state=State.SKIPPED)
    told = f"{offset:+.0f} s against Scalekit"
    if abs(offset) < CLOCK_WARNING:
        return good("clock", told)
    state = State.FAILED if abs(offset) >= CLOCK_FAILURE else State.WARNING
    return bad("clock", told, "Synchronise this machine's clock (NTP): tokens are valid by the clock.", state=state)


def public_url(url: str, *, is_loopback: bool) -> Finding:
    """Whether clients can use the public URL at all."""
    if url.startswith("https://") or is_loopback:
        return good("PUBLIC_URL", url)
    return bad(
        "PUBLIC_URL", url, "Clients refuse plain http beyond this machine; serve https and say so in PUBLIC_URL."
    )


def own_metadata(check: str, fetched: Fetched, resource: str, issuer: str) -> Iterator[Finding]:
    """Our protected resource metadata as a client sees it (RFC 9728, section 3.3: identical, byte for byte)."""
    document = fetched.document
    if document is None:
        yield bad(
            check,
            fetched.error,
            "Start the server (`manage.py serve`) and check that PUBLIC_URL, as clients reach it, leads here; a proxy "
            "must pass /.well-known/ on.",
        )
        return
    servers = _texts(document.get("authorization_servers"))
    if document.get("resource") != resource:
        found = f"resource is {document.get('resource')}, expected {resource}"
        yield bad(check, found, "Another server answers at PUBLIC_URL; correct it or the proxy.")
    elif servers[:1] != [issuer]:
        yield bad(check, f"names {servers}", "Another configuration answers at PUBLIC_URL; restart the server.")
    elif "application/json" not in fetched.headers.get("content-type", ""):
        yield bad(check, fetched.headers.get("content-type", "no content type"), "A proxy changes the content type.")
    elif fetched.headers.get("access-control-allow-origin") != "*":
        remedy = "A proxy takes away Access-Control-Allow-Origin; browser clients need it."
        yield bad(check, "not readable from a browser", remedy, state=State.WARNING)
    else:
        yield good(check, resource)


def challenge(fetched: Fetched, metadata_url: str) -> Finding:
    """The 401 that starts every client's discovery (RFC 9728, section 5.1)."""
    told = fetched.headers.get("www-authenticate", "")
    if fetched.status == 401 and f'resource_metadata="{metadata_url}"' in told:
        return good("challenge", "401 that names the metadata")
    if not fetched.status:
        return bad("challenge", fetched.error, "Start the server, and check that PUBLIC_URL leads to it.")
    found = f"HTTP {fetched.status}, WWW-Authenticate: {told or 'none'}"
    return bad("challenge", found, "A proxy in front changes answers or refuses clients; let /mcp pass untouched.")


def no_foreign_metadata(fetched: Fetched) -> Finding:
    """Authorization-server metadata must not be served here: it would name another issuer (RFC 8414, section 3.3)."""
    if fetched.status == 404 or not fetched.status:
        return good("no authorization server here", "404")
    remedy = "Remove the proxy rule that serves authorization-server metadata on this host; clients refuse it."
    return bad("no authorization server here", f"HTTP {fetched.status}", remedy)


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
