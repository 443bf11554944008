"""`manage.py serve` with short bounds for signing keys, so that a test sees in seconds what takes minutes."""

from __future__ import annotations

import functools

from django.core.management import execute_from_command_line

from ctera_mcp_site import asgi, runtime
from oauth.keys import SigningKeys

TTL_SECONDS, COOLDOWN_SECONDS, FETCH_SECONDS = 2.0, 0.5, 1.0


def main() -> None:
    """Serve in this process."""
    assert asgi.application is not None  # Django is set up
    keys = functools.partial(SigningKeys, ttl=TTL_SECONDS, cooldown=COOLDOWN_SECONDS, timeout=FETCH_SECONDS)
    setattr(runtime, "SigningKeys", keys)  # noqa: B010 - in this process alone, under the name that Runtime reads
    execute_from_command_line(["manage.py", "serve"])


if __name__ == "__main__":
    main()
