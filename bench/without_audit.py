"""This server with an audit that keeps nothing, to compare with, in a stack's environment.

Nothing but the bench can start it: the product has no switch for its evidence.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ctera_mcp_site import asgi, conf, runtime, supervisor
from oauth.audit import AuditWriter

if TYPE_CHECKING:
    from oauth.audit import Event


class NoEvidence(AuditWriter):
    """Takes every event and forgets it."""

    async def record(self, event: Event) -> None:
        """Return at once."""


setattr(runtime, "AuditWriter", NoEvidence)  # noqa: B010 - in this process alone; an assignment would be no type
application: Any = asgi.application


def main() -> int:
    """Serve as `manage.py serve` does, with one worker."""
    listen = replace(conf.listening(), workers=1)
    return 0 if supervisor.run(supervisor.configured("bench.without_audit:application", listen)) else 1


if __name__ == "__main__":
    sys.exit(main())
