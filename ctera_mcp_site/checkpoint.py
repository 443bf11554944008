"""Stops a running call when an operator's stop came into force after it was decided."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oauth.policy import Denied
from oauth.snapshots import SnapshotUnavailable
from tools.errors import OutcomeUnknown, ToolError

if TYPE_CHECKING:
    from oauth.access import AccessBook
    from oauth.principal import Principal
    from oauth.rules import Call
    from tools.spec import ToolSpec

UNREADABLE = "The server cannot read its policy at the moment, so it stopped this call. Try again in a minute."

HALF_DONE = "The server had to stop in the midst of this call: a part of it may be done. Look before trying again."


class Stopped(Exception):  # noqa: N818 - no fault: an operator's will
    """A running call may not go on. `begun` tells whether the portal may have done a part of it.

    It is no `ToolError`, so that no toolset can take it for a failure of one step and go on.
    """

    def __init__(self, denied: Denied, *, begun: bool) -> None:
        super().__init__(denied.decided_by)
        self.denied = denied
        self.begun = begun


@dataclass(slots=True)
class Checkpoint:
    """Asks the suspensions that are in force now; the rest of the policy stays the one pinned to the request."""

    current: Callable[[], AccessBook]
    principal: Principal
    spec: ToolSpec
    call: Call
    changes: bool
    operations: int = 0

    @property
    def has_begun(self) -> bool:
        """Whether a part of a change may be done; what only looks or rehearses begins none."""
        return self.changes and self.operations > 0

    def __call__(self) -> None:
        """Let one portal operation begin; raises `Stopped`, or `ToolError` when it cannot be known."""
        self.verify()
        self.operations += 1

    def verify(self) -> None:
        """Raise `Stopped` when a suspension stops this call now, `ToolError` when that cannot be known."""
        try:
            suspensions = self.current().snapshot.suspensions
        except SnapshotUnavailable:
            if self.has_begun:
                raise OutcomeUnknown(HALF_DONE) from None
            raise ToolError(UNREADABLE) from None
        stop = suspensions.of_call(self.spec, self.principal, self.call.portal, time.time())
        if stop is not None:
            raise Stopped(Denied.by(stop), begun=self.has_begun)
