"""The signing keys of the Scalekit environment: fetched with bounds, cached, served stale during an outage.

The client of PyJWT 2.15 holds all threads while it fetches, forgets known keys after five minutes of an outage, and
fetches again at once after a failure.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

log = logging.getLogger(__name__)
TTL_SECONDS: Final = 300.0
MAX_STALE_SECONDS: Final = 86_400.0
COOLDOWN_SECONDS: Final = 30.0
FIRST_RETRY_SECONDS: Final = 1.0
FETCH_SECONDS: Final = 4.0
MOST_BYTES: Final = 256 * 1024
LEAST_BITS: Final = 2048
MOST_BITS: Final = 8192
MOST_KEYS: Final = 100
ASKING: Final = {"Accept": "application/json", "Accept-Encoding": "identity"}


class KeysUnavailable(Exception):  # noqa: N818 - a state of the world
    """No usable key is at hand; `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("signing keys cannot be had")
        self.retry_after = retry_after


class _BadAnswer(Exception):  # noqa: N818
    """What the environment answered is not a key set; the text is fit for the log."""


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """Age in seconds since the last good fetch (None: never), counts, and the kind of the last error."""

    age: float | None
    keys: int
    fetches: int
    failures: int
    last_error: str


class SigningKeys:
    """The key set of one environment, shared by all requests of a worker. All times are in seconds."""

    def __init__(  # noqa: PLR0913 - the bounds that tests shorten
        self,
        jwks_url: str,
        *,
        ttl: float = TTL_SECONDS,
        max_stale: float = MAX_STALE_SECONDS,
        cooldown: float = COOLDOWN_SECONDS,
        timeout: float = FETCH_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = jwks_url
        self._ttl, self._max_stale, self._cooldown, self._timeout = ttl, max_stale, cooldown, timeout
        self._clock = clock
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._fetched: float | None = None
        self._attempted = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self._retrying: asyncio.Task[None] | None = None
        self._is_started = False
        self._client: httpx2.AsyncClient | None = None
        self.generation = 0
        self.fetches = 0
        self.failures = 0
        self.last_error = ""

    async def start(self) -> None:
        """Fetch before the first caller comes; from now on an outage without any key is waited out by ourselves."""
        self._is_started = True
        await self.refresh()

    @property
    def is_usable(self) -> bool:
        """Whether keys are at hand, or were never needed yet."""
        return self._is_fresh_enough() or self._attempted == float("-inf")

    def status(self) -> KeyStatus:
        """Figures for health and metrics."""
        age = None if self._fetched is None else self._clock() - self._fetched
        return KeyStatus(age, len(self._keys), self.fetches, self.failures, self.last_error)

    def peek(self, kid: str) -> RSAPublicKey | None:
        """A known key, without waiting; starts a refresh behind the scenes when the set has aged.

        None too when nobody looked at the environment for long, as after a quiet night: a key may have been removed
        since, so the first to come must `find` it.
        """
        if not self._is_fresh_enough() or self._is_overdue():
            return None
        if self._fetched is not None and self._clock() - self._fetched > self._ttl and not self._is_cooling():
            self._start_fetch()
        return self._keys.get(kid)

    async def find(self, kid: str) -> RSAPublicKey | None:
        """The key of that id, or None when the environment has none; raises `KeysUnavailable`.

        Known keys do not wait, but for the first look after a long silence. Unknown ids cause at most one fetch per
        cooldown, shared by all that wait.
        """
        key = self.peek(kid)
        if key is not None:
            return key
        if self._fetching is not None or not self._is_cooling():
            await asyncio.shield(self._start_fetch())
        if not self._is_fresh_enough():
            raise KeysUnavailable(max(1.0, self._attempted + self._cooldown - self._clock()))
        return self._keys.get(kid)

    async def refresh(self) -> None:
        """Fetch now, cooldown or not, and return when it is done; `status` tells how it went."""
        await asyncio.shield(self._start_fetch())

    async def close(self) -> None:
        """End a running fetch and the connections."""
        self._is_started = False
        ending = [task for task in (self._retrying, self._fetching) if task is not None]
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending)
        if self._client is not None:
            await self._client.aclose()

    def _is_fresh_enough(self) -> bool:
        return bool(self._keys) and self._fetched is not None and self._clock() - self._fetched <= self._max_stale

    def _is_overdue(self) -> bool:
        """No attempt for two lifetimes; an attempt that failed counts, so an outage delays nobody twice."""
        return self._clock() - self._attempted > 2 * self._ttl

    def _is_cooling(self) -> bool:
        return self._clock() - self._attempted < self._cooldown

    def _start_fetch(self) -> asyncio.Task[None]:
        if self._fetching is None:
            self._attempted = self._clock()
            self._fetching = asyncio.create_task(
                self._refresh(), name="signing-keys", context=contextvars.Context()
            )  # of no one request
        return self._fetching

    async def _refresh(self) -> None:
        self.fetches += 1
        try:
            async with asyncio.timeout(self._timeout):
                keys = usable_keys(await self._fetch())
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError, _BadAnswer, OSError) as error:
            self.failures += 1
            self.last_error = str(error) if isinstance(error, _BadAnswer) else type(error).__name__
            log.warning("signing keys could not be fetched: %s", self.last_error)
        else:
            if {kid: key.public_numbers() for kid, key in keys.items()} != {
                kid: key.public_numbers() for kid, key in self._keys.items()
            }:
                self.generation += 1
            self._keys, self._fetched, self.last_error = keys, self._clock(), ""
        finally:
            self._attempted = self._clock()
            self._fetching = None
            if self._is_started and self._retrying is None and not self._is_fresh_enough():
                self._retrying = asyncio.create_task(
                    self._retry(), name="signing-keys-retry", context=contextvars.Context()
                )

    async def _retry(self) -> None:
        """Without any key try by ourselves: who is not ready gets no caller whose token would start a fetch."""
        pause = min(FIRST_RETRY_SECONDS, self._cooldown)
        try:
            while not self._is_fresh_enough():
                await asyncio.sleep(pause)
                pause = min(2 * pause, self._cooldown)
                await asyncio.shield(self._start_fetch())
        finally:
            self._retrying = None

    async def _fetch(self) -> bytes:
        if self._client is None:
            self._client = httpx2.AsyncClient(trust_env=False, follow_redirects=False, timeout=self._timeout)
        async with self._client.stream("GET", self._url, headers=ASKING) as response:
            if response.status_code != 200:
                raise _BadAnswer(f"HTTP status {response.status_code}")
            if response.headers.get("content-encoding", "identity") != "identity":
                raise _BadAnswer("the answer is compressed")  # a small one may unfold beyond any bound
            body = b""
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MOST_BYTES:
                    raise _BadAnswer("the answer is too large")
            return body


def usable_keys(body: bytes) -> dict[str, RSAPublicKey]:
    """The keys of a JWK Set that can verify RS256; others are skipped (RFC 7517, section 5).

    An id that names two different keys names none. Raises when nothing usable is left.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise _BadAnswer("the answer is not JSON") from None
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise _BadAnswer("the answer is not a key set")
    found: dict[str, RSAPublicKey] = {}
    ambiguous: set[str] = set()
    for jwk in listed[:MOST_KEYS]:
        key = _usable(jwk)
        if key is None:
            continue
        kid = jwk["kid"]
        if kid in found and found[kid].public_numbers() != key.public_numbers():
            ambiguous.add(kid)
        found[kid] = key
    usable = {kid: key for kid, key in found.items() if kid not in ambiguous}
    if not usable:
        raise _BadAnswer("no usable key")
    return usable


def _usable(jwk: Any) -> RSAPublicKey | None:
    if not isinstance(jwk, dict) or jwk.get("kty") != "RSA" or not isinstance(jwk.get("kid"), str) or not jwk["kid"]:
        return None
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", "RS256") != "RS256" or "d" in jwk:
        return None
    if not isinstance(jwk.get("n"), str) or not isinstance(jwk.get("e"), str):
        return None
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    try:
        key = jwt.PyJWK(jwk, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) and LEAST_BITS <= key.key_size <= MOST_BITS else None
