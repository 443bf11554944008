"""What every answer of a portal passes before the SDK reads it; stands in for the SDK's own hooks.

Those write cookies to the log, fail at a redirect without an address, recognise two forms of an expired session, and
let an answer through whose status the SDK cannot name (cterasdk 2.20).
"""

from __future__ import annotations

from typing import Any, Final

import aiohttp
from cterasdk.exceptions.session import SessionExpired
from yarl import URL

NAMED_BY_SDK: Final = frozenset({400, 401, 403, 404, 405, 409, 412, 422, 500, 502, 503, 504})
LOGIN_PAGE: Final = "/login.html"
ASKS_TO_WAIT: Final = frozenset({429, 503})
LONGEST_WAIT: Final = 3600


class UnnamedStatus(Exception):  # noqa: N818 - a state of an answer
    """An HTTP status of failure for which the SDK has no error, such as 429, or one that says how long to wait.

    `retry_after` is in seconds; None where the portal did not say.
    """

    def __init__(self, status: int, retry_after: int | None = None) -> None:
        super().__init__(f"HTTP status {status}")
        self.code = status
        self.retry_after = retry_after


def answer_hooks() -> aiohttp.TraceConfig:
    """Hooks that raise `SessionExpired` for a redirect away from the portal, and `UnnamedStatus`."""
    hooks = aiohttp.TraceConfig()
    hooks.on_request_redirect.append(_on_redirect)
    hooks.on_request_end.append(_on_end)
    return hooks


async def _on_redirect(session: Any, context: Any, params: Any) -> None:
    """Nothing that this server sends follows a redirect to another host: it could carry a password there."""
    answer = params.response
    if not stays(answer.url, answer.headers.get("Location")):
        answer.close()
        raise SessionExpired


async def _on_end(session: Any, context: Any, params: Any) -> None:
    answer = params.response
    wait = seconds_to_wait(answer.headers.get("Retry-After")) if answer.status in ASKS_TO_WAIT else None
    if answer.status >= 400 and (wait is not None or answer.status not in NAMED_BY_SDK):
        answer.close()
        raise UnnamedStatus(answer.status, wait)


def seconds_to_wait(header: str | None) -> int | None:
    """`Retry-After` in seconds, within an hour; None for a date or nonsense, which no caller needs to be told."""
    if header is None or not header.isascii() or not header.isdigit() or len(header) > 9:
        return None
    return max(1, min(int(header), LONGEST_WAIT))


def stays(source: URL, location: str | None) -> bool:
    """Whether a redirect stays on the same origin and does not lead to a login page."""
    if not location:
        return False
    try:
        target = source.join(URL(location))
    except ValueError:
        return False
    same = (target.scheme, target.host, target.port) == (source.scheme, source.host, source.port)
    return same and not target.path.endswith(LOGIN_PAGE)
