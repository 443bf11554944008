"""Counts the calls of the last minute in Redis: one count for all workers, with the `limits` library."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, Final

from limits import RateLimitItemPerMinute
from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from oauth.counts import Uncountable

if TYPE_CHECKING:
    from oauth.counts import Caller

KEY_PREFIX: Final = "ctera-mcp"
CHECK_SECONDS: Final = 1.0
"""How long a call waits for Redis before it is refused."""
MOST_CONNECTIONS: Final = 32


class CallsPerMinute(RateLimitItemPerMinute):
    """The library's item, less the amount in its key: after an edit of the limit, what was counted still counts."""

    def key_for(self, *identifiers: bytes | str | float) -> str:
        """The key of one caller."""
        return "/".join(str(each) for each in ("calls", *identifiers))


class RedisCounts:
    """A moving window per caller in Redis, by a script that runs there as one step."""

    def __init__(self, url: str) -> None:
        self._pool = _connection_pool(url)
        self._storage = RedisStorage(
            f"async+{url}",
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix=KEY_PREFIX,
            connection_pool=self._pool,
        )
        self._limiter = MovingWindowRateLimiter(self._storage)

    async def take(self, caller: Caller, limit: int) -> float:
        """As `oauth.counts.Counts.take`."""
        item, key = CallsPerMinute(limit), _digest(caller)
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                if await self._limiter.hit(item, key):
                    return 0.0
                stats = await self._limiter.get_window_stats(item, key)
        except (StorageError, OSError, TimeoutError) as fault:
            raise Uncountable(f"Redis does not count: {type(fault).__name__}") from fault
        return max(0.001, stats.reset_time - time.time())

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


def _digest(caller: Caller) -> str:
    """Whom a key stands for is not to be read in Redis, and no two callers share one."""
    return hashlib.sha256(json.dumps(astuple(caller)).encode("ascii")).hexdigest()


def _connection_pool(url: str) -> Any:
    """Connections that wait for each other rather than fail, and try once more on one that Redis has closed."""
    from redis.asyncio import BlockingConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    return BlockingConnectionPool.from_url(
        url,
        max_connections=MOST_CONNECTIONS,
        timeout=CHECK_SECONDS,
        socket_timeout=CHECK_SECONDS,
        socket_connect_timeout=CHECK_SECONDS,
        retry=Retry(NoBackoff(), 1),
        retry_on_error=[ConnectionError, OSError],
    )
