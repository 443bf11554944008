"""`manage.py serve` with short bounds for signing keys, so that a test sees in seconds what takes minutes."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management import execute_from_command_line

from ctera_mcp_site import asgi, runtime
from oauth.keys import SigningKeys

TTL_SECONDS, COOLDOWN_SECONDS, FETCH_SECONDS = 2.0, 0.5, 1.0
"""Where nothing else is said on the command line, in this order."""


def main(ttl: float = TTL_SECONDS, cooldown: float = COOLDOWN_SECONDS, timeout: float = FETCH_SECONDS) -> None:
    """Serve in this process."""
    assert asgi.application is not None  # Django is set up
    patched: Any = runtime
    patched.SigningKeys = lambda url: SigningKeys(url, ttl=ttl, cooldown=cooldown, timeout=timeout)
    execute_from_command_line(["manage.py", "serve"])


if __name__ == "__main__":
    main(*(float(word) for word in sys.argv[1:]))
