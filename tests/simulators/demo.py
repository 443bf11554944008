"""`make demo`: the whole product against the simulators, with everything printed that one needs to try it."""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path

from tests.simulators.stack import RunningStack, free_port, manage, start_stack

PORT = 10_000
CAST = (
    ("alice", "Alice reads", "scopes user:read ctera:read: looks at files in global administration"),
    ("bob", "Bob administers", "scope ctera:admin on top: every tool, every Team Portal"),
    ("mallory", "Mallory has no scope", "every tool is refused, with the scopes that would help"),
)


def port_to_use(wanted: int) -> int:
    """10000 as documented, or another one when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            port = free_port()
            print(f"… Port {wanted} is taken; using {port}", flush=True)
            return port
    return wanted


def curl(url: str, token: str, message: dict[str, object], *, modern: bool) -> str:
    """A line to paste: one JSON-RPC message with the headers of its era."""
    headers = [f"Authorization: Bearer {token}", "Content-Type: application/json"]
    headers.append("Accept: application/json, text/event-stream")
    if modern:
        params = dict(message["params"])  # type: ignore[call-overload]
        params["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "curl", "version": "8"},
        }
        message = {**message, "params": params}
        headers += ["MCP-Protocol-Version: 2026-07-28", f"Mcp-Method: {message['method']}"]
        if "name" in params:
            headers.append(f"Mcp-Name: {params['name']}")
    else:
        headers.append("MCP-Protocol-Version: 2025-11-25")
    flags = " ".join(f"-H '{header}'" for header in headers)
    return f"curl -s -w '\\n' {url} {flags} -d '{json.dumps(message)}'"


def curls(stack: RunningStack) -> list[tuple[str, str]]:
    """What the printed lines do, and the lines."""
    listing: dict[str, object] = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    reading: dict[str, object] = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "ctera_portal_list_dir", "arguments": {"path": "/", "tenant": "acme"}},
    }
    alice, bob = stack.token("alice"), stack.token("bob")
    return [
        ("MCP 2026-07-28: Alice lists her tools", curl(stack.url, alice, listing, modern=True)),
        ("MCP 2026-07-28: Bob lists the files of Team Portal acme", curl(stack.url, bob, reading, modern=True)),
        ("MCP 2025-11-25: Bob lists the files of Team Portal acme", curl(stack.url, bob, reading, modern=False)),
        ("MCP 2025-11-25: Alice is refused there, and told why", curl(stack.url, alice, reading, modern=False)),
    ]


def show(stack: RunningStack, password: str) -> None:
    """Print addresses, credentials and lines to paste."""
    print(f"\nAdmin   {stack.base}/admin/   user: admin   password: {password}")
    print(f"MCP     {stack.url}")
    print("\nTokens, valid for one hour:")
    for person, title, meaning in CAST:
        print(f"\n  {title} ({meaning}):\n  {stack.token(person)}")
    print("\nLines to paste:")
    for title, line in curls(stack):
        print(f"\n# {title}\n{line}")
    print("\nChange a policy in the admin and paste a line again: the next call feels it.")
    print("Ctrl-C stops everything.", flush=True)


def main() -> int:
    """Run until Ctrl-C or SIGTERM."""
    arguments = argparse.ArgumentParser(prog="make demo", description="The whole product against simulators.")
    arguments.add_argument("--port", type=int, default=PORT, help=f"where the server listens (default {PORT})")
    port = port_to_use(arguments.parse_args().port)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with tempfile.TemporaryDirectory(prefix="ctera-demo-") as directory:
        place = Path(directory)
        with start_stack(
            place, port=port, PORTAL_PROBE_SECONDS="10", say=lambda text: print(f"… {text}", flush=True)
        ) as stack:
            password = secrets.token_urlsafe(12)
            environment = {**stack.environment, "DJANGO_SUPERUSER_PASSWORD": password}
            manage(environment, "createsuperuser", "--noinput", "--username", "admin", "--email", "admin@example.com")
            show(stack, password)
            while not stopped.wait(0.5):
                if stack.server.poll() is not None:
                    print(stack.log_file.read_text()[-4000:], file=sys.stderr)
                    return 1
            print("\nStopping.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
