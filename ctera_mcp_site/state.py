"""Where the control plane finds the running parts of its own worker; None outside a started server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ctera_mcp_site.runtime import Runtime

runtime: Runtime | None = None
