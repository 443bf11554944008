"""The one enumeration of error codes that a tool call can answer, and the exceptions that carry them.

ToolError                       any failure that a caller is told about, with a code and a remedy
├── InvalidArgument             the call cannot be understood as it stands         invalid_argument
├── NotFound                    no such item, portal or Team Portal                not_found
├── Conflict                    something is in the way                            conflict
├── PortalDenied                the portal itself refused the account              portal_denied
├── PortalLoginFailed           the portal refused the profile's credentials       portal_login_failed
├── PortalUnavailable           the portal cannot be reached or answered nonsense  portal_unavailable
├── CallTimeout                 the portal took longer than the profile allows     timeout
├── TooLarge                    the answer would exceed a bound                    too_large
├── ClosedByPolicy              a place that shows only on the way is closed       policy_denied
└── OutcomeUnknown              a write was sent and its answer never came         outcome_unknown
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class ErrorCode(StrEnum):
    """Every code that `structuredContent.code` of a refused or failed call can hold."""

    POLICY_DENIED = "policy_denied"
    SUSPENDED = "suspended"
    RATE_LIMITED = "rate_limited"
    INVALID_ARGUMENT = "invalid_argument"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    PORTAL_DENIED = "portal_denied"
    PORTAL_LOGIN_FAILED = "portal_login_failed"
    PORTAL_UNAVAILABLE = "portal_unavailable"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    OUTCOME_UNKNOWN = "outcome_unknown"
    AUDIT_UNAVAILABLE = "audit_unavailable"
    INTERNAL = "internal"


class RowsClosed(Exception):  # noqa: N818 - no failure of the tool: what policy closes
    """The answer's rows cannot be told apart by place, and policy closes some place to the caller: refused whole."""


class ToolError(Exception):
    """A failure with a code; its message is fit for a model and its user, and free of secrets.

    `permanent` is False where trying again later, unchanged, may succeed.
    """

    code: ClassVar[ErrorCode] = ErrorCode.INTERNAL
    permanent: ClassVar[bool] = True

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidArgument(ToolError):  # noqa: N818 - the code's own name reads better at the raise
    """The call cannot be understood as it stands; the message names the argument and the remedy."""

    code = ErrorCode.INVALID_ARGUMENT


class NotFound(ToolError):  # noqa: N818
    """No such item, portal or Team Portal, or none that this caller may know of."""

    code = ErrorCode.NOT_FOUND


class Conflict(ToolError):  # noqa: N818
    """Something of that name is already there."""

    code = ErrorCode.CONFLICT


class PortalDenied(ToolError):  # noqa: N818
    """The portal itself refused the account that does the work."""

    code = ErrorCode.PORTAL_DENIED


class PortalLoginFailed(ToolError):  # noqa: N818
    """The portal refused the profile's credentials, or handed out a session for another place."""

    code = ErrorCode.PORTAL_LOGIN_FAILED


class PortalUnavailable(ToolError):  # noqa: N818
    """The portal cannot be reached, its certificate does not verify, or its answer is not the portal's."""

    code = ErrorCode.PORTAL_UNAVAILABLE
    permanent = False


class CallTimeout(ToolError):  # noqa: N818
    """The portal took longer than the profile's total timeout."""

    code = ErrorCode.TIMEOUT
    permanent = False


class TooLarge(ToolError):  # noqa: N818
    """The answer would exceed a bound; the message says which, and how to ask for less."""

    code = ErrorCode.TOO_LARGE


class OutcomeUnknown(ToolError):  # noqa: N818
    """A write was sent and its answer never came: it may have happened, and is not repeated."""

    code = ErrorCode.OUTCOME_UNKNOWN


class ClosedByPolicy(ToolError):  # noqa: N818
    """A place that the call would change besides the named ones, seen only on the way, is closed by policy."""

    code = ErrorCode.POLICY_DENIED
