"""Looks at the Scalekit environment and at our own discovery documents the way clients do."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

import httpx2

from oauth import diagnosis
from oauth.diagnosis import Fetched, Finding
from oauth.keys import SigningKeys
from oauth.metadata import LOOPBACK, WELL_KNOWN_PATH, issuer_of, metadata_url, resource_url

SECONDS: Final = 5.0
MOST_BYTES: Final = 256 * 1024
WELL_KNOWN: Final = "/.well-known/oauth-authorization-server"
PROBE: Final = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}


@dataclass(frozen=True, slots=True)
class Subject:
    """What is examined: addresses as configured, and the scopes that policies use (scope to policies)."""

    environment_url: str
    resource_id: str
    public_url: str
    used_scopes: Mapping[str, list[str]]

    @property
    def issuer(self) -> str:
        """The authorization server that our metadata names."""
        return issuer_of(self.environment_url, self.resource_id)


async def examine(subject: Subject) -> list[Finding]:
    """Every check, in the order of a client's discovery; bounded in time, never raises for what it meets."""
    async with httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=SECONDS) as client:
        return [*await _scalekit(client, subject), *await _ourselves(client, subject)]


async def _scalekit(client: httpx2.AsyncClient, subject: Subject) -> list[Finding]:
    environment, issuer = subject.environment_url, subject.issuer
    inserted = await fetch(client, "GET", f"{environment}{WELL_KNOWN}/resources/{subject.resource_id}")
    appended = await fetch(client, "GET", f"{issuer}{WELL_KNOWN}")
    found = [
        *_took(inserted.seconds, diagnosis.metadata("metadata, inserted form", inserted, issuer, environment)),
        *_took(appended.seconds, diagnosis.metadata("metadata, appended form", appended, issuer, environment)),
    ]
    document = inserted.document or appended.document
    if document is not None:
        found += diagnosis.abilities(document, environment)
        advertised = document.get("scopes_supported")
        names = [each for each in advertised if isinstance(each, str)] if isinstance(advertised, list) else []
        found += diagnosis.scopes(names, subject.used_scopes)
    return [*found, await _keys(subject), diagnosis.clock(_offset(inserted if inserted.headers else appended))]


async def _keys(subject: Subject) -> Finding:
    keys = SigningKeys(f"{subject.environment_url}/keys", timeout=SECONDS)
    began = time.monotonic()
    try:
        await keys.refresh()
        status = keys.status()
    finally:
        await keys.close()
    if status.keys:
        found = diagnosis.good("signing keys", f"{status.keys} usable")
    else:
        remedy = "Without keys every token is answered 503. Check SCALEKIT_ENVIRONMENT_URL and the network."
        found = diagnosis.bad("signing keys", status.last_error, remedy)
    return _took(time.monotonic() - began, [found])[0]


def _took(seconds: float, findings: Iterable[Finding]) -> list[Finding]:
    """Note at the first of an answer's findings how long it took."""
    first, *others = findings
    return [replace(first, seconds=round(seconds, 3)), *others]


async def _ourselves(client: httpx2.AsyncClient, subject: Subject) -> list[Finding]:
    base, resource = subject.public_url, resource_url(subject.public_url)
    ours, root = metadata_url(base), f"{base}{WELL_KNOWN_PATH}"
    found = [diagnosis.public_url(base, is_loopback=urlsplit(base).hostname in LOOPBACK)]
    for check, url in (("our metadata", ours), ("our metadata, root form", root)):
        answer = await fetch(client, "GET", url)
        found += _took(answer.seconds, diagnosis.own_metadata(check, answer, resource, subject.issuer))
    probe = await fetch(client, "POST", resource, body=json.dumps(PROBE))
    found += _took(probe.seconds, [diagnosis.challenge(probe, ours)])
    foreign = await fetch(client, "GET", f"{base}{WELL_KNOWN}")
    return [*found, *_took(foreign.seconds, [diagnosis.no_foreign_metadata(foreign)])]


async def fetch(client: httpx2.AsyncClient, method: str, url: str, *, body: str | None = None) -> Fetched:
    """One bounded request, timed; what goes wrong is told in `error`."""
    began = time.monotonic()
    found = await _fetched(client, method, url, body)
    return replace(found, seconds=time.monotonic() - began)


async def _fetched(client: httpx2.AsyncClient, method: str, url: str, body: str | None) -> Fetched:
    headers = {"Accept": "application/json", **({"Content-Type": "application/json"} if body else {})}
    try:
        async with client.stream(method, url, headers=headers, content=body) as response:
            read = b""
            async for chunk in response.aiter_bytes():
                read += chunk
                if len(read) > MOST_BYTES:
                    return Fetched(response.status_code, {}, None, "the answer is too large")
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        return Fetched(0, {}, None, f"no answer from {urlsplit(url).netloc} ({type(error).__name__})")
    given = {name.lower(): value for name, value in response.headers.items()}
    if response.status_code != 200:
        return Fetched(response.status_code, given, None, f"HTTP {response.status_code} from {url}")
    try:
        document = json.loads(read)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return Fetched(200, given, None, f"{url} answers something that is not a JSON object")
    return Fetched(200, given, document)


def _offset(fetched: Fetched) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(fetched.headers["date"]).timestamp()
    except (KeyError, ValueError):
        return None
