"""Turns what the SDK, aiohttp and the system raise into the tool errors of this product.

Expired       the session is gone, by a sign that the SDK recognises
Doubtful      the answer makes no sense or is a refusal: an expired session can look like that
Interrupted   the request may have been sent and its answer, or the portal's part in it, never came
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
from cterasdk.exceptions import CTERAException
from cterasdk.exceptions.auth import AuthenticationError
from cterasdk.exceptions.session import NotLoggedIn, SessionExpired
from cterasdk.exceptions.transport import Forbidden, HTTPError, TLSError, Unauthorized
from cterasdk.exceptions.transport import NotFound as HTTPNotFound

from tools.errors import (
    CallTimeout,
    NotFound,
    OutcomeUnknown,
    PortalDenied,
    PortalLoginFailed,
    PortalUnavailable,
    ToolError,
)
from tools.portal.hooks import UnnamedStatus

HALFWAY: Final = frozenset({500, 502, 504})
"""Statuses after which a write may or may not have happened."""
NONSENSE: Final = (AttributeError, TypeError, KeyError, ValueError)
"""What the SDK raises for answers that are not the portal's XML (login pages) and statuses without a class (429)."""


class Expired(Exception):  # noqa: N818 - a state of a session
    """The portal session is gone."""


class Doubtful(Exception):  # noqa: N818 - a state of a session
    """The session may be gone, or the portal refused; `__cause__` says what was seen."""


class Interrupted(Exception):  # noqa: N818 - a state of a request
    """No answer came; `__cause__` says why.

    `sent` is False when the request surely never left; `dropped` is True when the connection ended under it, as a
    portal does with one that it thinks idle, so that a read may be asked again at once.
    """

    def __init__(self, *, sent: bool, dropped: bool = False) -> None:
        super().__init__()
        self.sent = sent
        self.dropped = dropped


class UntrustedCertificate(PortalUnavailable):
    """The portal's certificate does not verify, so nothing was sent to it."""


@contextmanager
def guarded(portal: str) -> Iterator[None]:
    """Around every SDK call: let out tool errors and the three states above, nothing else that is foreseeable."""
    try:
        yield
    except (SessionExpired, NotLoggedIn) as gone:
        raise Expired from gone
    except (Unauthorized, Forbidden, *NONSENSE, aiohttp.ClientResponseError) as seen:
        raise Doubtful from seen
    except (TimeoutError, ConnectionError, aiohttp.ClientError) as broken:
        sent = was_sent(broken)
        raise Interrupted(sent=sent, dropped=sent and not isinstance(broken, TimeoutError)) from broken
    except (CTERAException, OSError, UnnamedStatus) as error:
        if isinstance(error, HTTPError) and error.code in HALFWAY:
            raise Interrupted(sent=True) from error
        if error.args and isinstance(error.args[0], aiohttp.ClientPayloadError):  # so the SDK hands on a cut body
            raise Interrupted(sent=True, dropped=True) from error
        raise translated(error, portal) from error


def was_sent(error: BaseException) -> bool:
    """Whether the request may have reached the portal; the SDK wraps aiohttp's error as the first argument."""
    inner = error.args[0] if error.args else None
    for each in (error, inner):
        if isinstance(each, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | ConnectionRefusedError):
            return False
    return True


def translated(error: BaseException, portal: str) -> ToolError:
    """The tool error for something seen at the portal; its text names the profile, never its address or account."""
    inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else error
    if isinstance(error, TLSError) or isinstance(inner, aiohttp.ClientSSLError):
        return UntrustedCertificate(
            f"The certificate of portal '{portal}' cannot be verified. An operator must correct it."
        )
    if isinstance(error, AuthenticationError):
        return PortalLoginFailed(
            f"Portal '{portal}' refused the credentials of its profile. An operator must enter the right password, or "
            "unlock the account."
        )
    if isinstance(inner, TimeoutError | asyncio.TimeoutError):
        return CallTimeout(f"Portal '{portal}' did not answer in time. Try again, or ask for less at once.")
    if isinstance(error, HTTPNotFound):
        return NotFound(f"Portal '{portal}' has nothing there.")
    if isinstance(error, Unauthorized | Forbidden):
        return PortalDenied(f"Portal '{portal}' refused this to the account that does the work.")
    if isinstance(error, HTTPError | UnnamedStatus):
        return PortalUnavailable(f"Portal '{portal}' answered with HTTP status {error.code}. {_remedy(error)}")
    if isinstance(error, NONSENSE):
        return PortalUnavailable(f"Portal '{portal}' gave an answer that is not a portal's. Try again later.")
    return PortalUnavailable(f"Portal '{portal}' cannot be reached. Try again later.")


def _remedy(error: HTTPError | UnnamedStatus) -> str:
    """What to do about a status: wait for as long as the portal asks, where it does."""
    asked = error.retry_after if isinstance(error, UnnamedStatus) else None
    if asked is not None:
        return f"It asks for a pause: wait {asked} seconds, then try again."
    return "It is asked too much: wait a minute, then try again." if error.code == 429 else "Try again later."


def unknown(portal: str) -> OutcomeUnknown:
    """The error of a change after which nothing certain is known."""
    return OutcomeUnknown(
        f"Portal '{portal}' was asked to make the change but its answer never came. "
        "Look whether it happened before trying again."
    )


def told(seen: Doubtful, portal: str, *, write: bool) -> ToolError:
    """What a doubtful answer on a living session is: a refusal, or nonsense, after which a write may have happened."""
    if write and isinstance(seen.__cause__, NONSENSE):
        return unknown(portal)
    return translated(seen.__cause__ or seen, portal)
