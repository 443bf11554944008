"""A container's health check: asks the server of this container, without Django, and tells by its exit code.

`python -m ctera_mcp_site.container_health` asks whether the process is alive, with `--ready` whether it can serve.
"""

from __future__ import annotations

import argparse
import http.client
import os
import sys
from urllib.parse import urlsplit

ANYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what the server may listen on


def main(arguments: list[str], variables: dict[str, str]) -> int:
    """0 when the answer is 200, otherwise 1; one line says what was found."""
    parser = argparse.ArgumentParser(prog="container_health", description="Ask the server of this container.")
    parser.add_argument("--ready", action="store_true", help="ask whether it can serve, not only whether it is alive")
    parser.add_argument("--port", type=int, default=int(variables.get("PORT") or 10000), help="default: PORT")
    parser.add_argument("--timeout", type=float, default=4.0, help="seconds (default: 4)")
    options = parser.parse_args(arguments)
    host = variables.get("HOST", "")
    path = "/readyz" if options.ready else "/healthz"
    connection = http.client.HTTPConnection(ANYWHERE.get(host, host), options.port, timeout=options.timeout)
    try:
        connection.request("GET", path, headers={"Host": name_of(variables), "Connection": "close"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        print(f"{path} on port {options.port}: no answer ({type(error).__name__})")  # noqa: T201 - its whole purpose
        return 1
    finally:
        connection.close()
    print(f"{path} on port {options.port}: {status}")  # noqa: T201 - as above
    return 0 if status == 200 else 1


def name_of(variables: dict[str, str]) -> str:
    """A host name that the server answers to: the first of ALLOWED_HOSTS, else that of PUBLIC_URL."""
    first = variables.get("ALLOWED_HOSTS", "").split(",")[0].strip()
    if first and first != "*":
        return f"health{first}" if first.startswith(".") else first
    return urlsplit(variables.get("PUBLIC_URL") or "http://localhost").netloc


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], dict(os.environ)))  # noqa: TID251 - without Django there are no settings
