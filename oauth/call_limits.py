"""Refuses calls over a policy's calls per minute, and those of which it cannot be known."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, ClassVar, Final

from oauth.counts import Caller, MemoryCounts, Uncountable
from tools.errors import ErrorCode, ToolError

if TYPE_CHECKING:
    from oauth.counts import Counts
    from oauth.principal import Principal

log = logging.getLogger(__name__)
MEMORY: Final = "memory://"
RETRY_SECONDS: Final = 5
OVER: Final = "over_limit"
UNKNOWN: Final = "limit_unknown"


class RateLimited(ToolError):  # noqa: N818 - as the tree of `tools.errors`
    """The call comes too early. `retry_after` is in whole seconds, `reason` is what evidence says of it.

    A count that cannot be had is told by the same code, since the remedy is the same: this call was not made,
    and may be repeated, unchanged, after the wait.
    """

    code: ClassVar[ErrorCode] = ErrorCode.RATE_LIMITED
    permanent: ClassVar[bool] = False

    def __init__(self, message: str, *, retry_after: int, reason: str) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.reason = reason


class CallLimits:
    """Counts the calls that policies limit; asked after the decision, by the inner gate alone."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts
        self._is_counting = True

    async def take(self, policy: str, limit: int, principal: Principal) -> None:
        """Count one call; raises `RateLimited` when it is one too many, or when that cannot be known."""
        caller = Caller(policy, principal.issuer, principal.subject, principal.client)
        try:
            wait = await self._counts.take(caller, limit)
        except Uncountable as fault:
            if self._is_counting:
                log.warning("calls cannot be counted, so those that a policy limits are refused: %s", fault)
            self._is_counting = False
            said = (
                "The server cannot count calls at the moment, so it refuses those that are limited. "
                f"Wait {RETRY_SECONDS} seconds, then try again."
            )
            raise RateLimited(said, retry_after=RETRY_SECONDS, reason=UNKNOWN) from None
        if not self._is_counting:
            log.warning("calls are counted again")
        self._is_counting = True
        if wait > 0:
            seconds = max(1, math.ceil(wait))
            said = f"You have used up your calls for this minute. Wait {seconds} seconds, then try again."
            raise RateLimited(said, retry_after=seconds, reason=OVER)

    async def close(self) -> None:
        """Give connections back."""
        await self._counts.close()


def counts_at(storage: str) -> Counts:
    """Where `RATE_LIMIT_STORAGE` says; raises `ImportError` when it is Redis and its client is not installed."""
    if storage == MEMORY:
        return MemoryCounts()
    from oauth.redis_counts import RedisCounts

    return RedisCounts(storage)
