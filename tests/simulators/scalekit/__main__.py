"""Runs the environment on loopback until SIGTERM or the end of standard input."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import suppress

import uvicorn

from tests.simulators.scalekit.control import Control
from tests.simulators.scalekit.endpoints import application
from tests.simulators.scalekit.environment import Environment, TokenFactory


async def run(options: argparse.Namespace) -> None:
    """Bind, say where, serve."""
    config = uvicorn.Config("none", host="127.0.0.1", port=options.port, log_level="warning", lifespan="off")
    socket = config.bind_socket()
    socket.listen(128)  # connections may queue from now on, before the loop accepts them
    port = socket.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = Environment(TokenFactory(url, options.resource_url, options.resource_id))
    config.app = application(environment, Control(environment).answer)
    ready = {"url": url, "port": port, "resource_id": options.resource_id, "authorization_server": environment.server}
    print(json.dumps(ready), flush=True)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve([socket]))
    if not sys.stdin.isatty():
        closed = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        await asyncio.wait([serving, closed], return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
    await serving


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resource-url", required=True)
    parser.add_argument("--resource-id", default="res_1001")
    parser.add_argument("--port", type=int, default=0)
    with suppress(KeyboardInterrupt):  # uvicorn stops in good order, then raises it once more
        asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
