"""What scopes and portals may be called."""

from __future__ import annotations

import re
from typing import Final

SCOPE_TOKEN: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""A scope as tokens and metadata may hold it (RFC 6749, section 3.3)."""
SCOPE_CHARACTERS: Final = r"[\x21\x23-\x2b\x2d-\x5b\x5d-\x7e]"
"""The same without the comma: forms separate entries by it."""
SCOPE_NAME: Final = re.compile(rf"{SCOPE_CHARACTERS}{{1,200}}")
PORTAL_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,60}")
