"""What `list_portals` answers in every server of the comparison."""

from __future__ import annotations

import json
from typing import Any

PORTALS: dict[str, Any] = {
    "portals": [
        {"name": "acme-files", "type": "user", "tenant": "acme", "default": False},
        {"name": "hq", "type": "admin", "tenant": None, "default": True},
    ]
}
PORTALS_TEXT = json.dumps(PORTALS, separators=(",", ":"))
