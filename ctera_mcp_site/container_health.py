"""The health check of a container: `python -m ctera_mcp_site.container_health [--ready]`; no Django, done in a moment.

Asks this machine's own port (`PORT`, 10000 where it is not set) and exits 0 or 1, as Docker's HEALTHCHECK wants it.
"""

from __future__ import annotations

import http.client
import os
import sys
from urllib.parse import urlsplit

SECONDS = 3.0


def main(arguments: list[str]) -> int:
    """0 when the server answers 200 at /healthz, or with `--ready` at /readyz; 1 when not; 2 for other arguments."""
    if set(arguments) - {"--ready"}:
        sys.stderr.write("usage: python -m ctera_mcp_site.container_health [--ready]\n")
        return 2
    port, path = os.environ.get("PORT", "10000"), "/readyz" if arguments else "/healthz"  # noqa: TID251 - no Django here
    said = asked(port, path)
    sys.stdout.write(f"{path}: {said}\n")
    return 0 if said == "200" else 1


def asked(port: str, path: str) -> str:
    """The status that the server answers with, or why there is none."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        return "PORT is no port"
    name = urlsplit(os.environ.get("PUBLIC_URL", "http://localhost")).netloc  # noqa: TID251 - the server checks Host
    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=SECONDS)
    try:
        connection.request("GET", path, headers={"Host": name, "Connection": "close"})
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
