"""This server with an audit that keeps nothing, to compare with, in a stack's environment.

Nothing but the bench can start it: the product has no switch for its evidence.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import uvicorn

from ctera_mcp_site import asgi, conf, runtime
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
    uvicorn.run(
        "bench.without_audit:application",
        port=conf.listening().port,
        loop="uvloop",
        http="ctera_mcp_site.protocol:Protocol",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
